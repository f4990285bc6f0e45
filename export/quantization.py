"""Smaller ONNX files, each compared and scored before it is kept.

Two proofs: over the same ids as the float32 files, no logit changes by more
than a share of the largest one; and on validation data, the score of what the
files answer falls by no more than is allowed.
"""

import dataclasses
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from export import smaller_checks
from export.onnx import convert
from export.onnx.quantize import smaller
from export.request import Request
from export.runtimes import registry, verification
from export.score_loss import scored
from export.tasks import (
    classifier,
    language_model,
    translator,
)
from zoo.evaluation import Validation
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator

# What is scored, by name of an artifact.
_SCORED = {
    TextClassifier: {"onnx": "model.onnx"},
    LanguageModel: {"onnx": "model.onnx", "onnx_step": "step.onnx"},
    Translator: {"onnx_translate": "translate.onnx"},
}
_WRITTEN: dict[type, Callable[..., tuple[dict, dict]]] = {
    TextClassifier: classifier.artifacts,
    LanguageModel: language_model.artifacts,
    Translator: translator.artifacts,
}


def compress(
    trained: Task,
    draft: Path,
    request: Request,
    validation: Validation,
    largest_loss: float,
    axes: dict | None,
) -> tuple[dict, dict]:
    """Puts smaller files in the place of the ONNX files of an export.

    Args:
        trained: the model that they are of.
        draft: the folder that they are in.
        request: what is asked for, `quantize` among it.
        validation: what they are scored on.
        largest_loss: by how much the score may get worse.
        axes: names and axes of the step form, if there is one.

    Returns:
        The largest difference of each artifact from its float32 file, and what
        the manifest says under `quantization`.

    Raises:
        ConversionError: if ONNX Runtime refuses a smaller file.
        MismatchError: if it computes something else.
        LossError: if it is too much worse.
    """
    weights = str(request.quantize)
    paths = sorted(draft.glob("*.onnx"))
    opened = smaller_checks.opened
    required = registry.get(verification.REQUIRED)
    with tempfile.TemporaryDirectory() as kept:
        for path in paths:
            shutil.copy(path, kept)
        before = opened(trained, Path(kept), required, axes)
        made = _made(paths, weights)
        limits = smaller_checks.limits(trained, request, before)
        runtimes = smaller_checks.in_each(
            trained, draft, request, axes, before, lambda _: limits
        )
        after = opened(trained, draft, required, axes)
        with tempfile.TemporaryDirectory() as folder:
            if request.batch_size or request.length:
                before, after = _of_any_shape(
                    trained, Path(folder), request, axes
                )
            files = _SCORED[type(trained)]
            answered, answers = (
                {file: runs[name] for name, file in files.items()}
                for runs in (before, after)
            )
            score = scored(weights, validation, answered, answers, largest_loss)
    about = {
        **made,
        "largest_allowed": limits,
        "score": score,
        "runtimes": runtimes,
    }
    return runtimes[required.name]["largest_difference"], about


def _of_any_shape(trained, folder, request, axes) -> tuple[dict, dict]:
    """The float32 files and the smaller ones, of the same matrices, without
    the fixed shapes, into which validation data do not fit.
    """
    free = dataclasses.replace(
        request, formats=("onnx",), batch_size=None, length=None
    )
    (folder / "before").mkdir()
    _WRITTEN[type(trained)](trained, folder / "before", free)
    shutil.copytree(folder / "before", folder / "after")
    _made(sorted((folder / "after").glob("*.onnx")), str(request.quantize))
    required = registry.get(verification.REQUIRED)
    before, after = (
        smaller_checks.opened(trained, folder / name, required, axes)
        for name in ("before", "after")
    )
    return before, after


def _made(paths, weights) -> dict:
    """Makes the files smaller, in place, and says what they are now."""
    import onnx

    def size():
        return sum(path.stat().st_size for path in paths)

    before = size()
    computed: set[str] = set()
    stored: set[str] = set()
    domains: set[str] = set()
    for path in paths:
        proto, *operators = smaller(onnx.load(path), weights)
        convert.save(proto, path)
        domains.update(node.domain for node in proto.graph.node)
        computed.update(operators[0])
        stored.update(operators[1])
    return {
        "weights": weights,
        "computed": sorted(computed),
        "stored": sorted(stored),
        "kinds": [weights],
        "domains": sorted(domains - {""}),
        "bytes_before": before,
        "bytes_after": size(),
    }


def said(about: dict) -> str:
    """What the card says of it: a paragraph."""
    how = "They compute in float32."
    if about["computed"]:
        names = " and ".join(about["computed"])
        how = f"{names} compute so, all else in float32."
    if about["domains"]:
        how += f" Operators beyond ONNX: {', '.join(about['domains'])}."
    return (
        f"Its ONNX files hold matrices in {about['weights']}: "
        f"{about['bytes_after']:,} bytes instead of {about['bytes_before']:,}. "
        f"{how} Measured: {about['score']['line']}."
    )
