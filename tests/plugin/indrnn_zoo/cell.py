"""The independently recurrent network: each unit sees its own past only."""

from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.cells import Registration
from zoo.cells.reference import Output, States, Weights, biases


@keras.saving.register_keras_serializable(package="indrnn_zoo")
class IndRNNCell(keras.layers.Layer):
    """One step of an IndRNN.

    For an input `x` of shape `(batch, features)` and a previous state `h` of
    shape `(batch, units)`:

        h' = relu(x W + u * h + b)        new state, and output

    `kernel` is `W`, of shape `(features, units)`; `recurrent_kernel` is `u`,
    of shape `(units,)`; `bias` is `b`, of shape `(units,)`.

    Args:
        units: int. Size of the state and of the output.

    Reference:
        - [Li et al., 2018](https://arxiv.org/abs/1803.04831), equation 3
    """

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units]
        self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1], self.units),
            initializer="glorot_uniform",
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel", shape=(self.units,), initializer="ones"
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.units,), initializer="zeros"
        )

    def call(self, inputs, states, training=None, recurrent_mask=None):
        (h,) = states
        h_in = h if recurrent_mask is None else h * recurrent_mask
        z = ops.matmul(inputs, self.kernel) + self.recurrent_kernel * h_in
        h = ops.relu(z + self.bias)
        return h, [h]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def reference(x: np.ndarray, states: States, w: Weights) -> Output:
    """Li et al. (2018), equation 3."""
    (h,) = states
    (b,) = biases(w, 1)
    h = np.maximum(0, x @ w["kernel"] + w["recurrent_kernel"] * h + b)
    return h, [h]


INDRNN = Registration(
    IndRNNCell,
    output_is_state=True,
    onnx="indrnn_zoo.onnx_form:indrnn",
    reference=reference,
)
