"""One step of each classical cell without its products, and its gradient.

A step is two products, `x W` and `h U`, and what is done with their sums,
element by element. The second half stands here, with its derivative by the
chain rule. That is all a form needs that trains on a whole sequence by a
backward pass of its own: it makes the products of all steps in one go.

The letters are those of the cell's file. `d_h` is the gradient of the loss
with respect to `h`, and so on; that of a sigmoid `s` with respect to its sum
is `s * (1 - s)`, that of a tanh `t` is `1 - t * t`.
"""

import dataclasses
from collections.abc import Callable

from keras import ops


@dataclasses.dataclass(frozen=True)
class StepGradient:
    """What a whole-sequence form needs to know of a cell.

    The cell has the weights `kernel`, `recurrent_kernel` and, if it likes,
    `bias`, each of as many blocks of `units` columns. Its output is the first
    of its states, which is also the one in the product. All tensors of
    `forward` and `backward` are of shape `(batch, units)`, but for the sums.

    Attributes:
        forward: function of a list of sums, each of shape `(batch, blocks *
            units)`, and the list of states, to the list of new states and a
            list of what `backward` needs.
        backward: function of the gradients of the new states, the states, the
            new states, and what `forward` kept, to the gradients of the sums
            and those of the states, the way through the product left out.
        sums: 1 for a cell that needs the sum `x W + h U + b` only; 2 for one
            that needs `x W + b` and `h U + d` each by itself, whose `bias`
            then has two rows.
        kept: how many tensors `forward` keeps.
    """

    forward: Callable
    backward: Callable
    sums: int
    kept: int


def _elman(sums, states):
    (z,) = sums
    s = ops.tanh(z)
    return [s], []


def _elman_gradient(d_states, states, new_states, kept):
    (d_s,), (s,) = d_states, new_states
    d_z = d_s * (1 - s * s)
    return [d_z], [ops.zeros_like(s)]


def _gated(sums, states):
    (z,), (s,) = sums, states
    z_g, z_s = ops.split(z, 2, axis=-1)
    g = ops.sigmoid(z_g)
    c = ops.tanh(z_s)
    s = (1 - g) * s + g * c
    return [s], [g, c]


def _gated_gradient(d_states, states, new_states, kept):
    (d_s,), (s,), (g, c) = d_states, states, kept
    d_zg = d_s * (c - s) * g * (1 - g)
    d_zs = d_s * g * (1 - c * c)
    return [ops.concatenate([d_zg, d_zs], axis=-1)], [d_s * (1 - g)]


def _gru(sums, states):
    (x, u), (h,) = sums, states
    x_z, x_r, x_c = ops.split(x, 3, axis=-1)
    u_z, u_r, u_c = ops.split(u, 3, axis=-1)
    z = ops.sigmoid(x_z + u_z)
    r = ops.sigmoid(x_r + u_r)
    c = ops.tanh(x_c + r * u_c)
    h = z * h + (1 - z) * c
    return [h], [z, r, c, u_c]


def _gru_gradient(d_states, states, new_states, kept):
    (d_h,), (h,), (z, r, c, u_c) = d_states, states, kept
    d_xz = d_h * (h - c) * z * (1 - z)
    d_xc = d_h * (1 - z) * (1 - c * c)
    d_xr = d_xc * u_c * r * (1 - r)
    d_x = ops.concatenate([d_xz, d_xr, d_xc], axis=-1)
    d_u = ops.concatenate([d_xz, d_xr, d_xc * r], axis=-1)
    return [d_x, d_u], [d_h * z]


def _lstm(sums, states):
    (z,), (_, c) = sums, states
    z_i, z_f, z_g, z_o = ops.split(z, 4, axis=-1)
    i = ops.sigmoid(z_i)
    f = ops.sigmoid(z_f)
    g = ops.tanh(z_g)
    o = ops.sigmoid(z_o)
    c = f * c + i * g
    h = o * ops.tanh(c)
    return [h, c], [i, f, g, o]


def _lstm_gradient(d_states, states, new_states, kept):
    (d_h, d_c), (_, c), (_, c_new) = d_states, states, new_states
    i, f, g, o = kept
    t = ops.tanh(c_new)
    d_c = d_c + d_h * o * (1 - t * t)
    d_zi = d_c * g * i * (1 - i)
    d_zf = d_c * c * f * (1 - f)
    d_zg = d_c * i * (1 - g * g)
    d_zo = d_h * t * o * (1 - o)
    d_z = ops.concatenate([d_zi, d_zf, d_zg, d_zo], axis=-1)
    return [d_z], [ops.zeros_like(d_h), d_c * f]


elman = StepGradient(_elman, _elman_gradient, sums=1, kept=0)
gated = StepGradient(_gated, _gated_gradient, sums=1, kept=2)
gru = StepGradient(_gru, _gru_gradient, sums=2, kept=4)
lstm = StepGradient(_lstm, _lstm_gradient, sums=1, kept=4)
