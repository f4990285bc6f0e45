"""The gated recurrent unit: two gates, one state."""

from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.cells.reference import Output, States, Weights, biases, sigmoid


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class GRUCell(keras.layers.Layer):
    """One step of a GRU, with the reset gate behind the recurrent product.

    For an input `x` of shape `(batch, features)` and a previous state `h` of
    shape `(batch, units)`:

        z  = sigmoid(x W_z + b_z + h U_z + d_z)         update gate
        r  = sigmoid(x W_r + b_r + h U_r + d_r)         reset gate
        c  = tanh(x W_c + b_c + r * (h U_c + d_c))      candidate
        h' = z * h + (1 - z) * c                        new state, and output

    The three blocks are stored side by side in the order z, r, c: `kernel`
    is of shape `(features, 3 * units)`, `recurrent_kernel` of shape
    `(units, 3 * units)`; `bias` is of shape `(2, 3 * units)`, input biases
    `b` first, recurrent biases `d` second. Number, order and layout are
    those of `keras.layers.GRU` with its default `reset_after=True`, so
    weights move between the two by `set_weights(other.get_weights())`.

    Departure from Cho et al. (2014): there the reset gate multiplies `h`
    before the product, `(r * h) U_c`. The form here is cuDNN's and ONNX's
    (`linear_before_reset=1`), and lets one product serve all three blocks.

    Masking is left to the layer that runs the cell, which repeats the state
    and the output across masked steps.

    Args:
        units: int. Size of the state and of the output.
        use_bias: bool. Whether the sums have biases. Defaults to `True`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List of one tensor of shape `(batch, units)`.
        training: unused; there so that every cell is called alike.
        recurrent_mask: Optional tensor of shape `(batch, units)` that
            multiplies `h` inside the three products only, never where the
            state is kept (variational dropout).

    Returns:
        The output, of shape `(batch, units)`, and the list of new states.

    Example:
        >>> layer = zoo.layers.Recurrent(zoo.cells.GRUCell(8))
        >>> layer(keras.random.normal((2, 5, 3))).shape
        (2, 8)

    Reference:
        - [Cho et al., 2014](https://arxiv.org/abs/1406.1078)
    """

    def __init__(self, units: int, use_bias: bool = True, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.use_bias = use_bias
        self.state_size = [units]
        self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1], 3 * self.units),
            initializer="glorot_uniform",
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=(self.units, 3 * self.units),
            initializer="orthogonal",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(2, 3 * self.units), initializer="zeros"
            )

    def call(self, inputs, states, training=None, recurrent_mask=None):
        (h,) = states
        h_in = h if recurrent_mask is None else h * recurrent_mask
        x = ops.matmul(inputs, self.kernel)
        u = ops.matmul(h_in, self.recurrent_kernel)
        if self.use_bias:
            x = x + self.bias[0]
            u = u + self.bias[1]
        x_z, x_r, x_c = ops.split(x, 3, axis=-1)
        u_z, u_r, u_c = ops.split(u, 3, axis=-1)
        z = ops.sigmoid(x_z + u_z)
        r = ops.sigmoid(x_r + u_r)
        c = ops.tanh(x_c + r * u_c)
        h = z * h + (1 - z) * c
        return h, [h]

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "use_bias": self.use_bias})
        return config


def reference(x: np.ndarray, states: States, w: Weights) -> Output:
    """Cho et al. (2014), the reset gate behind the product (cuDNN's form)."""
    (h,) = states
    W_z, W_r, W_c = np.split(w["kernel"], 3, axis=-1)
    U_z, U_r, U_c = np.split(w["recurrent_kernel"], 3, axis=-1)
    (b_z, d_z), (b_r, d_r), (b_c, d_c) = biases(w, 3, 2)
    r = sigmoid(x @ W_r + b_r + h @ U_r + d_r)
    z = sigmoid(x @ W_z + b_z + h @ U_z + d_z)
    c = np.tanh(x @ W_c + b_c + r * (h @ U_c + d_c))
    h = (1 - z) * c + z * h
    return h, [h]
