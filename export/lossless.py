"""Smaller ONNX files of the same numbers, which need no data.

The matrices of a model that was read in 8 bits, or in 16, are stored so again
(`export.onnx.exact`). That each of them comes out bit for bit as it was is
proven on the matrices; that runtimes read them so, by the answers of the files.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from export import smaller_checks, verify
from export.onnx import convert, exact
from export.request import Request
from export.runtimes import registry, verification
from zoo.tasks import Task, TextClassifier


def compress(
    trained: Task, draft: Path, request: Request, axes: dict | None
) -> dict | None:
    """Puts smaller files in the place of the ONNX files of an export.

    Args:
        trained: the model that they are of.
        draft: the folder that they are in.
        request: what is asked for, `quantize` among it.
        axes: names and axes of the step form, if there is one.

    Returns:
        What the manifest says under `quantization`, with `runtimes`; `None`,
        and the files are as they were, where a matrix cannot be stored so
        without a change.

    Raises:
        ConversionError: if ONNX Runtime refuses a smaller file.
        MismatchError: if one answers something else.
    """
    import onnx

    weights = str(request.quantize)
    paths = sorted(draft.glob("*.onnx"))
    made: dict[Path, Any] = {}
    operators: set[str] = set()
    kinds: set[str] = set()
    for path in paths:
        found = exact.exactly(onnx.load(path), weights)
        made[path], stored, left, kinds_here = found
        kinds |= kinds_here
        if left:
            return None
        operators |= stored
    size = sum(path.stat().st_size for path in paths)
    with tempfile.TemporaryDirectory() as folder:
        for path, proto in made.items():
            shutil.copy(path, folder)
            convert.save(proto, path)
        required = registry.get(verification.REQUIRED)
        before = smaller_checks.opened(trained, Path(folder), required, axes)
        one_pass = isinstance(trained, TextClassifier)

        def limits(runtime):
            own = runtime.tolerance if one_pass else runtime.step_tolerance
            return dict.fromkeys(before, verify.limit(request.atol, own))

        runtimes = smaller_checks.in_each(
            trained, draft, request, axes, before, limits
        )
    return {
        "weights": weights,
        "lossless": True,
        "computed": [],
        "stored": sorted(operators),
        "kinds": sorted(kinds, reverse=True),
        "domains": [],
        "bytes_before": size,
        "bytes_after": sum(path.stat().st_size for path in paths),
        "runtimes": runtimes,
    }


def said(about: dict) -> str:
    """What the card says of it: a paragraph."""
    kinds = " and ".join(about["kinds"])
    return (
        f"Its ONNX files hold matrices in {kinds}, as the model "
        f"was read: {about['bytes_after']:,} bytes instead of "
        f"{about['bytes_before']:,}. They compute in float32, with the same "
        "numbers: nothing is lost."
    )
