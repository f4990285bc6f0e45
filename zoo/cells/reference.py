"""What the references share.

Each cell's file ends with `reference`: one step of the cell in float64 NumPy,
written from the paper's equations and not from the layer above it. It takes an
input of shape `(batch, features)`, the list of states, and the cell's weights
by their names; it returns the output and the list of new states. The tests
compare the layer with it.
"""

import numpy as np

Weights = dict[str, np.ndarray]
# Each of shape `(batch, size)`.
States = list[np.ndarray]
# Of shape `(batch, units)`, and the new states.
Output = tuple[np.ndarray, States]


def sigmoid(z: np.ndarray) -> np.ndarray:
    """`1 / (1 + exp(-z))`."""
    return 1 / (1 + np.exp(-z))


def biases(weights: Weights, count: int, *rows: int) -> list[np.ndarray]:
    """The blocks of `bias`; zeros for a cell without biases.

    Args:
        weights: of the cell.
        count: how many blocks lie side by side.
        *rows: the axes of `bias` before the last one.

    Returns:
        `count` arrays of shape `(*rows, units)`; of zeros, `(*rows, 1)`.
    """
    bias = weights.get("bias", np.zeros((*rows, count)))
    return np.split(bias, count, axis=-1)
