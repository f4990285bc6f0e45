"""How good a classifier's answers are."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import ops

from recipes.data.examples import Batches, Examples, by_length, ordered
from recipes.evaluation import plots
from recipes.evaluation.baselines import beside
from recipes.evaluation.measures import measures
from zoo.backend.compile import (
    compiled,
    logits_function,
    pad_to_multiple,
)
from zoo.text import TextTokenizer
from zoo.text.tokenizer import unknown_share

# Twice the usual training batch: no gradient has to be kept.
BATCH_SIZE = 128


def predict(model: keras.Model, examples: Examples) -> np.ndarray:
    """The logits of each example, of shape `(examples, classes)`."""
    call = logits_function(model)
    batches = ordered(examples, BATCH_SIZE)
    logits = [call(ids) for ids, _ in batches.make(0)]
    result = np.empty((len(examples), logits[0].shape[-1]), "float32")
    result[by_length(examples)] = np.concatenate(logits)
    return result


def of_batches(
    model: keras.Model, batches: Batches, loss: Callable
) -> Callable[[], dict]:
    """A function of nothing to `val_loss` and `val_accuracy`.

    Args:
        model: a classifier; its weights are read anew at every call.
        batches: what it reads; they end.
        loss: of labels and logits, by row.
    """

    def sums(token_ids, labels):
        logits = model(token_ids, training=False)["logits"]
        right = ops.equal(ops.argmax(logits, axis=-1), labels)
        return ops.sum(loss(labels, logits)), ops.sum(ops.cast(right, "int32"))

    graph = compiled(sums, model)

    def scores():
        total, right, count = 0.0, 0, 0
        for ids, targets in batches.make(0):
            labels = targets["logits"]
            if keras.backend.backend() != "tensorflow":
                ids = pad_to_multiple(ids)
            of_batch, right_ones = graph(ids, labels)
            total += float(of_batch)
            right += int(right_ones)
            count += len(labels)
        return {"val_loss": total / count, "val_accuracy": right / count}

    return scores


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


def tested(
    model: keras.Model,
    examples: Examples,
    labels: list[str],
    picture: Path | None = None,
    *,
    measured: bool = False,
    tokenizer: TextTokenizer | None = None,
    baselines: dict[str, np.ndarray] | None = None,
) -> dict:
    """The scores of a test set.

    Args:
        model: a classifier.
        examples: the test set.
        labels: names of the classes.
        picture: where to draw which classes are taken for which, if anywhere;
            with `measured`, `calibration.png` beside it says how sure it is.
        measured: whether to add `recipes.evaluation.measures`.
        tokenizer: what made the ids, to say with these how much is unknown.
        baselines: what others answer, to stand beside it.
    """
    from scipy.special import softmax

    logits = predict(model, examples)
    predicted = logits.argmax(axis=-1)
    if picture is not None:
        counts = confusion(examples.labels, predicted, len(labels))
        plots.confusion_matrix(counts, labels, picture)
    if picture is not None and measured and len(examples):
        plots.curves(
            softmax(logits.astype("float64"), axis=1),
            examples.labels,
            labels,
            picture.with_name("calibration.png"),
        )
    found = {
        "test_accuracy": accuracy(examples.labels, predicted),
        "test_examples": len(examples),
    }
    if baselines is not None:
        found |= beside(logits, examples.labels, baselines)
    if measured:
        if tokenizer is not None:
            unknown = unknown_share(tokenizer, examples.token_ids)
            found["unknown_share"] = round(unknown, 5)
        found |= measures(logits, examples.labels, labels)
    return found
