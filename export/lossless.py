"""Smaller ONNX files of the same numbers, which need no data.

The matrices of a model that was read in 8 bits, or in 16, are stored so again
(`export.onnx.exact`). That each of them comes out bit for bit as it was is
proven on the matrices; that the files open and answer, by their answers.
"""

from pathlib import Path

import numpy as np

from export.errors import MismatchError
from export.onnx import convert, exact
from export.runtimes import onnx_runtime
from zoo.tasks import Task

# Rows and steps of what both files are asked, and its largest id: every
# vocabulary has that many.
_SIZES, _LARGEST_ID = {"batch": 3}, 4
_STEPS = 11
_TYPES = {
    "tensor(float)": "float32",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}


def compress(trained: Task, draft: Path, weights: str) -> dict | None:
    """Puts smaller files in the place of the ONNX files of an export.

    Args:
        trained: the model that they are of.
        draft: the folder that they are in.
        weights: one of `export.WEIGHTS`.

    Returns:
        What the manifest says under `quantization`; `None`, and the files are
        as they were, where a matrix cannot be stored so without a change.

    Raises:
        ConversionError: if ONNX Runtime refuses a smaller file.
        MismatchError: if one answers something else.
    """
    import onnx

    paths = sorted(draft.glob("*.onnx"))
    made, operators = {}, set()
    for path in paths:
        made[path], stored, left = exact.exactly(onnx.load(path), weights)
        if left:
            return None
        operators |= stored
    before = sum(path.stat().st_size for path in paths)
    for path, proto in made.items():
        answers = _answers(path)
        convert.save(proto, path)
        for ours, theirs in zip(_answers(path), answers, strict=True):
            if not np.array_equal(ours, theirs):
                gap = float(np.abs(ours - theirs).max())
                what = f"{path.name} with {weights} weights"
                raise MismatchError(what, gap, 0.0, "the one with float32")
    return {
        "weights": weights,
        "lossless": True,
        "computed": [],
        "stored": sorted(operators),
        "domains": [],
        "bytes_before": before,
        "bytes_after": sum(path.stat().st_size for path in paths),
    }


def said(about: dict) -> str:
    """What the card says of it: a paragraph."""
    return (
        f"Its ONNX files hold matrices in {about['weights']}, as the model "
        f"was read: {about['bytes_after']:,} bytes instead of "
        f"{about['bytes_before']:,}. They compute in float32, with the same "
        "numbers: nothing is lost."
    )


def _answers(path) -> list[np.ndarray]:
    """What a file answers to some ids, and to states of its own kind."""
    opened, _ = onnx_runtime.session(path)
    random = np.random.default_rng(0)
    inputs: dict[str, np.ndarray] = {}
    for value in opened.get_inputs():
        shape = [_size(axis) for axis in value.shape]
        numbers: np.ndarray = random.integers(1, _LARGEST_ID + 1, shape)
        if value.type == "tensor(float)":
            numbers = random.normal(0, 0.5, shape)
        inputs[value.name] = numbers.astype(_TYPES[value.type])
    return list(onnx_runtime.open_file(path)(inputs).values())


def _size(axis) -> int:
    return axis if isinstance(axis, int) else _SIZES.get(axis, _STEPS)
