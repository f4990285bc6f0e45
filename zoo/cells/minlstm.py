"""The minimal LSTM: forget and input gate that see the input alone."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.backend.tensor import Tensor
from zoo.cells.linear_step import linear_step
from zoo.cells.reference import Output, States, Weights, biases, sigmoid


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class MinLSTMCell(keras.layers.Layer):
    """One step of a minLSTM, whose two gates share out the state.

    For an input `x` of shape `(batch, features)` and a previous state `h` of
    shape `(batch, units)`:

        f  = sigmoid(x W_f + b_f)                   forget gate
        i  = sigmoid(x W_i + b_i)                   input gate
        c  = x W_c + b_c                            candidate
        h' = f / (f + i) * h + i / (f + i) * c      new state, and output

    The two shares add up to one, so the state keeps its scale over any
    number of steps. Neither depends on `h`: the recurrence is linear,
    `h' = a * h + b`, and a layer runs it over a whole sequence as one scan
    (`zoo.layers.linear_scan`).

    The three blocks are stored side by side in the order f, i, c: `kernel`
    is of shape `(features, 3 * units)`, `bias` of shape `(3 * units,)`.

    Departures from the paper: it has no biases in its equations, which is
    `use_bias=False` here; the candidate is the plain one of its section 3.2,
    not the positive one of appendix B; and `f / (f + i)` is computed as
    `sigmoid(log f - log i)`, which no small number divides.

    Masking is left to the layer that runs the cell, which repeats the state
    and the output across masked steps.

    Args:
        units: int. Size of the state and of the output.
        use_bias: bool. Whether the three sums have biases. Defaults to
            `True`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List of one tensor of shape `(batch, units)`.
        training: unused; there so that every cell is called alike.

    Returns:
        The output, of shape `(batch, units)`, and the list of new states.

    Example:
        >>> layer = zoo.layers.Recurrent(zoo.cells.MinLSTMCell(8))
        >>> layer(keras.random.normal((2, 5, 3))).shape
        (2, 8)

    Reference:
        - [Feng et al., 2024](https://arxiv.org/abs/2410.01201), section 3.2.
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
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(3 * self.units,), initializer="zeros"
            )

    def terms(
        self, inputs: Tensor, states: list[Tensor], previous: Callable
    ) -> tuple[Tensor, Tensor, Callable, list[Tensor]]:
        x = ops.tensordot(inputs, self.kernel, 1)
        if self.use_bias:
            x = ops.add(x, self.bias)
        x_f, x_i, c = ops.split(x, 3, axis=-1)
        # log sigmoid(x) = -softplus(-x)
        share = ops.sigmoid(ops.softplus(-x_i) - ops.softplus(-x_f))

        def output(h):
            return h

        return share, (1 - share) * c, output, []

    def call(self, inputs, states, training=None):
        return linear_step(self.terms, inputs, states)

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "use_bias": self.use_bias})
        return config


def reference(x: np.ndarray, states: States, w: Weights) -> Output:
    """Feng et al. (2024), section 3.2."""
    (h,) = states
    W_f, W_i, W_c = np.split(w["kernel"], 3, axis=-1)
    b_f, b_i, b_c = biases(w, 3)
    f = sigmoid(x @ W_f + b_f)
    i = sigmoid(x @ W_i + b_i)
    h = f / (f + i) * h + i / (f + i) * (x @ W_c + b_c)
    return h, [h]
