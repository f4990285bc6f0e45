"""An export in every runtime that is installed: the same inputs, compared."""

from collections.abc import Callable
from typing import Any

from export.errors import ConversionError
from export.runtimes import registry
from export.runtimes.registry import Runtime
from zoo.printable import one_line

# The runtime that must be there, and open every file.
REQUIRED = "onnxruntime"
# By name of an artifact, what compares it and returns the largest difference.
Checks = dict[str, Callable[[], float]]
# The version of one that does not start.
UNKNOWN = "unknown"
# What a runtime says is a page long at times; its first lines have the reason.
_LONGEST_REASON = 600


def in_each(
    checks: Callable[[Runtime], tuple[Checks, dict[str, Any]]],
    suffix: str = ".onnx",
    required: str = REQUIRED,
    only_required: bool = False,
) -> dict[str, dict]:
    """Compares an export in every runtime that opens its files.

    Args:
        checks: of a runtime, what compares each artifact in it, and what the
            manifest says of the inputs.
        suffix: of the files, `.onnx` or `.tflite`.
        required: which runtime must be installed, and run them all.
        only_required: whether to leave out the others.

    Returns:
        What a manifest holds under `runtimes`: by name of a runtime, its
        `version`, or `unknown` where it does not start, the
        `largest_difference` of each artifact, what was `compared`, and, where
        it could not run one, its reason in `not_run`.

    Raises:
        ConversionError: if the required runtime is missing or cannot run one.
        MismatchError: if an artifact computes something else in any.
    """
    # Where it is missing, opening a file says what to install.
    found = {required: _in(registry.get(required), checks, required=True)}
    if not only_required:
        found.update(in_others(checks, suffix, required))
    return found


def in_others(
    checks: Callable[[Runtime], tuple[Checks, dict[str, Any]]],
    suffix: str = ".onnx",
    required: str = REQUIRED,
) -> dict[str, dict]:
    """As `in_each`, without the required one, which was compared already."""
    return {
        runtime.name: _in(runtime, checks, required=False)
        for runtime in registry.installed(suffix)
        if runtime.name != required
    }


def _in(runtime, checks, required) -> dict[str, Any]:
    try:
        version = runtime.version()
    except ConversionError:
        if required:
            raise
        # It is there and does not start: each artifact says why.
        version = UNKNOWN
    differences: dict[str, float] = {}
    refused: dict[str, str] = {}
    each, compared = checks(runtime)
    for artifact, check in each.items():
        try:
            differences[artifact] = check()
        except ConversionError as error:
            if required:
                raise
            refused[artifact] = one_line(error, _LONGEST_REASON)
    about: dict[str, Any] = {
        "version": version,
        "largest_difference": differences,
        "compared": compared,
    }
    if refused:
        about["not_run"] = refused
    return about


def lines(runtimes: dict[str, dict]) -> list[str]:
    """What is said of each runtime on the command line, one line each.

    Args:
        runtimes: what `in_each` returned.
    """
    said = []
    for name, about in runtimes.items():
        title = f"{registry.get(name).title} {about['version']}"
        differences = about["largest_difference"].values()
        if differences:
            said.append(
                f"verified  in {title}: differs by at most "
                f"{max(differences):.2g}"
            )
        for artifact, reason in about.get("not_run", {}).items():
            said.append(f"not run   {artifact} in {title}: {reason}")
    return said
