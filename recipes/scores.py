"""How good a classifier's answers are."""

import keras
import numpy as np

from recipes.datasets.examples import Examples, by_length, ordered

# Twice the usual training batch: no gradient has to be kept.
BATCH_SIZE = 128


def predict(model: keras.Model, examples: Examples) -> np.ndarray:
    """The logits of each example, of shape `(examples, classes)`."""
    # One graph for all lengths; Keras's `predict` would trace for each.
    call = _compiled(model)
    batches = ordered(examples, BATCH_SIZE)
    logits = [np.asarray(call(ids)) for ids, _ in batches.make(0)]
    result = np.empty((len(examples), logits[0].shape[-1]), "float32")
    result[by_length(examples)] = np.concatenate(logits)
    return result


def _compiled(model):
    if keras.backend.backend() != "tensorflow":
        return lambda ids: model(ids, training=False)["logits"]
    import tensorflow as tf

    signature = [tf.TensorSpec([None, None], tf.int32)]
    return tf.function(
        lambda ids: model(ids, training=False)["logits"], signature
    )


def confusion(
    labels: np.ndarray, predicted: np.ndarray, classes: int
) -> np.ndarray:
    """Counts of shape `(classes, classes)`: true class by predicted class."""
    counts = np.zeros((classes, classes), "int64")
    np.add.at(counts, (labels, predicted), 1)
    return counts


def accuracy(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Share of right answers, to five digits."""
    return round(float(np.mean(labels == predicted)), 5)
