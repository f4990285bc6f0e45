"""The proof: an artifact, opened again, computes what the model computes."""

from collections.abc import Callable

import numpy as np

from export.errors import MismatchError

# The same operations on the same processor: only float32 rounding of sums
# that a graph optimiser reordered.
SAVED_MODEL_TOLERANCE = 1e-6
# Other kernels: another order of sums, other polynomials for tanh and exp.
ONNX_TOLERANCE = 1e-5

# (batch, time) of the ids that are compared; none is special to a converter.
SHAPES = [(1, 1), (1, 9), (2, 7), (3, 33), (5, 64), (8, 20)]

TEXTS = [
    "A quiet, moving film.<br /><br />I didn't expect that!",
    "",
    "the writer of the books",
    "  double  spaces,\ttabs\nand\x00NUL ",
    "naïve ÉTUDE Ünïcödé ΑΣ 电影很好 фильм 🎬🎬 e\u0301\u00a0\u3000x",
    "!?!" * 3 + " 'quoted' <b>BR</b> <br/> <BR>",
    "long " * 300,
]


def example_ids(vocabulary_size: int) -> list[np.ndarray]:
    """Arrays of ids of all `SHAPES`, right-padded to different lengths.

    The first row of a batch fills its whole length, and the last of a larger
    batch has no token at all.
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
        arrays.append(ids.astype("int32"))
    return arrays


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
    largest = 0.0
    for value in inputs:
        ours, theirs = expected(value), computed(value)
        if ours.shape != theirs.shape:
            raise MismatchError(artifact, float("inf"), tolerance)
        difference = float(np.abs(ours - theirs).max())
        # Also true where the difference is not a number.
        if not difference <= tolerance:
            raise MismatchError(artifact, difference, tolerance)
        largest = max(largest, difference)
    return largest
