"""Cells that one ONNX operator runs over time: GRU, LSTM.

Each function with a cell's name takes the weights of a cell by name, and gives
what the operator needs: its kernel `W`, its recurrent kernel `R` and its bias
`B`, in its own order of blocks, blocks in rows. `fused` makes a form of it
(`export.onnx.directions`).
"""

import functools
from collections.abc import Callable

import numpy as np

from export.onnx import fused_steps
from export.onnx.directions import Direction, Form, bias_of
from export.onnx.graph import Graph

# sigmoid(30) is 1 in float32: a gate that is always open.
_OPEN = 30.0


def fused(packed: Callable[[dict], dict], step: Callable | None = None) -> Form:
    """The form of a cell that is one operator in all its directions.

    Args:
        packed: of its weights by name, what the operator needs.
        step: of the graph, the weights, the name of the inputs and those of
            the states, one step of it as the names of the next states; by
            default what the operator does, in plain operators.
    """

    @functools.wraps(packed)
    def form(graph, directions, x, lengths, keep, states=None):
        if states is not None:
            (one,) = directions
            if step is not None:
                final = step(graph, one.weights, x, *states)
            else:
                node = packed(one.weights)
                final = fused_steps.add(graph, node, x, states)
            return final[0], final
        return _add(graph, packed, directions, x, lengths)

    return form


@fused
def gru(w: dict) -> dict:
    """`GRU`: its blocks z, r, h are ours, biases of input before state."""
    return {
        "operator": "GRU",
        "W": w["kernel"].T,
        "R": w["recurrent_kernel"].T,
        "B": bias_of(w, 2, w["kernel"].shape[1]).reshape(-1),
        "linear_before_reset": 1,
    }


@functools.partial(fused, step=fused_steps.gated)
def gated(w: dict) -> dict:
    """`GRU` too: its reset gate open, its update gate the reverse of ours.

    `sigmoid(-x) = 1 - sigmoid(x)`, hence the sign.
    """

    def blocks(packed, between):
        gate, candidate = np.split(packed, 2, axis=-1)
        return np.concatenate(
            [-gate, np.full_like(gate, between), candidate], axis=-1
        )

    bias = blocks(bias_of(w, w["kernel"].shape[1]), _OPEN)
    return {
        "operator": "GRU",
        "W": blocks(w["kernel"], 0).T,
        "R": blocks(w["recurrent_kernel"], 0).T,
        "B": np.concatenate([bias, np.zeros_like(bias)]),
        "linear_before_reset": 1,
    }


@fused
def lstm(w: dict) -> dict:
    """`LSTM`: ours is in the order i, f, g, o; ONNX's is i, o, f, g."""

    def blocks(packed):
        i, f, g, o = np.split(packed, 4, axis=-1)
        return np.concatenate([i, o, f, g], axis=-1)

    bias = blocks(bias_of(w, w["kernel"].shape[1]))
    return {
        "operator": "LSTM",
        "W": blocks(w["kernel"]).T,
        "R": blocks(w["recurrent_kernel"]).T,
        "B": np.concatenate([bias, np.zeros_like(bias)]),
    }


def _add(
    graph: Graph,
    packed: Callable[[dict], dict],
    directions: list[Direction],
    x: str,
    lengths: str,
) -> tuple[str, list[str]]:
    """One node for all directions: its outputs and its final states."""
    nodes = [packed(direction.weights) for direction in directions]
    weights = [
        graph.constant(np.stack([node[name] for node in nodes]))
        for name in ("W", "R", "B")
    ]
    operator = nodes[0]["operator"]
    attributes = {
        name: value
        for name, value in nodes[0].items()
        if name not in ("operator", "W", "R", "B")
    }
    y, *final = graph.add(
        operator,
        x,
        *weights,
        lengths,
        outputs=3 if operator == "LSTM" else 2,
        hidden_size=directions[0].units,
        direction="bidirectional" if len(directions) > 1 else "forward",
        **attributes,
    )
    # From (time, directions, batch, units).
    y = graph.add("Transpose", y, perm=[0, 2, 1, 3])
    y = graph.add("Reshape", y, graph.constant([0, 0, -1]))
    # From (directions, batch, units) of each kind of state.
    numbers = [graph.constant(np.int64(n)) for n in range(len(directions))]
    states = [
        graph.add("Gather", state, number, axis=0)
        for number in numbers
        for state in final
    ]
    return y, states
