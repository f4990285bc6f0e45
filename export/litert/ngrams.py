"""Scores of n-grams, with marks that stay whole numbers.

As a variable of the layer, marks are floats, which smaller weights would round;
of a rounded mark, no n-gram is known.
"""

import numpy as np

from zoo.backend.tensor import Tensor
from zoo.layers import WithNgrams
from zoo.layers.ngrams import places, windows


def mean(layer: WithNgrams, logits: Tensor, token_ids: Tensor) -> Tensor:
    """What the layer gives.

    Args:
        layer: the layer.
        logits: Tensor of shape `(batch, classes)`.
        token_ids: int32 tensor of shape `(batch, time)`.
    """
    import tensorflow as tf

    with tf.init_scope():
        marks = np.asarray(layer.marks).astype("int16")
    back = windows(
        tf.pad(token_ids, [[0, 0], [layer.longest - 1, 0]]), layer.longest
    )
    there = token_ids != 0
    totals = []
    for length in range(1, layer.longest + 1):
        slot, mark = places(back[:length], layer.slots)
        found = tf.cast(tf.gather(marks, slot), "int32")
        # The first token is missing before the text, the last behind it.
        known = (found == mark) & there & (back[length - 1] != 0)
        score = tf.gather(tf.convert_to_tensor(layer.scores), slot)
        known = tf.cast(known, "float32")[:, :, None]
        totals.append(tf.reduce_sum(known * score, axis=1))
    count = tf.reduce_sum(tf.cast(there, "float32"), axis=1, keepdims=True)
    judged = tf.add_n(totals) / tf.sqrt(tf.maximum(count, 1.0))
    return (logits + layer.bias + judged) / 2
