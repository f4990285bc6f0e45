"""The ids that mean the same in every vocabulary, and rows of ids."""

from collections.abc import Sequence

import numpy as np

# Behind the end of a text, and what a vocabulary does not know. The first
# entry of a vocabulary that has unknown ones comes next.
PADDING, UNKNOWN, FIRST_KNOWN = 0, 1, 2
# What stands for a character that cannot be told.
REPLACEMENT = "\ufffd"
# What a translation begins from and what ends it, where a vocabulary has them.
START, END = 2, 3


def pad(rows: Sequence[Sequence[int] | np.ndarray]) -> np.ndarray:
    """Rows of ids as one int32 array, right-padded, at least 1 wide."""
    width = max([1, *map(len, rows)])
    padded = np.full((len(rows), width), PADDING, "int32")
    for row, ids in enumerate(rows):
        padded[row, : len(ids)] = ids
    return padded
