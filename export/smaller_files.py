"""`quantize`: smaller files in the place of those in float32, and proven anew.

Nothing that was said of the float32 files may stay in the manifest.
"""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from export import lossless, quantization, score_loss
from export.request import Request
from zoo.errors import InputError
from zoo.evaluation import Validation
from zoo.tasks import Task

# What a manifest says of them, and of which files.
_TITLES = {"quantization": "ONNX", "litert_quantization": "LiteRT"}


def check(
    request: Request, validation: Validation | Callable[[], Validation] | None
) -> None:
    """Refuses, before anything is made, what would be refused at its end.

    Args:
        request: what is asked for.
        validation: as `export.export`.

    Raises:
        InputError: where nothing is given to score LiteRT files on.
    """
    if request.quantize is not None and "litert" in request.formats:
        _needed(validation)


def onnx(
    trained: Task,
    draft: Path,
    request: Request,
    validation: Validation | Callable[[], Validation] | None,
    axes: dict | None,
) -> tuple[dict, dict]:
    """Makes the ONNX files smaller, without a change if that can be.

    Args:
        trained: the model that they are of.
        draft: the folder that they are in.
        request: what is asked for, `quantize` among it.
        validation: as `export.export`.
        axes: names and axes of the step form, if there is one.

    Returns:
        Differences, and what belongs into the manifest: `quantization` and
        `runtimes`.

    Raises:
        InputError: where nothing is given to score them on.
    """
    differences: dict[str, float] = {}
    weights = str(request.quantize)
    found = None
    if not isinstance(validation, Validation):
        found = lossless.compress(trained, draft, request, axes)
    if found is None:
        if validation is None:
            raise InputError(
                f"{trained.name} is other numbers than {weights} holds, so "
                "`quantize` needs `validation`: what the smaller files are "
                "scored on."
            )
        validation = _given(validation)
        differences, found = quantization.compress(
            trained,
            draft,
            request,
            validation,
            _limit(request, validation),
            axes,
        )
    runtimes = found.pop("runtimes")
    return differences, {"quantization": found, "runtimes": runtimes}


def litert(
    trained: Task,
    draft: Path,
    request: Request,
    validation: Validation | Callable[[], Validation] | None,
) -> tuple[dict, dict]:
    """Makes the LiteRT files smaller, and scores them whatever the numbers
    are: with int8, LiteRT rounds what it multiplies to 8 bits too.

    Args:
        trained: as `onnx`, like the next three.
        draft: see there.
        request: see there.
        validation: see there.

    Returns:
        Differences, and what belongs into the manifest: `litert`,
        `litert_quantization` and `runtimes`.

    Raises:
        InputError: where nothing is given to score them on.
    """
    from export.litert import smaller

    validation = _given(_needed(validation))
    scored = functools.partial(
        score_loss.scored,
        str(request.quantize),
        validation,
        limit=_limit(request, validation),
    )
    return smaller.compress(trained, draft, request, scored)


def _needed(validation):
    if validation is None:
        raise InputError(
            "`quantize` of LiteRT files needs `validation`: what they are "
            "scored on."
        )
    return validation


def _given(validation: Validation | Callable[[], Validation]) -> Validation:
    return validation if isinstance(validation, Validation) else validation()


def _limit(request: Request, validation: Validation) -> float:
    """By how much the score may get worse."""
    if request.largest_loss is None:
        return validation.largest_loss
    return request.largest_loss


def said(about: dict) -> str:
    """What a card says of them: a paragraph for each format.

    Args:
        about: a manifest, or what becomes one.
    """
    paragraphs = []
    found = about.get("quantization")
    if found is not None:
        of = lossless.said if found.get("lossless") else quantization.said
        paragraphs.append(of(found))
    found = about.get("litert_quantization")
    if found is not None:
        paragraphs.append(
            f"Its LiteRT files hold matrices in {found['weights']}: "
            f"{found['bytes_after']:,} bytes instead of "
            f"{found['bytes_before']:,}. Measured: {found['score']['line']}."
        )
    return "".join(f"\n{paragraph}\n" for paragraph in paragraphs)


def lines(manifest: dict) -> Iterator[str]:
    """What the command line says of them: size and score of each format.

    Args:
        manifest: of an export.
    """
    for key, title in _TITLES.items():
        about: dict[str, Any] | None = manifest.get(key)
        if about is None:
            continue
        before, after = (
            f"{about[name] / 2**20:.2f}"
            for name in ("bytes_before", "bytes_after")
        )
        size = f"{before} MiB -> {after} MiB ({title})"
        yield f"{about['weights']:<8}  {size}"
        same = "the same numbers, nothing is lost"
        score = about["score"]["line"] if "score" in about else same
        yield f"score     {score}"
