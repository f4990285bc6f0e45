"""Sentences of like length, translated side by side."""

from collections.abc import Sequence

# Sentences of a batch, and their beams and units, padding included.
BATCH_SIZE, _BEAMS, _UNITS = 128, 1024, 1 << 13


def cut(
    order: Sequence[int], lengths: Sequence[int], beams: int
) -> list[list[int]]:
    """Indices of sentences, cut into batches.

    Args:
        order: the indices, in the order of their lengths.
        lengths: of each sentence, its units.
        beams: of a search.
    """
    size = max(1, min(BATCH_SIZE, _BEAMS // beams))
    batches: list[list[int]] = []
    for index in order:
        last = batches[-1] if batches else []
        if (
            not last
            or len(last) == size
            or (len(last) + 1) * lengths[index] > _UNITS
        ):
            batches.append([])
        batches[-1].append(index)
    return batches
