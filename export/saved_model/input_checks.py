"""What a signature refuses, where TensorFlow would compute something."""

import tensorflow as tf

from zoo.text.ids import PADDING


def checked_ids(
    token_ids: tf.Tensor, *others: tf.Tensor, size: int
) -> tf.Tensor:
    """The ids, behind checks that run in the graph.

    Args:
        token_ids: int32 of shape `(batch, time)`; an error where one is
            negative, or is not in the vocabulary: on a GPU, that would be
            read as a vector of zeros.
        others: what must have as many rows; one row would stand for all.
        size: number of ids.
    """
    rows = tf.shape(token_ids)[0]
    checks = [
        tf.debugging.assert_non_negative(
            token_ids, "`token_ids` must not be negative."
        ),
        tf.debugging.assert_less(
            token_ids, size, f"`token_ids` must be below {size}."
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


def at_least_one_step(token_ids: tf.Tensor) -> tf.Tensor:
    """The ids, with one step of padding where they have no step at all.

    Args:
        token_ids: int32 of shape `(batch, time)`.
    """
    missing = tf.maximum(0, 1 - tf.shape(token_ids)[1])
    return tf.pad(token_ids, [[0, 0], [0, missing]], constant_values=PADDING)


def for_each_row(values: tf.Tensor, rows: tf.Tensor, name: str) -> tf.Tensor:
    """Values of shape `(batch,)`, where one may stand for all rows.

    Args:
        values: of shape `(batch,)` or `(1,)`; an error where one is negative.
        rows: int32 scalar, the number of rows.
        name: of the values, for the messages.
    """
    given = tf.shape(values)[0]
    checks = [
        tf.debugging.assert_non_negative(
            values, f"`{name}` must not be negative."
        ),
        tf.debugging.Assert(
            tf.logical_or(given == rows, given == 1),
            [f"`{name}` must have one value, or one for each prompt."],
        ),
    ]
    with tf.control_dependencies(checks):
        return tf.broadcast_to(values, [rows])
