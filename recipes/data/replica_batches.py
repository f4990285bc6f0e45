"""What each replica takes of a batch."""

from collections.abc import Iterator

import keras
import numpy as np

from recipes.data.examples import Batches
from recipes.data.feed import padded

# What a batch is filled up to where every shape costs a compilation.
_ROWS = 16


def shares(
    batches: Batches,
    replicas: int,
    local: range,
    static: bool = False,
) -> Batches:
    """The rows of each batch that some replicas take, one share after another.

    All shares of a batch have as many rows; where the batch has too few, rows
    are repeated, with no weight. So every replica takes part in every step,
    also in one that has nothing for it.

    Args:
        batches: of the global batch, the same on every worker.
        replicas: how many there are.
        local: the numbers of those whose shares are wanted.
        static: whether batches shall have few different shapes: steps are
            padded to a multiple of 32, rows of a batch to the largest one so
            far among those with as many steps, in multiples of 16.

    Returns:
        Inputs and targets as in `batches`, and a float32 array of shape
        `(rows, 3)`: each row's weight in the gradient (its share of the mean
        over all steps of the batch), its weight in a mean over its own steps,
        and 1, or 0 for one that is repeated.
    """

    def make(first_epoch):
        sizes: dict[tuple, int] = {}
        for inputs, targets in batches.make(first_epoch):
            steps = _steps(targets["logits"])
            batch = (inputs, targets)
            # Windows of a text have one shape anyway, and their rows states.
            few = static and not (
                isinstance(inputs, dict) and "carry" in inputs
            )
            if few:
                batch = padded(*batch)
            yield from _cut(
                batch, steps, replicas, local, sizes if few else None
            )

    return Batches(make, batches.steps, batches.contents)


def _cut(batch, steps, replicas, local, sizes) -> Iterator:
    arrays = keras.tree.flatten(batch)
    count = len(arrays[0])
    rows = count
    if sizes is not None:
        shape = tuple(array.shape[1:] for array in arrays)
        rows = max(sizes.get(shape, 0), count + -count % _ROWS)
        sizes[shape] = rows
    rows += -rows % replicas
    weights = np.zeros((rows, 3), "float32")
    weights[:count] = (1 / (count * steps), 1 / steps, 1)
    each = rows // replicas
    for replica in local:
        indices = np.arange(replica * each, (replica + 1) * each)
        inputs, targets = keras.tree.map_structure(
            lambda array, indices=indices: array[indices % count], batch
        )
        yield inputs, targets, weights[indices]


def _steps(labels):
    """Number of places of a row that the mean is over."""
    return labels.shape[1] if labels.ndim == 2 else 1
