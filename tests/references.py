"""Runs a cell's reference, and gives layers weights at random."""

import numpy as np

import zoo.cells
from zoo.registry import load


def reference_of(cell):
    """One step of a cell in float64 NumPy (`zoo.cells.reference`)."""
    return load(zoo.cells.registration(cell).reference)


def random_weights(layer, seed=0):
    """Gives a built layer other weights; they are returned by their names.

    Each is where it starts, and a random step away from there.
    """
    random = np.random.default_rng(seed)
    for weight in layer.weights:
        start = np.asarray(weight)
        weight.assign(start + random.normal(size=start.shape))
    return {w.name: np.asarray(w, "float64") for w in layer.weights}


def run(cell, inputs, states, weights):
    """Outputs of shape `(batch, time, units)` and the final states."""
    step = reference_of(cell)
    outputs = []
    for t in range(inputs.shape[1]):
        output, states = step(inputs[:, t], states, weights)
        outputs.append(output)
    return np.stack(outputs, axis=1), states
