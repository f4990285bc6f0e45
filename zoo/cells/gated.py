"""The gated recurrent network: one gate decides what to overwrite."""

from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.cells.reference import Output, States, Weights, biases, sigmoid


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class GatedCell(keras.layers.Layer):
    """One step of a gated RNN: one gate, one candidate, one state.

    For an input `x` of shape `(batch, features)` and a previous state `s` of
    shape `(batch, units)`:

        g  = sigmoid(x W_gx + s W_gs + b_g)     gate: how much to overwrite
        c  = tanh(x W_sx + s W_ss + b_s)        candidate
        s' = (1 - g) * s + g * c                new state, and output

    A unit whose gate is shut (`g = 0`) keeps its value for any number of
    steps, and its gradient with it: the path from `s'` to `s` is then the
    identity. That is what the plain network lacks.

    The two blocks are stored side by side, gate first: `kernel` is
    `[W_gx | W_sx]`, of shape `(features, 2 * units)`; `recurrent_kernel` is
    `[W_gs | W_ss]`, of shape `(units, 2 * units)`; `bias` is `[b_g | b_s]`,
    of shape `(2 * units,)`.

    Departure from the textbook: its form has no biases, which is
    `use_bias=False` here. The default adds them, zero at the start.

    Masking is left to the layer that runs the cell, which repeats the state
    and the output across masked steps.

    Args:
        units: int. Size of the state and of the output.
        use_bias: bool. Whether the two sums have biases. Defaults to `True`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List of one tensor of shape `(batch, units)`.
        training: unused; there so that every cell is called alike.
        recurrent_mask: Optional tensor of shape `(batch, units)` that
            multiplies `s` inside the two products only, never where the
            state is kept (variational dropout).

    Returns:
        The output, of shape `(batch, units)`, and the list of new states.

    Example:
        >>> layer = zoo.layers.Recurrent(zoo.cells.GatedCell(8))
        >>> layer(keras.random.normal((2, 5, 3))).shape
        (2, 8)

    Reference:
        - MIT 6.86x, unit 3, "Gating and LSTM": the equations above.
        - [Collins et al., 2017](https://arxiv.org/abs/1611.09913), the same
          network with the gate's sense reversed (UGRNN).
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
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=(self.units, 2 * self.units),
            initializer="orthogonal",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(2 * self.units,), initializer="zeros"
            )

    def call(self, inputs, states, training=None, recurrent_mask=None):
        (s,) = states
        s_in = s if recurrent_mask is None else s * recurrent_mask
        z = ops.matmul(inputs, self.kernel)
        z = z + ops.matmul(s_in, self.recurrent_kernel)
        if self.use_bias:
            z = z + self.bias
        z_g, z_s = ops.split(z, 2, axis=-1)
        g = ops.sigmoid(z_g)
        c = ops.tanh(z_s)
        s = (1 - g) * s + g * c
        return s, [s]

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "use_bias": self.use_bias})
        return config


def reference(x: np.ndarray, states: States, w: Weights) -> Output:
    """MIT 6.86x, unit 3: the gate says how much to overwrite."""
    (s,) = states
    W_gx, W_sx = np.split(w["kernel"], 2, axis=-1)
    W_gs, W_ss = np.split(w["recurrent_kernel"], 2, axis=-1)
    b_g, b_s = biases(w, 2)
    g = sigmoid(s @ W_gs + x @ W_gx + b_g)
    s = (1 - g) * s + g * np.tanh(s @ W_ss + x @ W_sx + b_s)
    return s, [s]
