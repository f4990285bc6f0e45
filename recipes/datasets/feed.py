"""Batches in the form that Keras's `fit` reads."""

from collections.abc import Callable, Iterator

import keras

from zoo.trained import to_few_lengths


def feed(batches: Callable[[], Iterator], steps: int | None = None):
    """What `fit` reads: a tf.data pipeline, elsewhere arrays one by one.

    Args:
        batches: function of nothing to an iterator of inputs and targets.
        steps: their number, if they end; such batches are read again after
            every epoch.
    """
    if keras.backend.backend() != "tensorflow":
        padded = (_padded(*batch) for batch in batches())
        return padded if steps is None else _Ready(list(padded))
    import tensorflow as tf

    signature = keras.tree.map_structure(
        lambda array: tf.TensorSpec([None] * array.ndim, array.dtype),
        next(iter(batches())),
    )
    dataset = tf.data.Dataset.from_generator(
        batches, output_signature=signature
    )
    if steps is not None:
        # Else Keras counts the batches of the first epoch, and warns.
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
    return dataset.prefetch(tf.data.AUTOTUNE)


def _padded(inputs, targets):
    """Ids of few lengths; windows of a text have one length anyway."""
    if not isinstance(inputs, dict):
        return to_few_lengths(inputs), targets
    if "source_ids" not in inputs:
        return inputs, targets
    return keras.tree.map_structure(to_few_lengths, (inputs, targets))


class _Ready(keras.utils.PyDataset):
    """Batches that are there to be read again."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, place):
        return self.batches[place]
