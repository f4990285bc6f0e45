"""The gradient of one step of each cell, against the framework's."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from zoo import cells
from zoo.registry import load

ROWS, FEATURES, UNITS = 3, 4, 5
CELLS = [c for c in cells.names() if cells.registration(c).gradient]


def test_all_classical_cells_have_one():
    assert CELLS == ["elman", "gated", "gru", "lstm"]


@pytest.mark.parametrize("name", CELLS)
def test_a_step_and_its_gradient(name):
    gradient = load(cells.registration(name).gradient)
    cell = cells.get(name, UNITS, dtype="float64")
    cell.build((None, FEATURES))
    random = np.random.default_rng(0)
    for weight in cell.weights:
        weight.assign(random.normal(size=weight.shape))
    x = tf.constant(random.normal(size=(ROWS, FEATURES)))
    states = [
        tf.constant(random.normal(size=(ROWS, UNITS))) for _ in cell.state_size
    ]
    d_states = [tf.constant(random.normal(size=s.shape)) for s in states]
    biases = ops.reshape(cell.bias, (gradient.sums, -1))
    u = states[0] @ cell.recurrent_kernel
    sums = [x @ cell.kernel + biases[0], u + biases[-1]]
    if gradient.sums == 1:
        sums = [x @ cell.kernel + biases[0] + u]
    with tf.GradientTape() as tape:
        tape.watch([*sums, *states])
        new_states, kept = gradient.forward(sums, states)
        loss = sum(
            tf.reduce_sum(state * d)
            for state, d in zip(new_states, d_states, strict=True)
        )
    expected = tape.gradient(
        loss, [*sums, *states], unconnected_gradients="zero"
    )
    output, by_cell = cell.call(x, states)
    np.testing.assert_allclose(output, by_cell[0], rtol=1e-12)
    for one, other in zip(new_states, by_cell, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    assert len(kept) == gradient.kept
    d_sums, d_before = gradient.backward(d_states, states, new_states, kept)
    for one, other in zip([*d_sums, *d_before], expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
