"""What training makes small."""

from collections.abc import Callable

import keras
from keras import ops


def cross_entropy(label_smoothing: float = 0.0) -> Callable:
    """Cross-entropy of integer labels, a share of it spread over all."""

    def loss(labels, logits):
        # Keras hands labels over as a column or not, by its own lights.
        classes = logits.shape[-1]
        labels = ops.reshape(labels, (-1,))
        logits = ops.reshape(logits, (-1, classes))
        if not label_smoothing:
            return ops.sparse_categorical_crossentropy(
                labels, logits, from_logits=True
            )
        return keras.losses.categorical_crossentropy(
            ops.one_hot(labels, classes),
            logits,
            from_logits=True,
            label_smoothing=label_smoothing,
        )

    return loss
