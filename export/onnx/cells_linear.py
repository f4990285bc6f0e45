"""Linear cells in ONNX: everything over the whole sequence but one scan.

Each function with a cell's name writes the terms of its recurrence
`h_t = a_t * h_{t-1} + b_t`, as the cell's own `terms` does, over `x` of shape
`(time, batch, features)`, or of one step without `time`. It takes the graph,
the cell's weights by name, the name of `x`, and a function that moves values to
the step after them; it returns the names of `a` and `b`, a function that writes
the output for the name of `h`, and what the cell's other states are at every
step, in the order in which it asks for those before them. `linear` makes a form
of it (`export.onnx.directions`).
"""

import functools
from collections.abc import Callable

import numpy as np

from export.onnx import cells_scan
from export.onnx.directions import Form, bias_of, in_order, joined
from export.onnx.graph import Graph
from export.onnx.padding import last_step, rest
from zoo.cells.reference import Weights

Previous = Callable[[str], str]
# `a`, `b`, the output of `h`, and the other states at every step.
Terms = tuple[str, str, Callable[[str], str], list[str]]


def linear(terms: Callable) -> Form:
    """The form of a linear cell, from the terms of its recurrence.

    All directions are one scan, side by side: half as many steps.
    """

    @functools.wraps(terms)
    def form(graph, directions, x, keep, states=None):
        if states is not None:
            return _one_step(graph, terms, directions[0].weights, x, states)
        written, masks = [], []
        for one in directions:
            own_x, mask = in_order(graph, one, x, keep)
            found = _terms(graph, terms, one.weights, own_x, mask)
            written.append(found)
            masks.append(mask)
        a = joined(graph, [a for a, *_ in written])
        b = joined(graph, [b for _, b, *_ in written])
        h = cells_scan.linear(graph, a, b)
        parts = graph.split(h, 2) if len(directions) > 1 else [h]
        outputs, final = [], []
        for one, part, mask, (*_, output, others) in zip(
            directions, parts, masks, written, strict=True
        ):
            y = output(part)
            outputs.append(graph.flipped(y) if one.reverse else y)
            final += [last_step(graph, v, mask) for v in (part, *others)]
        return joined(graph, outputs), final

    return form


def _terms(graph, terms, w, x, mask):
    """Those of one direction; the states stay at zero where padding is first.

    Behind a text they may be anything.
    """

    def masked(values):
        return graph.add("Mul", values, mask) if mask else values

    a, b, output, others = terms(
        graph, w, x, lambda values: graph.shifted(masked(values))
    )
    return a, masked(b), output, others


def _one_step(graph, terms, w, x, states):
    """One step of the recurrence, from these states."""
    h, *before = states
    waiting = iter(before)
    a, b, output, others = terms(graph, w, x, lambda _: next(waiting))
    h = graph.add("Add", graph.add("Mul", a, h), b)
    return output(h), [h, *others]


def _sums(graph, w, x, blocks):
    """`x W + b`, cut into blocks."""
    sums = graph.add("MatMul", x, graph.constant(w["kernel"]))
    bias = bias_of(w, w["kernel"].shape[1])
    sums = graph.add("Add", sums, graph.constant(bias))
    return _split(graph, sums, blocks)


def _split(graph, x, blocks):
    return graph.split(x, blocks)


@linear
def mingru(graph: Graph, w: Weights, x: str, previous: Previous) -> Terms:
    x_z, c = _sums(graph, w, x, 2)
    z = graph.add("Sigmoid", x_z)
    return rest(graph, z), graph.add("Mul", z, c), lambda h: h, []


@linear
def minlstm(graph: Graph, w: Weights, x: str, previous: Previous) -> Terms:
    x_f, x_i, c = _sums(graph, w, x, 3)
    log_f = graph.add("Softplus", graph.add("Neg", x_f))
    log_i = graph.add("Softplus", graph.add("Neg", x_i))
    share = graph.add("Sigmoid", graph.add("Sub", log_i, log_f))
    b = graph.add("Mul", rest(graph, share), c)
    return share, b, lambda h: h, []


@linear
def sru(graph: Graph, w: Weights, x: str, previous: Previous) -> Terms:
    units = w["kernel"].shape[1] // 4
    b_f, b_r = np.split(bias_of(w, 2 * units), 2)
    zeros = np.zeros(units, "float32")
    bias = np.concatenate([b_f, zeros, b_r, zeros])
    x_f, x_c, x_r, x_h = _sums(graph, {**w, "bias": bias}, x, 4)
    f, r = graph.add("Sigmoid", x_f), graph.add("Sigmoid", x_r)

    def output(c):
        highway = graph.add("Mul", rest(graph, r), x_h)
        return graph.add("Add", graph.add("Mul", r, c), highway)

    return f, graph.add("Mul", rest(graph, f), x_c), output, []


@linear
def qrnn(graph: Graph, w: Weights, x: str, previous: Previous) -> Terms:
    own = graph.add("MatMul", x, graph.constant(w["previous_kernel"]))
    sums = graph.add("MatMul", x, graph.constant(w["kernel"]))
    sums = graph.add("Add", sums, previous(own))
    bias = bias_of(w, w["kernel"].shape[1])
    sums = graph.add("Add", sums, graph.constant(bias))
    x_z, x_f, x_o = _split(graph, sums, 3)
    z = graph.add("Tanh", x_z)
    f, o = graph.add("Sigmoid", x_f), graph.add("Sigmoid", x_o)
    b = graph.add("Mul", rest(graph, f), z)
    return f, b, lambda c: graph.add("Mul", o, c), [own]


@linear
def rglru(graph: Graph, w: Weights, x: str, previous: Previous) -> Terms:
    x_r, x_i, u = _sums(graph, w, x, 3)
    r, i = graph.add("Sigmoid", x_r), graph.add("Sigmoid", x_i)
    slowest = -8.0 * np.logaddexp(0, w["decay"].astype("float64"))
    log_a = graph.add("Mul", r, graph.constant(slowest))
    a = graph.add("Exp", log_a)
    # 1 - a^2 = -expm1(2 log a); ONNX has no expm1, but for y = tanh(log a)
    # it is -2 y / (1 - y), which loses no digits either.
    y = graph.add("Tanh", log_a)
    two = graph.constant(np.float32(-2))
    square = graph.add("Div", graph.add("Mul", two, y), rest(graph, y))
    scale = graph.add("Sqrt", square)
    b = graph.add("Mul", graph.add("Mul", scale, i), u)
    return a, b, lambda h: h, []
