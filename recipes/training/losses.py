"""What training makes small."""

from collections.abc import Callable

import numpy as np
from keras import ops

from zoo.backend.tensor import Tensor
from zoo.text.ids import PADDING


def cross_entropy(
    label_smoothing: float = 0.0, class_weights: np.ndarray | None = None
) -> Callable:
    """Cross-entropy of integer labels, a share of it spread over all.

    Args:
        label_smoothing: that share.
        class_weights: float array of shape `(classes,)`: what the loss of an
            example of each class is multiplied with.
    """

    def loss(labels, logits):
        # Keras passes labels with a last axis of 1, or without it.
        classes, shape = logits.shape[-1], ops.shape(logits)[:-1]
        labels = ops.reshape(labels, (-1,))
        logits = ops.reshape(logits, (-1, classes))
        nats = ops.sparse_categorical_crossentropy(
            labels, logits, from_logits=True
        )
        weights: Tensor = 1.0
        if class_weights is not None:
            table = ops.convert_to_tensor(class_weights, nats.dtype)
            weights = ops.take(table, ops.cast(labels, "int32"))
        if not label_smoothing:
            return ops.reshape(weights * nats, shape)
        # Without a table of targets, which would be as large as the logits.
        chosen = ops.take_along_axis(
            logits, ops.cast(labels, "int32")[:, None], axis=-1
        )
        even = nats + chosen[:, 0] - ops.mean(logits, axis=-1)
        nats = (1 - label_smoothing) * nats + label_smoothing * even
        return ops.reshape(weights * nats, shape)

    return loss


def balanced(labels: np.ndarray, classes: int) -> np.ndarray:
    """Weights by which each class counts alike, 1 in the mean over examples.

    Args:
        labels: of the training examples, int; or probabilities of classes.
        classes: how many there are; one without an example has the weight 0.
    """
    if labels.ndim == 2:
        labels = labels.argmax(axis=1)
    counts = np.bincount(labels, minlength=classes)
    present = counts > 0
    even = counts.sum() / (present.sum() * np.maximum(counts, 1))
    return np.where(present, even, 0).astype("float32")


def token_cross_entropy(label_smoothing: float = 0.0) -> Callable:
    """The same for token ids, where padding (0) has a loss of 0.

    Steps of padding are still counted in the mean over all steps. So a batch
    that is divided among replicas has the same gradient as a whole one.
    """
    nats = cross_entropy(label_smoothing)

    def loss(labels, logits):
        kept = ops.not_equal(labels, PADDING)
        return nats(labels, logits) * ops.cast(kept, "float32")

    return loss
