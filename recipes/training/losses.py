"""What training makes small."""

from collections.abc import Callable

from keras import ops

from zoo.text.ids import PADDING


def cross_entropy(label_smoothing: float = 0.0) -> Callable:
    """Cross-entropy of integer labels, a share of it spread over all."""

    def loss(labels, logits):
        # Keras passes labels with a last axis of 1, or without it.
        classes, shape = logits.shape[-1], ops.shape(logits)[:-1]
        labels = ops.reshape(labels, (-1,))
        logits = ops.reshape(logits, (-1, classes))
        nats = ops.sparse_categorical_crossentropy(
            labels, logits, from_logits=True
        )
        if not label_smoothing:
            return ops.reshape(nats, shape)
        # Without a table of targets, which would be as large as the logits.
        chosen = ops.take_along_axis(
            logits, ops.cast(labels, "int32")[:, None], axis=-1
        )
        even = nats + chosen[:, 0] - ops.mean(logits, axis=-1)
        nats = (1 - label_smoothing) * nats + label_smoothing * even
        return ops.reshape(nats, shape)

    return loss


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
