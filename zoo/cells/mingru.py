"""The minimal GRU: a gate and a candidate that see the input alone."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.backend.tensor import Tensor
from zoo.cells.linear_step import linear_step
from zoo.cells.reference import Output, States, Weights, biases, sigmoid


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class MinGRUCell(keras.layers.Layer):
    """One step of a minGRU, a GRU whose gates do not look at the state.

    For an input `x` of shape `(batch, features)` and a previous state `h` of
    shape `(batch, units)`:

        z  = sigmoid(x W_z + b_z)           update gate
        c  = x W_c + b_c                    candidate
        h' = (1 - z) * h + z * c            new state, and output

    Since neither `z` nor `c` depends on `h`, the recurrence is linear,
    `h' = a * h + b` with `a = 1 - z` and `b = z * c`, and a layer runs it
    over a whole sequence as one scan (`zoo.layers.linear_scan`).

    The two blocks are stored side by side, gate first: `kernel` is
    `[W_z | W_c]`, of shape `(features, 2 * units)`; `bias` is `[b_z | b_c]`,
    of shape `(2 * units,)`.

    Departures from the paper: it has no biases in its equations, which is
    `use_bias=False` here; and the candidate is the plain one of its section
    3.1, not the positive one that its log-space form of appendix B needs.

    Masking is left to the layer that runs the cell, which repeats the state
    and the output across masked steps.

    Args:
        units: int. Size of the state and of the output.
        use_bias: bool. Whether the two sums have biases. Defaults to `True`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List of one tensor of shape `(batch, units)`.
        training: unused; there so that every cell is called alike.

    Returns:
        The output, of shape `(batch, units)`, and the list of new states.

    Example:
        >>> layer = zoo.layers.Recurrent(zoo.cells.MinGRUCell(8))
        >>> layer(keras.random.normal((2, 5, 3))).shape
        (2, 8)

    Reference:
        - [Feng et al., 2024](https://arxiv.org/abs/2410.01201), section 3.1.
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
            shape=(input_shape[-1], 2 * self.units),
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
        if self.use_bias:
            x = ops.add(x, self.bias)
        x_z, c = ops.split(x, 2, axis=-1)
        z = ops.sigmoid(x_z)

        def output(h):
            return h

        return 1 - z, z * c, output, []

    def call(self, inputs, states, training=None):
        return linear_step(self.terms, inputs, states)

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "use_bias": self.use_bias})
        return config


def reference(x: np.ndarray, states: States, w: Weights) -> Output:
    """Feng et al. (2024), section 3.1."""
    (h,) = states
    W_z, W_c = np.split(w["kernel"], 2, axis=-1)
    b_z, b_c = biases(w, 2)
    z = sigmoid(x @ W_z + b_z)
    h = (1 - z) * h + z * (x @ W_c + b_c)
    return h, [h]
