"""The quasi-recurrent network: a convolution, and pooling over time."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.backend.tensor import Tensor
from zoo.cells.linear_step import linear_step
from zoo.cells.reference import Output, States, Weights, biases, sigmoid


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class QRNNCell(keras.layers.Layer):
    """One step of a QRNN: gates from two inputs, fo-pooling of the states.

    For an input `x` of shape `(batch, features)`, the input `x_1` of the
    step before it, and a previous memory `c` of shape `(batch, units)`:

        z  = tanh(x_1 V_z + x W_z + b_z)            candidate
        f  = sigmoid(x_1 V_f + x W_f + b_f)         forget gate
        o  = sigmoid(x_1 V_o + x W_o + b_o)         output gate
        c' = f * c + (1 - f) * z                    new memory
        h  = o * c'                                 output

    that is, a convolution of width 2 over time, and then a recurrence
    without a matrix. It is linear in `c`, so a layer runs it over a whole
    sequence as one scan (`zoo.layers.linear_scan`). The second state is
    `x_1 V`, of shape `(batch, 3 * units)`: what the next step needs of `x`.

    The blocks are stored side by side in the order z, f, o: `kernel` (W) and
    `previous_kernel` (V) are of shape `(features, 3 * units)`, `bias` of
    shape `(3 * units,)`.

    Departures from the paper: it has no biases in its equations, which is
    `use_bias=False` here; the width of the convolution is always 2, that of
    its equations 2.

    Masking is left to the layer that runs the cell, which repeats the states
    across masked steps.

    Args:
        units: int. Size of the memory and of the output.
        use_bias: bool. Whether the three sums have biases. Defaults to
            `True`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List of two tensors, of shapes `(batch, units)` and
            `(batch, 3 * units)`.
        training: unused; there so that every cell is called alike.

    Returns:
        The output, of shape `(batch, units)`, and the list of new states.

    Example:
        >>> layer = zoo.layers.Recurrent(zoo.cells.QRNNCell(8))
        >>> layer(keras.random.normal((2, 5, 3))).shape
        (2, 8)

    Reference:
        - [Bradbury et al., 2017](https://arxiv.org/abs/1611.01576), section
          2; fo-pooling is its equation 4.
    """

    def __init__(self, units: int, use_bias: bool = True, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.use_bias = use_bias
        self.state_size = [units, 3 * units]
        self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1], 3 * self.units),
            initializer="glorot_uniform",
        )
        self.previous_kernel = self.add_weight(
            name="previous_kernel",
            shape=(input_shape[-1], 3 * self.units),
            initializer="glorot_uniform",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(3 * self.units,), initializer="zeros"
            )

    def terms(
        self, inputs: Tensor, states: list[Tensor], previous: Callable
    ) -> tuple[Tensor, Tensor, Callable, list[Tensor]]:
        own = ops.tensordot(inputs, self.previous_kernel, 1)
        x = ops.tensordot(inputs, self.kernel, 1) + previous(own, states[1])
        if self.use_bias:
            x = ops.add(x, self.bias)
        x_z, x_f, x_o = ops.split(x, 3, axis=-1)
        z = ops.tanh(x_z)
        f = ops.sigmoid(x_f)
        o = ops.sigmoid(x_o)

        def output(c):
            return o * c

        return f, (1 - f) * z, output, [own]

    def call(self, inputs, states, training=None):
        return linear_step(self.terms, inputs, states)

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "use_bias": self.use_bias})
        return config


def reference(x: np.ndarray, states: States, w: Weights) -> Output:
    """Bradbury et al. (2017), equations 2 and 4, width 2.

    The second state is what the previous input adds to the three sums.
    """
    c, before = states
    W_z, W_f, W_o = np.split(w["kernel"], 3, axis=-1)
    v_z, v_f, v_o = np.split(before, 3, axis=-1)
    b_z, b_f, b_o = biases(w, 3)
    z = np.tanh(v_z + x @ W_z + b_z)
    f = sigmoid(v_f + x @ W_f + b_f)
    o = sigmoid(v_o + x @ W_o + b_o)
    c = f * c + (1 - f) * z
    return o * c, [c, x @ w["previous_kernel"]]
