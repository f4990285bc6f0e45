"""The golden file: ids, and the logits that a model must give for them."""

from pathlib import Path

import numpy as np

from zoo import array_file
from zoo.errors import PretrainedError
from zoo.files import read_plain
from zoo.pretrained.limits import LARGEST
from zoo.pretrained.names import SHIPPED
from zoo.trained import Trained, compiled

GOLDEN = "golden.npz"
# Weights are stored in 16 or 8 bits, so loaded logits are those of the rounded
# weights; the golden ones are computed after rounding and must come out again
# but for the order of float32 sums on another processor.
TOLERANCE = 1e-4


def golden_difference(trained: Trained) -> float:
    """Largest difference from the golden logits beside a loaded model.

    Raises:
        PretrainedError: for a file that is no golden file of this model.
    """
    path = Path(trained.folder) / GOLDEN
    own = path.parent.parent == SHIPPED
    golden = check(trained, read_plain(path, LARGEST[GOLDEN], own), str(path))
    names = [value.name for value in trained.model.inputs]
    logits = compiled(trained.model)(*(golden[name] for name in names))
    return float(np.abs(logits - golden["logits"]).max())


def check(trained: Trained, content: bytes, what: str) -> dict[str, np.ndarray]:
    """The arrays of a golden file, if they are ids and logits of this model.

    Args:
        trained: the model; it is not run.
        content: of the file.
        what: its name in messages.

    Raises:
        PretrainedError: for other arrays, other shapes, ids that the model
            does not know, or logits that are not finite.
    """
    sizes = dict(
        zip(
            [value.name for value in trained.model.inputs],
            trained.tokenizer.sizes.values(),
            strict=True,
        )
    )
    wanted = {**dict.fromkeys(sizes, "<i4"), "logits": "<f4"}
    arrays = array_file.read(
        content,
        wanted,
        set(wanted.values()),
        LARGEST[GOLDEN],
        what,
        PretrainedError,
    )
    for name, dtype in wanted.items():
        if name not in arrays or arrays[name].dtype != np.dtype(dtype):
            raise PretrainedError(f"{what} must hold {dtype} of `{name}`.")
    logits = arrays["logits"]
    outputs = trained.model.output["logits"].shape
    for name, size in sizes.items():
        ids = arrays[name]
        if ids.ndim != 2 or not 0 <= ids.min(initial=0) <= ids.max(initial=0):
            raise PretrainedError(f"{what}: `{name}` must be rows of ids.")
        if ids.max(initial=0) >= size or len(ids) != len(logits):
            raise PretrainedError(f"{what}: `{name}` must be ids of the model.")
    # At every step of the last input, or one for each row.
    shape = (*ids.shape[: len(outputs) - 1], outputs[-1])
    if logits.shape != shape or not np.isfinite(logits).all():
        raise PretrainedError(
            f"{what}: `logits` must be finite, of shape {shape}. "
            f"Received: {logits.shape}"
        )
    return arrays
