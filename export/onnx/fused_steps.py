"""One step of a cell that has an operator of its own, in plain operators.

Not a `GRU` or an `LSTM` over a sequence of one: ONNX Runtime takes as long for
that with one row and, for a `GRU`, two to eight times as long with 32, and it
ends its process where there are no rows.

Each function takes the graph, the name of `x`, of shape `(batch, features)`,
the names of the states, and what the operator needs, as `cells_fused` has it;
it returns the names of the next states.
"""

from collections.abc import Callable

import numpy as np

from export.onnx.directions import bias_of
from export.onnx.graph import Graph
from export.onnx.values import Unknown

# What else an operator may be told that is the case here too.
_KNOWN = {"operator", "W", "R", "B", "linear_before_reset"}


def add(graph: Graph, node: dict, x: str, states: list[str]) -> list[str]:
    """Adds one step of what an operator would run over time.

    Args:
        graph: where to.
        node: the operator and what it needs.
        x: name of the inputs, of shape `(batch, features)`.
        states: names of the states, each of shape `(batch, units)`.

    Returns:
        The names of the next states, of which the first is the output.

    Raises:
        Unknown: for an operator, or a variant of one, that is not known here.
    """
    operator = node["operator"]
    if operator not in _STEPS or set(node) - _KNOWN:
        raise Unknown(f"a step of {operator} with other attributes")
    if operator == "GRU" and not node.get("linear_before_reset"):
        raise Unknown("a step of GRU with its reset before the product")
    return _STEPS[operator](graph, node, x, *states)


def gated(graph: Graph, w: dict, x: str, h: str) -> list[str]:
    """Adds one step of a `zoo.cells.GatedCell`, whose weights these are.

    As a `GRU` it would have a third block, of zeros.
    """
    units = w["recurrent_kernel"].shape[0]
    kernel, recurrent = w["kernel"], w["recurrent_kernel"]
    sums = _sums(graph, x, kernel.T, bias_of(w, kernel.shape[1]))
    past = graph.add("MatMul", h, graph.constant(recurrent))
    gate, c = _split(graph, graph.add("Add", sums, past), units, units)
    return [
        _between(graph, graph.add("Sigmoid", gate), graph.add("Tanh", c), h)
    ]


def _sums(graph: Graph, x: str, kernel: np.ndarray, bias: np.ndarray) -> str:
    """Adds `x W + b`, with the blocks of `W` in rows, as ONNX has them."""
    y = graph.add("MatMul", x, graph.constant(kernel.T))
    return graph.add("Add", y, graph.constant(bias))


def _between(graph: Graph, gate: str, one: str, other: str) -> str:
    """Adds `gate * one + (1 - gate) * other`."""
    change = graph.add("Sub", one, other)
    return graph.add("Add", other, graph.add("Mul", gate, change))


def _split(graph, x, *sizes):
    return graph.add(
        "Split", x, graph.constant([*sizes]), axis=-1, outputs=len(sizes)
    )


def _gru(graph, node, x, h):
    units = node["R"].shape[1]
    b_x, b_h = np.split(node["B"], 2)
    x_zr, x_c = _split(graph, _sums(graph, x, node["W"], b_x), 2 * units, units)
    h_zr, h_c = _split(graph, _sums(graph, h, node["R"], b_h), 2 * units, units)
    zr = graph.add("Sigmoid", graph.add("Add", x_zr, h_zr))
    z, r = _split(graph, zr, units, units)
    c = graph.add("Add", x_c, graph.add("Mul", r, h_c))
    return [_between(graph, z, h, graph.add("Tanh", c))]


def _lstm(graph, node, x, h, c):
    units = node["R"].shape[1]
    sums = _sums(graph, x, node["W"], np.add(*np.split(node["B"], 2)))
    past = graph.add("MatMul", h, graph.constant(node["R"].T))
    iof, g = _split(graph, graph.add("Add", sums, past), 3 * units, units)
    i, o, f = _split(graph, graph.add("Sigmoid", iof), units, units, units)
    kept = graph.add("Mul", f, c)
    c = graph.add("Add", kept, graph.add("Mul", i, graph.add("Tanh", g)))
    return [graph.add("Mul", o, graph.add("Tanh", c)), c]


_STEPS: dict[str, Callable] = {"GRU": _gru, "LSTM": _lstm}
