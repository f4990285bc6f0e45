"""Long short-term memory: a protected memory and what it lets be seen."""

from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.cells.reference import Output, States, Weights, biases, sigmoid


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class LSTMCell(keras.layers.Layer):
    """One step of an LSTM: three gates, a memory cell and a visible state.

    For an input `x` of shape `(batch, features)`, a previous visible state
    `h` and a previous memory `c`, both of shape `(batch, units)`:

        i  = sigmoid(x W_i + h U_i + b_i)       input gate
        f  = sigmoid(x W_f + h U_f + b_f)       forget gate
        g  = tanh(x W_g + h U_g + b_g)          candidate
        o  = sigmoid(x W_o + h U_o + b_o)       output gate
        c' = f * c + i * g                      new memory
        h' = o * tanh(c')                       new visible state, and output

    The four blocks are stored side by side in the order i, f, g, o: `kernel`
    is of shape `(features, 4 * units)`, `recurrent_kernel` of shape
    `(units, 4 * units)`, `bias` of shape `(4 * units,)`. Number, order and
    layout are those of `keras.layers.LSTM`, so weights move between the two
    by `set_weights(other.get_weights())`.

    `b_f` starts at 1, so that the memory is kept until the network has
    learned to forget (Jozefowicz et al., 2015, section 4); the other biases
    start at 0. Departure from Hochreiter and Schmidhuber (1997): the forget
    gate, which is from Gers et al. (2000).

    Masking is left to the layer that runs the cell, which repeats the states
    and the output across masked steps.

    Args:
        units: int. Size of each state and of the output.
        use_bias: bool. Whether the four sums have biases. Defaults to
            `True`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List `[h, c]` of two tensors of shape `(batch, units)`.
        training: unused; there so that every cell is called alike.
        recurrent_mask: Optional tensor of shape `(batch, units)` that
            multiplies `h` inside the four products only (variational
            dropout).

    Returns:
        The output, of shape `(batch, units)`, and the list `[h', c']`.

    Example:
        >>> layer = zoo.layers.Recurrent(zoo.cells.LSTMCell(8))
        >>> layer(keras.random.normal((2, 5, 3))).shape
        (2, 8)

    Reference:
        - [Hochreiter and Schmidhuber, 1997](
          https://doi.org/10.1162/neco.1997.9.8.1735)
        - [Gers et al., 2000](https://doi.org/10.1162/089976600300015015)
        - [Jozefowicz et al., 2015](
          https://proceedings.mlr.press/v37/jozefowicz15.html)
    """

    def __init__(self, units: int, use_bias: bool = True, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.use_bias = use_bias
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1], 4 * self.units),
            initializer="glorot_uniform",
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=(self.units, 4 * self.units),
            initializer="orthogonal",
        )
        if self.use_bias:

            def forget_ones(shape, dtype=None):
                zeros = ops.zeros((self.units,), dtype)
                ones = ops.ones((self.units,), dtype)
                return ops.concatenate([zeros, ones, zeros, zeros])

            self.bias = self.add_weight(
                name="bias", shape=(4 * self.units,), initializer=forget_ones
            )

    def call(self, inputs, states, training=None, recurrent_mask=None):
        h, c = states
        h_in = h if recurrent_mask is None else h * recurrent_mask
        z = ops.matmul(inputs, self.kernel)
        z = z + ops.matmul(h_in, self.recurrent_kernel)
        if self.use_bias:
            z = z + self.bias
        z_i, z_f, z_g, z_o = ops.split(z, 4, axis=-1)
        i = ops.sigmoid(z_i)
        f = ops.sigmoid(z_f)
        g = ops.tanh(z_g)
        o = ops.sigmoid(z_o)
        c = f * c + i * g
        h = o * ops.tanh(c)
        return h, [h, c]

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "use_bias": self.use_bias})
        return config


def reference(x: np.ndarray, states: States, w: Weights) -> Output:
    """Gers et al. (2000), without peepholes."""
    h, c = states
    W_i, W_f, W_g, W_o = np.split(w["kernel"], 4, axis=-1)
    U_i, U_f, U_g, U_o = np.split(w["recurrent_kernel"], 4, axis=-1)
    b_i, b_f, b_g, b_o = biases(w, 4)
    i = sigmoid(x @ W_i + h @ U_i + b_i)
    f = sigmoid(x @ W_f + h @ U_f + b_f)
    o = sigmoid(x @ W_o + h @ U_o + b_o)
    c = f * c + i * np.tanh(x @ W_g + h @ U_g + b_g)
    h = o * np.tanh(c)
    return h, [h, c]
