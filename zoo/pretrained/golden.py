"""The golden file: ids, and the logits that a model must give for them."""

import numpy as np

from zoo.backend.compile import logits_function
from zoo.errors import PretrainedError
from zoo.io import npz_reader
from zoo.io.files import read_plain
from zoo.pretrained.limits import LARGEST, MOST_ROWS, MOST_STEPS
from zoo.pretrained.registry import is_installed
from zoo.tasks import Task

GOLDEN = "golden.npz"
# Weights are stored in 16 or 8 bits, so loaded logits are those of the rounded
# weights; the golden ones are computed after rounding and must come out again
# but for the order of float32 sums on another processor.
TOLERANCE = 1e-4


def golden_difference(trained: Task) -> float:
    """Largest difference from the golden logits beside a loaded model.

    Raises:
        PretrainedError: for a file that is no golden file of this model, or a
            model that was not loaded from a folder.
    """
    if trained.folder is None:
        raise PretrainedError("This model was not loaded from a folder.")
    path = trained.folder / GOLDEN
    own = is_installed(path.parent)
    model = trained.model
    names = [value.name for value in model.inputs]
    golden = check(
        read_plain(path, LARGEST[GOLDEN], own),
        names,
        trained.tokenizer.sizes,
        model.output["logits"].shape,
        str(path),
    )
    logits = logits_function(model)(*(golden[name] for name in names))
    return float(np.abs(logits - golden["logits"]).max())


def check(
    content: bytes,
    inputs: list[str],
    sizes: dict[str, int],
    outputs: tuple[int | None, ...],
    what: str,
) -> dict[str, np.ndarray]:
    """The arrays of a golden file, if they are ids and logits of a model.

    Args:
        content: of the file.
        inputs: the names of the model's inputs.
        sizes: the numbers of ids that the tokenizer has for them, in the same
            order.
        outputs: the shape of the model's logits.
        what: the file's name in messages.

    Raises:
        PretrainedError: for other arrays, other shapes, none or very many
            rows or steps, ids that the model does not know, or logits that are
            not finite.
    """
    wanted = {**dict.fromkeys(inputs, "<i4"), "logits": "<f4"}
    arrays = npz_reader.read(
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
    for name, size in zip(inputs, sizes.values(), strict=True):
        ids = arrays[name]
        rows, steps = ids.shape if ids.ndim == 2 else (0, 0)
        if not 0 < rows <= MOST_ROWS or not 0 < steps <= MOST_STEPS:
            raise PretrainedError(
                f"{what}: `{name}` must be 1 to {MOST_ROWS} rows of 1 to "
                f"{MOST_STEPS} ids. Received: {ids.shape}"
            )
        if not 0 <= ids.min(initial=0) <= ids.max(initial=0):
            raise PretrainedError(f"{what}: `{name}` must be rows of ids.")
        if ids.max(initial=0) >= size or ids.shape[:1] != logits.shape[:1]:
            raise PretrainedError(f"{what}: `{name}` must be ids of the model.")
    # At every step of the last input, or one for each row.
    shape = (*ids.shape[: len(outputs) - 1], outputs[-1])
    if logits.shape != shape or not np.isfinite(logits).all():
        raise PretrainedError(
            f"{what}: `logits` must be finite, of shape {shape}. "
            f"Received: {logits.shape}"
        )
    return arrays
