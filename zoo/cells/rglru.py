"""The real-gated linear recurrent unit of Griffin and RecurrentGemma."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.backend.tensor import Tensor
from zoo.cells.linear_step import linear_step
from zoo.cells.reference import Output, States, Weights, biases, sigmoid

# The `c` of equation 3: how much faster than its slowest a unit may forget.
_C = 8.0


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class RGLRUCell(keras.layers.Layer):
    """One step of an RG-LRU: units that each forget at a pace of their own.

    For an input `x` of shape `(batch, features)` and a previous state `h` of
    shape `(batch, units)`:

        r  = sigmoid(x W_r + b_r)                    recurrence gate
        i  = sigmoid(x W_i + b_i)                    input gate
        u  = x W_u + b_u                             input
        a  = exp(-8 * softplus(d) * r)               share that is kept
        h' = a * h + sqrt(1 - a^2) * (i * u)         new state, and output

    The square root keeps the variance of `h` that of its input whatever `a`
    is. Nothing but `h` depends on `h`: the recurrence is linear, and a layer
    runs it over a whole sequence as one scan (`zoo.layers.linear_scan`).

    The three blocks are stored side by side in the order r, i, u: `kernel`
    is of shape `(features, 3 * units)`, `bias` of shape `(3 * units,)`;
    `decay` is `d`, of shape `(units,)`. It starts so that with `r = 1` the
    units keep between 0.9 and 0.999 of their state, evenly spread.

    Departures from the paper: its block has a linear map and a convolution
    in front, so that its RG-LRU takes `u` for granted and computes the gates
    from it; here one product makes all three from `x`.

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
        >>> layer = zoo.layers.Recurrent(zoo.cells.RGLRUCell(8))
        >>> layer(keras.random.normal((2, 5, 3))).shape
        (2, 8)

    Reference:
        - [De et al., 2024](https://arxiv.org/abs/2402.19427), section 2.4,
          equations 1 to 4; the start of the decay is from there too.
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

        def spread(shape, dtype=None):
            kept = ops.linspace(0.9, 0.999, self.units, dtype="float32")
            # exp(-8 * softplus(d)) = kept, solved for d.
            d = ops.log(ops.expm1(-ops.log(kept) / _C))
            return ops.cast(d, dtype or "float32")

        self.decay = self.add_weight(
            name="decay", shape=(self.units,), initializer=spread
        )

    def terms(
        self, inputs: Tensor, states: list[Tensor], previous: Callable
    ) -> tuple[Tensor, Tensor, Callable, list[Tensor]]:
        x = ops.tensordot(inputs, self.kernel, 1)
        if self.use_bias:
            x = ops.add(x, self.bias)
        x_r, x_i, u = ops.split(x, 3, axis=-1)
        r = ops.sigmoid(x_r)
        i = ops.sigmoid(x_i)
        # In float32 at least: just below 1, `a` has few bits in half precision.
        wide = "float64" if x.dtype == "float64" else "float32"
        log_a = -_C * ops.softplus(ops.cast(self.decay, wide))
        log_a = log_a * ops.cast(r, wide)
        a = ops.exp(log_a)
        # 1 - a^2, without the digits that the subtraction would lose.
        scale = ops.sqrt(-ops.expm1(2 * log_a))
        b = ops.cast(scale, x.dtype) * i * u

        def output(h):
            return h

        return a, b, output, []

    def call(self, inputs, states, training=None):
        return linear_step(self.terms, inputs, states)

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "use_bias": self.use_bias})
        return config


def reference(x: np.ndarray, states: States, w: Weights) -> Output:
    """De et al. (2024), equations 1 to 4, with a = sigmoid(-d)."""
    (h,) = states
    W_r, W_i, W_u = np.split(w["kernel"], 3, axis=-1)
    b_r, b_i, b_u = biases(w, 3)
    r = sigmoid(x @ W_r + b_r)
    i = sigmoid(x @ W_i + b_i)
    a = sigmoid(-w["decay"]) ** (8 * r)
    h = a * h + np.sqrt(1 - a**2) * (i * (x @ W_u + b_u))
    return h, [h]
