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


# For each cell: its reference, and the names of the blocks of `kernel`,
# `recurrent_kernel` and `bias`, in the order in which our docstrings say that
# they are stored.
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
}


def random_weights(cell, features, units, use_bias, seed=0):
    """Random blocks by name, and the same as the packed arrays of a layer."""
    _, kernel, recurrent, biases = REFERENCES[cell]
    random = np.random.default_rng(seed)
    w = {name: random.normal(size=(features, units)) for name in kernel}
    w.update({name: random.normal(size=(units, units)) for name in recurrent})
    for name in sum(biases, []):
        w[name] = random.normal(size=units) if use_bias else np.zeros(units)

    def joined(names):
        return np.concatenate([w[name] for name in names], axis=-1)

    packed = [joined(kernel), joined(recurrent)]
    if use_bias:
        rows = [joined(row) for row in biases]
        packed.append(rows[0] if len(rows) == 1 else np.stack(rows))
    return w, packed


def run(cell, inputs, states, w):
    """Outputs of shape `(batch, time, units)` and the final states."""
    step = REFERENCES[cell][0]
    outputs = []
    for t in range(inputs.shape[1]):
        output, states = step(inputs[:, t], states, w)
        outputs.append(output)
    return np.stack(outputs, axis=1), states
