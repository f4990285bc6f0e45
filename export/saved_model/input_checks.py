"""What a signature refuses, where TensorFlow would compute something."""

import tensorflow as tf


def checked_ids(token_ids: tf.Tensor, *others: tf.Tensor) -> tf.Tensor:
    """The ids, behind checks that run in the graph.

    Args:
        token_ids: int32 of shape `(batch, time)`; negative ones are an error.
        others: what must have as many rows; one row would stand for all.
    """
    rows = tf.shape(token_ids)[0]
    checks = [
        tf.debugging.assert_non_negative(
            token_ids, "`token_ids` must not be negative."
        ),
        *(
            tf.debugging.assert_equal(
                tf.shape(other)[0], rows, "All inputs must have as many rows."
            )
            for other in others
        ),
    ]
    with tf.control_dependencies(checks):
        return tf.identity(token_ids)
