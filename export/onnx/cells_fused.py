"""Cells that one ONNX operator runs over time: GRU, LSTM.

Each function with a cell's name takes the weights of a cell by name, and gives
what the operator needs: its kernel `W`, its recurrent kernel `R` and its bias
`B`, in its own order of blocks, blocks in rows. `fused` makes a form of it
(`export.onnx.directions`).

Padding (`export.onnx.padding`) is one more feature of the inputs, and one more
column of `W`, which for the gates is beyond all that they can add up to, on
either side of 0, and else 0: a `GRU` then keeps its state and an `LSTM` its
inner one, exactly. What an `LSTM` puts out at padding is another value than
before it, so its last output is looked up.
"""

import functools
from collections.abc import Callable

import numpy as np

from export.onnx import fused_steps
from export.onnx.directions import Direction, Form, bias_of
from export.onnx.graph import Graph
from export.onnx.padding import last_step, with_column

# sigmoid(30) is 1 in float32: a gate that is always open.
_OPEN = 30.0
# What a gate is held open or shut with at least.
_HOLD = 60.0
# For inputs and states of which nothing is known.
_FAR = 100.0
# Which of its gates padding opens and shuts.
_GATES = {"GRU": (1, 0, 0), "LSTM": (-1, 0, 1, 0)}


def fused(packed: Callable[[dict], dict], step: Callable | None = None) -> Form:
    """The form of a cell that is one operator in all its directions.

    Args:
        packed: of its weights by name, what the operator needs.
        step: of the graph, the weights, the name of the inputs and those of
            the states, one step of it as the names of the next states; by
            default what the operator does, in plain operators.
    """

    @functools.wraps(packed)
    def form(graph, directions, x, keep, states=None):
        if states is not None:
            (one,) = directions
            if step is not None:
                final = step(graph, one.weights, x, *states)
            else:
                node = packed(one.weights)
                final = fused_steps.add(graph, node, x, states)
            return final[0], final
        return _add(graph, packed, directions, x, keep)

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
    keep: str,
) -> tuple[str, list[str]]:
    """One node for all directions: its outputs and its final states."""
    nodes = [packed(direction.weights) for direction in directions]
    operator, units = nodes[0]["operator"], directions[0].units
    attributes = {
        name: value
        for name, value in nodes[0].items()
        if name not in ("operator", "W", "R", "B")
    }
    # A state lies between the tanh of candidates.
    state_bound = _FAR if "activations" in attributes else 1.0
    if keep:
        most = graph.at_padding.get(x, _FAR)
        hold = max(_hold(node, most, state_bound) for node in nodes)
        x = with_column(graph, x, keep)
        column = hold * np.repeat(_GATES[operator], units)[:, None]
        for node in nodes:
            node["W"] = np.concatenate([node["W"], column], axis=1)
    weights = [
        graph.constant(np.stack([node[name] for node in nodes]))
        for name in ("W", "R", "B")
    ]
    both = len(directions) > 1
    y, *final = graph.add(
        operator,
        x,
        *weights,
        outputs=3 if operator == "LSTM" else 2,
        hidden_size=units,
        direction="bidirectional" if both else "forward",
        **attributes,
    )
    # From (time, directions, batch, units).
    if both:
        y = graph.add("Transpose", y, perm=[0, 2, 1, 3])
        y = graph.add("Reshape", y, graph.constant([0, 0, -1]))
        outputs = graph.split(y, 2)
    else:
        y = graph.add("Squeeze", y, graph.constant([1]))
        outputs = [y]
    states = []
    for number, (one, output) in enumerate(
        zip(directions, outputs, strict=True)
    ):
        # From (directions, batch, units) of each kind of state.
        own = [
            graph.add("Gather", state, graph.constant(np.int64(number)), axis=0)
            for state in final
        ]
        if keep and operator == "LSTM":
            own[0] = last_step(graph, output, keep, one.reverse)
        states += own
    graph.at_padding[y] = state_bound
    return y, states


def _hold(node, most, state_bound) -> float:
    """What outweighs all that a gate can add up to at padding.

    Args:
        node: what the operator needs.
        most: how far from 0 the inputs are then.
        state_bound: how far from 0 its states are.
    """
    inputs = np.abs(node["W"]).sum(axis=1) * max(most, 1.0)
    states = np.abs(node["R"]).sum(axis=1) * state_bound
    biases = np.abs(node["B"].reshape(2, -1)).sum(axis=0)
    return max(_HOLD, float(_OPEN + (inputs + states + biases).max()))
