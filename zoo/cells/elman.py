"""The plain recurrent network: one state, no gate."""

from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.cells.reference import Output, States, Weights, biases


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class ElmanCell(keras.layers.Layer):
    """One step of a plain (Elman) recurrent network.

    For an input `x` of shape `(batch, features)` and a previous state `s` of
    shape `(batch, units)`:

        s' = tanh(x W_x + s W_s + b)        new state, and output

    `kernel` is `W_x`, of shape `(features, units)`; `recurrent_kernel` is
    `W_s`, of shape `(units, units)`; `bias` is `b`, of shape `(units,)`.
    The weights are those of `keras.layers.SimpleRNN`, in the same order.

    Departure from the textbook: its form, `s_t = tanh(W_ss s_{t-1} + W_sx
    x_t)`, has no bias, which is `use_bias=False` here. The default adds one,
    zero at the start, as Keras does.

    Masking is left to the layer that runs the cell, which repeats the state
    and the output across masked steps.

    Args:
        units: int. Size of the state and of the output.
        use_bias: bool. Whether the sum has a bias. Defaults to `True`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List of one tensor of shape `(batch, units)`.
        training: unused; there so that every cell is called alike.
        recurrent_mask: Optional tensor of shape `(batch, units)` that
            multiplies `s` inside the product `s W_s` only (variational
            dropout: one mask for all steps of a sequence).

    Returns:
        The output, of shape `(batch, units)`, and the list of new states.

    Example:
        >>> layer = zoo.layers.Recurrent(zoo.cells.ElmanCell(8))
        >>> layer(keras.random.normal((2, 5, 3))).shape
        (2, 8)

    Reference:
        - [Elman, 1990](https://doi.org/10.1207/s15516709cog1402_1)
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
            shape=(input_shape[-1], self.units),
            initializer="glorot_uniform",
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=(self.units, self.units),
            initializer="orthogonal",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(self.units,), initializer="zeros"
            )

    def call(self, inputs, states, training=None, recurrent_mask=None):
        (s,) = states
        s_in = s if recurrent_mask is None else s * recurrent_mask
        z = ops.matmul(inputs, self.kernel)
        z = z + ops.matmul(s_in, self.recurrent_kernel)
        if self.use_bias:
            z = z + self.bias
        s = ops.tanh(z)
        return s, [s]

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "use_bias": self.use_bias})
        return config


def reference(x: np.ndarray, states: States, w: Weights) -> Output:
    """Elman (1990): s_t = tanh(W_ss s_{t-1} + W_sx x_t), and a bias."""
    (s,) = states
    (b,) = biases(w, 1)
    s = np.tanh(x @ w["kernel"] + s @ w["recurrent_kernel"] + b)
    return s, [s]
