"""Batches in the form that Keras's `fit` reads."""

from collections.abc import Callable, Iterator
from typing import Any

import keras

from zoo.backend.compile import pad_to_multiple


def feed(batches: Callable[[], Iterator], strategy: Any = None) -> Any:
    """What `fit` reads: a tf.data pipeline, elsewhere arrays one by one.

    Args:
        batches: function of nothing to an iterator of inputs and targets, and
            what else a training step takes; without an end.
        strategy: of `tf.distribute`, if there is one; what `batches` makes
            goes to the replicas of this process in turn.
    """
    if keras.backend.backend() != "tensorflow":
        return (padded(*batch) for batch in batches())
    import tensorflow as tf

    signature = keras.tree.map_structure(
        lambda array: tf.TensorSpec([None] * array.ndim, array.dtype),
        next(iter(batches())),
    )

    def dataset(context=None):
        return tf.data.Dataset.from_generator(
            batches, output_signature=signature
        ).prefetch(tf.data.AUTOTUNE)

    if strategy is None:
        return dataset()
    return strategy.distribute_datasets_from_function(dataset)


def padded(inputs: Any, targets: dict) -> tuple[Any, dict]:
    """Ids of few lengths; windows of a text have one length anyway."""
    if not isinstance(inputs, dict):
        return pad_to_multiple(inputs), targets
    if "source_ids" not in inputs:
        return inputs, targets
    return keras.tree.map_structure(_pad_lengths, (inputs, targets))


def _pad_lengths(array):
    """Ids of a batch, or of several texts for each row of it."""
    if array.ndim < 2 or array.dtype.kind != "i":
        return array
    rows = pad_to_multiple(array.reshape(-1, array.shape[-1]))
    return rows.reshape(*array.shape[:-1], -1)
