"""The proof: an artifact, opened again, computes what the model computes."""

from collections.abc import Callable, Iterable

import numpy as np

from export.errors import MismatchError

# The same operations on the same processor: only float32 rounding of sums
# that a graph optimiser reordered.
SAVED_MODEL_TOLERANCE = 1e-6
# Other kernels: another order of sums, other polynomials for tanh and exp, a
# few units in the last place of a sum of hundreds.
ONNX_TOLERANCE = 1e-5
# The same over many steps, whose states carry the differences on, and where the
# logits of a trained model are in the tens.
STEP_TOLERANCE = 1e-4

# (batch, time) of the ids that are compared; none is special to a converter.
SHAPES = [(1, 1), (1, 9), (2, 7), (3, 33), (5, 64), (8, 20)]
# How many of them, where a runtime computes in Python; rows without a token are
# among them.
FEW_SHAPES = 4

TEXTS = [
    "A quiet, moving film.<br /><br />I didn't expect that!",
    "",
    "the writer of the books",
    "  double  spaces,\ttabs\nand\x00NUL ",
    "naïve ÉTUDE Ünïcödé ΑΣ 电影很好 фильм 🎬🎬 e\u0301\u00a0\u3000x",
    "!?!" * 3 + " 'quoted' <b>BR</b> <br/> <BR>",
    "long " * 300,
]


def limit(asked: float | None, own: float) -> float:
    """The largest difference allowed: the one asked for, or `own`."""
    return own if asked is None else asked


def example_ids(
    vocabulary_size: int,
    batch_size: int | None = None,
    length: int | None = None,
) -> list[np.ndarray]:
    """Arrays of ids of all `SHAPES`, right-padded to different lengths.

    The first row of a batch fills its whole length, and the last of a larger
    batch has no token at all. Where the number of rows or steps is fixed, rows
    are repeated or left out, and steps padded or cut off.

    Args:
        vocabulary_size: one more than the largest id.
        batch_size: how many rows each has, `None` for those of `SHAPES`.
        length: how many steps, likewise.
    """
    random = np.random.default_rng(7)
    arrays = []
    for batch, time in SHAPES:
        ids = random.integers(1, vocabulary_size, (batch, time))
        lengths = random.integers(1, time + 1, batch)
        lengths[0] = time
        if batch > 2:
            lengths[-1] = 0
        ids[np.arange(time) >= lengths[:, None]] = 0
        if batch_size is not None:
            ids = ids[np.arange(batch_size) % batch]
        if length is not None:
            ids = np.pad(ids[:, :length], [[0, 0], [0, max(0, length - time)]])
        arrays.append(ids.astype("int32"))
    return arrays


def left_padded(ids: np.ndarray) -> np.ndarray:
    """Right-padded ids with their padding on the other side.

    Args:
        ids: int32 of shape `(batch, time)`.
    """
    rows = [np.roll(row, (row == 0).sum()) for row in ids]
    return np.stack(rows)


def largest_difference(
    artifact: str,
    computed: Callable,
    expected: Callable,
    inputs: list,
    tolerance: float,
) -> float:
    """The largest difference between two functions over `inputs`.

    Raises:
        MismatchError: if it is above `tolerance`, not a number, or a shape
            differs.
    """
    answers = map(expected, inputs)
    return compared(artifact, computed, inputs, answers, tolerance)


def compared(
    artifact: str,
    computed: Callable,
    inputs: Iterable,
    answers: Iterable[np.ndarray],
    tolerance: float,
) -> float:
    """The largest difference between a function's values and known answers.

    Args:
        artifact: what computes, for messages.
        computed: of one of `inputs` to an array.
        inputs: what it is called with.
        answers: what it must return for each.
        tolerance: what the largest difference may be.

    Raises:
        MismatchError: as `largest_difference`.
    """
    largest = 0.0
    for value, ours in zip(inputs, answers, strict=True):
        theirs = computed(value)
        if ours.shape != theirs.shape:
            raise MismatchError(artifact, float("inf"), tolerance)
        difference = float(np.abs(ours - theirs).max())
        # Also true where the difference is not a number.
        if not difference <= tolerance:
            raise MismatchError(artifact, difference, tolerance)
        largest = max(largest, difference)
    return largest
