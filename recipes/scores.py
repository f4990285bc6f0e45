"""How good a classifier's answers are."""

import keras
import numpy as np

from recipes.datasets.examples import Examples, by_length, ordered
from zoo.trained import compiled

# Twice the usual training batch: no gradient has to be kept.
BATCH_SIZE = 128


def predict(model: keras.Model, examples: Examples) -> np.ndarray:
    """The logits of each example, of shape `(examples, classes)`."""
    call = compiled(model)
    batches = ordered(examples, BATCH_SIZE)
    logits = [call(ids) for ids, _ in batches.make(0)]
    result = np.empty((len(examples), logits[0].shape[-1]), "float32")
    result[by_length(examples)] = np.concatenate(logits)
    return result


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
