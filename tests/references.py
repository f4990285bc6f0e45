"""The cells in float64 NumPy, written from the papers' equations.

Each function takes one input `x` of shape `(batch, features)`, a list of
states, and the weights by the names of the equation, as dicts of blocks.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def elman(x, states, w):
    """Elman (1990): s_t = tanh(W_ss s_{t-1} + W_sx x_t)."""
    (s,) = states
    s = np.tanh(s @ w["W_ss"] + x @ w["W_sx"] + w["b_s"])
    return s, [s]


def gated(x, states, w):
    """MIT 6.86x, unit 3: the gate says how much to overwrite."""
    (s,) = states
    g = sigmoid(s @ w["W_gs"] + x @ w["W_gx"] + w["b_g"])
    s = (1 - g) * s + g * np.tanh(s @ w["W_ss"] + x @ w["W_sx"] + w["b_s"])
    return s, [s]


def lstm(x, states, w):
    """Gers et al. (2000), without peepholes."""
    h, c = states
    i = sigmoid(x @ w["W_i"] + h @ w["U_i"] + w["b_i"])
    f = sigmoid(x @ w["W_f"] + h @ w["U_f"] + w["b_f"])
    o = sigmoid(x @ w["W_o"] + h @ w["U_o"] + w["b_o"])
    c = f * c + i * np.tanh(x @ w["W_c"] + h @ w["U_c"] + w["b_c"])
    h = o * np.tanh(c)
    return h, [h, c]


def gru(x, states, w):
    """Cho et al. (2014), the reset gate behind the product (cuDNN's form)."""
    (h,) = states
    r = sigmoid(x @ w["W_r"] + w["b_r"] + h @ w["U_r"] + w["d_r"])
    z = sigmoid(x @ w["W_z"] + w["b_z"] + h @ w["U_z"] + w["d_z"])
    n = np.tanh(x @ w["W_n"] + w["b_n"] + r * (h @ w["U_n"] + w["d_n"]))
    h = (1 - z) * n + z * h
    return h, [h]


def mingru(x, states, w):
    """Feng et al. (2024), section 3.1."""
    (h,) = states
    z = sigmoid(x @ w["W_z"] + w["b_z"])
    h = (1 - z) * h + z * (x @ w["W_c"] + w["b_c"])
    return h, [h]


def minlstm(x, states, w):
    """Feng et al. (2024), section 3.2."""
    (h,) = states
    f = sigmoid(x @ w["W_f"] + w["b_f"])
    i = sigmoid(x @ w["W_i"] + w["b_i"])
    h = f / (f + i) * h + i / (f + i) * (x @ w["W_c"] + w["b_c"])
    return h, [h]


def sru(x, states, w):
    """Lei et al. (2018), equations 1 to 4 with v = 0, highway projected."""
    (c,) = states
    f = sigmoid(x @ w["W_f"] + w["b_f"])
    c = f * c + (1 - f) * (x @ w["W_c"])
    r = sigmoid(x @ w["W_r"] + w["b_r"])
    return r * c + (1 - r) * (x @ w["W_h"]), [c]


def qrnn(x, states, w):
    """Bradbury et al. (2017), equations 2 and 4, width 2.

    The second state is what the previous input adds to the three sums.
    """
    c, before = states
    before = np.split(before, 3, axis=-1)
    z = np.tanh(before[0] + x @ w["W_z"] + w["b_z"])
    f = sigmoid(before[1] + x @ w["W_f"] + w["b_f"])
    o = sigmoid(before[2] + x @ w["W_o"] + w["b_o"])
    c = f * c + (1 - f) * z
    before = np.concatenate([x @ w["V_z"], x @ w["V_f"], x @ w["V_o"]], -1)
    return o * c, [c, before]


def rglru(x, states, w):
    """De et al. (2024), equations 1 to 4, with a = sigmoid(-d)."""
    (h,) = states
    r = sigmoid(x @ w["W_r"] + w["b_r"])
    i = sigmoid(x @ w["W_i"] + w["b_i"])
    a = sigmoid(-w["d"]) ** (8 * r)
    h = a * h + np.sqrt(1 - a**2) * (i * (x @ w["W_u"] + w["b_u"]))
    return h, [h]


# For each cell: its reference, and the names of the blocks of `kernel`,
# `recurrent_kernel` (for a QRNN: `previous_kernel`) and `bias`, in the order
# in which our docstrings say that they are stored.
REFERENCES = {
    "elman": (elman, ["W_sx"], ["W_ss"], [["b_s"]]),
    "gated": (gated, ["W_gx", "W_sx"], ["W_gs", "W_ss"], [["b_g", "b_s"]]),
    "lstm": (
        lstm,
        ["W_i", "W_f", "W_c", "W_o"],
        ["U_i", "U_f", "U_c", "U_o"],
        [["b_i", "b_f", "b_c", "b_o"]],
    ),
    "gru": (
        gru,
        ["W_z", "W_r", "W_n"],
        ["U_z", "U_r", "U_n"],
        [["b_z", "b_r", "b_n"], ["d_z", "d_r", "d_n"]],
    ),
    "mingru": (mingru, ["W_z", "W_c"], [], [["b_z", "b_c"]]),
    "minlstm": (minlstm, ["W_f", "W_i", "W_c"], [], [["b_f", "b_i", "b_c"]]),
    "sru": (sru, ["W_f", "W_c", "W_r", "W_h"], [], [["b_f", "b_r"]]),
    "qrnn": (
        qrnn,
        ["W_z", "W_f", "W_o"],
        ["V_z", "V_f", "V_o"],
        [["b_z", "b_f", "b_o"]],
    ),
    "rglru": (rglru, ["W_r", "W_i", "W_u"], [], [["b_r", "b_i", "b_u"]]),
}


def random_weights(cell, features, units, use_bias, seed=0):
    """Random blocks by name, and the same as the packed arrays of a layer."""
    _, kernel, recurrent, biases = REFERENCES[cell]
    random = np.random.default_rng(seed)
    w = {name: random.normal(size=(features, units)) for name in kernel}
    before = features if cell == "qrnn" else units
    w.update({name: random.normal(size=(before, units)) for name in recurrent})
    for name in sum(biases, []):
        w[name] = random.normal(size=units) if use_bias else np.zeros(units)

    def joined(names):
        return np.concatenate([w[name] for name in names], axis=-1)

    packed = [joined(names) for names in (kernel, recurrent) if names]
    if use_bias:
        rows = [joined(row) for row in biases]
        packed.append(rows[0] if len(rows) == 1 else np.stack(rows))
    if cell == "rglru":
        w["d"] = random.normal(size=units) - 2
        packed.append(w["d"])
    return w, packed


def run(cell, inputs, states, w):
    """Outputs of shape `(batch, time, units)` and the final states."""
    step = REFERENCES[cell][0]
    outputs = []
    for t in range(inputs.shape[1]):
        output, states = step(inputs[:, t], states, w)
        outputs.append(output)
    return np.stack(outputs, axis=1), states
