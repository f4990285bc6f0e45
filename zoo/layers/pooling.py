"""From a state for every step to one vector for the whole sentence."""

from typing import Any

import keras
from keras import ops


def _steps_to_keep(inputs, mask):
    """The mask as floats of shape `(batch, time, 1)`; all ones without one."""
    if mask is None:
        return ops.ones_like(inputs[:, :, :1])
    return ops.cast(mask, inputs.dtype)[:, :, None]


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class MeanPooling(keras.layers.Layer):
    """The mean over time of the steps that are not masked, else zeros.

    Call arguments:
        inputs: Tensor of shape `(batch, time, features)`.
        mask: Optional boolean tensor of shape `(batch, time)`.

    Returns:
        A tensor of shape `(batch, features)`.
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        keep = _steps_to_keep(inputs, mask)
        steps = ops.maximum(ops.sum(keep, axis=1), 1)
        return ops.sum(inputs * keep, axis=1) / steps

    def compute_mask(self, inputs, mask=None):
        return None


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class MaxPooling(keras.layers.Layer):
    """The maximum over time of the steps that are not masked, else zeros.

    Call arguments:
        inputs: Tensor of shape `(batch, time, features)`, of values far
            above -30,000 (states of recurrent layers lie within [-1, 1]).
        mask: Optional boolean tensor of shape `(batch, time)`.

    Returns:
        A tensor of shape `(batch, features)`.
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        keep = _steps_to_keep(inputs, mask)
        # Finite in float16, so that a row without a step has no NaN gradient.
        highest = ops.max(inputs - (1 - keep) * 30000.0, axis=1)
        return highest * ops.max(keep, axis=1)

    def compute_mask(self, inputs, mask=None):
        return None


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class AttentionPooling(keras.layers.Layer):
    """A mean over time with learned weights: which words does it depend on?

    For states `h_t`, a learned vector `v` and a matrix `W`:

        e_t = v . tanh(h_t W + b)       score of step t
        a   = softmax(e)                over the steps that are not masked
        out = sum_t a_t h_t

    Args:
        units: int. Width of `W`. Defaults to `32`.

    Call arguments:
        inputs: Tensor of shape `(batch, time, features)`.
        mask: Optional boolean tensor of shape `(batch, time)`. Where all of
            a row is masked, the result is zeros.

    Returns:
        A tensor of shape `(batch, features)`.

    Reference:
        - [Yang et al., 2016](https://aclanthology.org/N16-1174), equations
          5 to 7.
    """

    def __init__(self, units: int = 32, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = keras.layers.Dense(units, activation="tanh")
        self.score = keras.layers.Dense(1, use_bias=False)
        self.supports_masking = True

    def build(self, input_shape):
        self.hidden.build(input_shape)
        self.score.build((*input_shape[:2], self.units))

    def call(self, inputs, mask=None):
        keep = _steps_to_keep(inputs, mask)
        e = self.score(self.hidden(inputs))
        a = ops.softmax(e - (1 - keep) * 30000.0, axis=1) * keep
        return ops.sum(a * inputs, axis=1)

    def compute_mask(self, inputs, mask=None):
        return None

    def get_config(self):
        return {**super().get_config(), "units": self.units}
