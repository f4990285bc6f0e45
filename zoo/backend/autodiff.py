"""Derivatives of plain functions of arrays, on either backend."""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from zoo.backend.tensor import Tensor


def gradients(
    function: Callable[[list[Tensor]], Tensor], arrays: list
) -> list[np.ndarray]:
    """The gradients of a scalar function with respect to each array.

    Args:
        function: takes a list of tensors, gives a scalar tensor.
        arrays: where to differentiate.
    """
    tensors = [ops.convert_to_tensor(array) for array in arrays]
    if keras.backend.backend() == "jax":
        import jax

        found = jax.grad(function)(tensors)
    else:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(tensors)
            value = function(tensors)
        none = tf.UnconnectedGradients.ZERO
        found = tape.gradient(value, tensors, unconnected_gradients=none)
    return [ops.convert_to_numpy(gradient) for gradient in found]


def row_jacobians(
    function: Callable[[Tensor, Tensor], Tensor],
    rows: np.ndarray,
    fixed: np.ndarray,
) -> np.ndarray:
    """The Jacobian of a function that maps each row to a row on its own.

    Args:
        function: of a tensor of shape `(rows, size)` and another with as
            many rows, to one of shape `(rows, size)`.
        rows: array of shape `(rows, size)`: where to differentiate.
        fixed: array of shape `(rows, features)`: the other argument.

    Returns:
        Of shape `(rows, size, size)`; `[r, i, j]` is the derivative of entry
        `i` of the result with respect to entry `j`, both of row `r`.
    """
    rows, fixed = ops.convert_to_tensor(rows), ops.convert_to_tensor(fixed)
    if keras.backend.backend() == "jax":
        import jax

        one = jax.jacrev(lambda row, x: function(row[None], x[None])[0])
        return ops.convert_to_numpy(jax.vmap(one)(rows, fixed))
    import tensorflow as tf

    with tf.GradientTape(persistent=True) as tape:
        tape.watch(rows)
        columns = tf.unstack(function(rows, fixed), axis=1)
    none = tf.UnconnectedGradients.ZERO
    found = [
        tape.gradient(column, rows, unconnected_gradients=none)
        for column in columns
    ]
    return tf.stack(found, axis=1).numpy()
