"""The simple recurrent unit: a light recurrence and a highway around it."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.backend.tensor import Tensor
from zoo.cells.linear_step import linear_step
from zoo.cells.reference import Output, States, Weights, biases, sigmoid


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class SRUCell(keras.layers.Layer):
    """One step of an SRU: a memory with one gate, and a highway past it.

    For an input `x` of shape `(batch, features)` and a previous memory `c`
    of shape `(batch, units)`:

        f  = sigmoid(x W_f + b_f)               forget gate
        c' = f * c + (1 - f) * (x W_c)          new memory
        r  = sigmoid(x W_r + b_r)               reset gate
        h  = r * c' + (1 - r) * (x W_h)         output

    The gates do not depend on `c`, so the recurrence is linear and a layer
    runs it over a whole sequence as one scan (`zoo.layers.linear_scan`).

    The four blocks are stored side by side in the order f, c, r, h: `kernel`
    is of shape `(features, 4 * units)`; `bias` is `[b_f | b_r]`, of shape
    `(2 * units,)`.

    Departures from the paper: its equations 1 and 3 also add `v * c` inside
    the two gates, which makes the recurrence one that no scan can run; left
    out here, as in the first version of the paper. Its highway takes `x` as
    it is and so needs `features == units`; here it is always projected, by
    `W_h`.

    Masking is left to the layer that runs the cell, which repeats the memory
    and the output across masked steps.

    Args:
        units: int. Size of the memory and of the output.
        use_bias: bool. Whether the gates have biases. Defaults to `True`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List of one tensor of shape `(batch, units)`.
        training: unused; there so that every cell is called alike.

    Returns:
        The output, of shape `(batch, units)`, and the list of new states.

    Example:
        >>> layer = zoo.layers.Recurrent(zoo.cells.SRUCell(8))
        >>> layer(keras.random.normal((2, 5, 3))).shape
        (2, 8)

    Reference:
        - [Lei et al., 2018](https://arxiv.org/abs/1709.02755), section 3.
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
            shape=(input_shape[-1], 4 * self.units),
            initializer="glorot_uniform",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(2 * self.units,), initializer="zeros"
            )

    def terms(
        self, inputs: Tensor, states: list[Tensor], previous: Callable
    ) -> tuple[Tensor, Tensor, Callable, list[Tensor]]:
        x = ops.tensordot(inputs, self.kernel, 1)
        x_f, x_c, x_r, x_h = ops.split(x, 4, axis=-1)
        if self.use_bias:
            b_f, b_r = ops.split(self.bias, 2)
            x_f, x_r = ops.add(x_f, b_f), ops.add(x_r, b_r)
        f = ops.sigmoid(x_f)
        r = ops.sigmoid(x_r)

        def output(c):
            return r * c + (1 - r) * x_h

        return f, (1 - f) * x_c, output, []

    def call(self, inputs, states, training=None):
        return linear_step(self.terms, inputs, states)

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "use_bias": self.use_bias})
        return config


def reference(x: np.ndarray, states: States, w: Weights) -> Output:
    """Lei et al. (2018), equations 1 to 4 with v = 0, highway projected."""
    (c,) = states
    W_f, W_c, W_r, W_h = np.split(w["kernel"], 4, axis=-1)
    b_f, b_r = biases(w, 2)
    f = sigmoid(x @ W_f + b_f)
    c = f * c + (1 - f) * (x @ W_c)
    r = sigmoid(x @ W_r + b_r)
    return r * c + (1 - r) * (x @ W_h), [c]
