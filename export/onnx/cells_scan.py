"""A recurrence in ONNX as a `Scan` over a body of a few nodes.

A function that writes one direction of a layer takes the graph, the cell's
weights by name, the names of the inputs, of shape `(time, batch, features)`,
and of the mask, float of shape `(time, batch, 1)`, or "", and `state`: "", or
for one step, whose values have no `time`, the name of the state before it. It
returns the name of the outputs, of shape `(time, batch, units)`. `scanned`
makes a form of it (`export.onnx.directions`, which says what a mask asks for).
"""

import functools
from collections.abc import Callable

from export.onnx.directions import (
    Direction,
    Form,
    bias_of,
    each_direction,
    in_order,
    joined,
)
from export.onnx.graph import Graph


def scanned(outputs: Callable) -> Form:
    """The form of a cell whose outputs come from `scan`."""

    @functools.wraps(outputs)
    def write(graph, w, x, keep, states):
        if states is None:
            return outputs(graph, w, x, keep), None
        (state,) = states
        return outputs(graph, w, x, keep, state), None

    return each_direction(write)


def scan(
    graph: Graph, nodes: list, values: dict[str, str], state: str = ""
) -> str:
    """Adds a `Scan` over axis 0 whose one state starts from zeros.

    With `state` it adds the one step after it instead, without a `Scan`.

    Args:
        graph: the `Graph` to add to.
        nodes: the body: it computes `new` from `h`, the state, and from the
            keys of `values`; it may use constants of `graph` too.
        values: names of values of shape `(time, batch, ...)` by what the body
            calls one step of them; the first is as wide as the state.
        state: name of the state before a step, or "".

    Returns:
        Name of the states after each step, of shape `(time, batch, units)`.
    """
    if state:
        return add_nodes(graph, nodes, {"h": state, **values})
    return scans(graph, [(nodes, values)])[0]


def scans(graph: Graph, bodies: list[tuple[list, dict[str, str]]]) -> list[str]:
    """Adds several recurrences as one `Scan`: fewer steps.

    Args:
        graph: the `Graph` to add to.
        bodies: of each what `scan` takes, `nodes` and `values`.

    Returns:
        Of each what `scan` returns.
    """
    from onnx import TensorProto, helper

    own = Graph(f"{graph.prefix}scan_{len(graph.nodes)}/", graph.opset)
    before, after, starts = [], [], []
    steps: list[str] = []
    values: list[str] = []
    for number, (nodes, sequences) in enumerate(bodies):
        state = f"{own.prefix}h_{number}"
        names = {"h": state}
        names |= {name: f"{own.prefix}{name}_{number}" for name in sequences}
        before.append(state)
        steps += list(names.values())[1:]
        values += sequences.values()
        after.append(add_nodes(own, nodes, names))
        shape = graph.add("Shape", next(iter(sequences.values())), start=1)
        zero = helper.make_tensor("value", TensorProto.FLOAT, [1], [0.0])
        starts.append(graph.add("ConstantOfShape", shape, value=zero))
    # A name for the state that goes on, and one for what is collected.
    collected = [own.add("Identity", name) for name in after]

    def described(names):
        return [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            for name in names
        ]

    found = graph.add(
        "Scan",
        *starts,
        *values,
        outputs=2 * len(bodies),
        body=helper.make_graph(
            own.nodes,
            "step",
            described([*before, *steps]),
            described([*after, *collected]),
        ),
        num_scan_inputs=len(values),
    )
    return found[len(bodies) :]


def add_nodes(graph: Graph, nodes: list, names: dict[str, str]) -> str:
    """Adds nodes that were written with names of their own.

    Args:
        graph: where to.
        nodes: of one output each.
        names: of what they read; others stay.

    Returns:
        What they call `new`.
    """
    from onnx import helper

    names = dict(names)
    for node in nodes:
        names[node.output[0]] = graph.add(
            node.op_type,
            *[names.get(name, name) for name in node.input],
            **{
                one.name: helper.get_attribute_value(one)
                for one in node.attribute
            },
        )
    return names["new"]


def linear(graph: Graph, a: str, b: str) -> str:
    """Adds `h_t = a_t * h_{t-1} + b_t`.

    Of four forms of it this is the fastest, or as fast, on ONNX Runtime, for
    50 to 1,000 steps and batches of 1 and 32: a `GRU` or an `LSTM` without
    recurrent weights takes up to three times as long, a `Loop` that doubles
    how far each step has looked up to twice.
    """
    from onnx import helper

    nodes = [
        helper.make_node("Mul", ["a", "h"], ["kept"]),
        helper.make_node("Add", ["kept", "b"], ["new"]),
    ]
    return scan(graph, nodes, {"a": a, "b": b})


def elman(
    graph: Graph,
    directions: list[Direction],
    x: str,
    keep: str,
    states: list[str] | None = None,
) -> tuple[str, None]:
    """The form of an Elman layer: one `Scan` for all its directions.

    Not as an `RNN`: ONNX Runtime takes as long for that with one sequence, and
    three times as long with 32.
    """
    from onnx import helper

    bodies = []
    for one in directions:
        own_x, mask = in_order(graph, one, x, keep)
        z = graph.add("MatMul", own_x, graph.constant(one.weights["kernel"]))
        bias = bias_of(one.weights, one.weights["kernel"].shape[1])
        z = graph.add("Add", z, graph.constant(bias))
        if mask:
            # Of zeros comes tanh(0 + 0): padding leaves the state at zero.
            z = graph.add("Mul", z, mask)
        kernel = graph.constant(one.weights["recurrent_kernel"])
        nodes = [
            helper.make_node("Gemm", ["h", kernel, "z"], ["all"]),
            helper.make_node("Tanh", ["all"], ["new"]),
        ]
        bodies.append((nodes, {"z": z}))
    if states is not None:
        ((nodes, values),) = bodies
        return scan(graph, nodes, values, states[0]), None
    outputs = [
        graph.flipped(y) if one.reverse else y
        for one, y in zip(directions, scans(graph, bodies), strict=True)
    ]
    return joined(graph, outputs), None
