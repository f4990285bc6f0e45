"""A recurrence in ONNX as a `Scan` over a body of a few nodes.

Each function with a cell's name writes one direction of a layer: it takes the
graph, the cell's weights by name, the names of the inputs, of shape `(time,
batch, features)`, and of the mask, float of shape `(time, batch, 1)`, or "",
whether time runs backwards, and `state`: "", or for one step, whose values have
no `time`, the name of the state before it. It returns the name of the outputs,
of shape `(time, batch, units)`, zeros where masked. `scanned` makes a form of
it (`export.onnx.directions`).
"""

import functools
import inspect
from collections.abc import Callable

from export.onnx.directions import Form, bias_of, each_direction
from export.onnx.graph import Graph
from export.onnx.values import Unknown


def scanned(outputs: Callable) -> Form:
    """The form of a cell whose outputs come from `scan`."""

    @functools.wraps(outputs)
    def write(graph, w, x, keep, reverse, states):
        if states is None:
            return outputs(graph, w, x, keep, reverse), None
        # Packages may have written theirs before there was a `state`.
        if "state" not in inspect.signature(outputs).parameters:
            raise Unknown(f"a step of {outputs.__name__}")
        (state,) = states
        return outputs(graph, w, x, keep, reverse, state), None

    return each_direction(write)


def scan(
    graph: Graph,
    nodes: list,
    values: dict[str, str],
    reverse: bool,
    state: str = "",
) -> str:
    """Adds a `Scan` over axis 0 whose one state starts from zeros.

    With `state` it adds the one step after it instead, without a `Scan`.

    Args:
        graph: the `Graph` to add to.
        nodes: the body: it computes `new` from `h`, the state, and from the
            keys of `values`; it may use constants of `graph` too.
        values: names of values of shape `(time, batch, ...)` by what the body
            calls one step of them; the first is as wide as the state.
        reverse: whether time runs backwards.
        state: name of the state before a step, or "".

    Returns:
        Name of the states after each step, of shape `(time, batch, units)`.
    """
    from onnx import TensorProto, helper

    if state:
        names = {"h": state, **values}
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

    def value(name):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)

    # A name for the state that goes on, and one for what is collected.
    copy = helper.make_node("Identity", ["new"], ["out"])
    body = helper.make_graph(
        [*nodes, copy],
        "step",
        [value("h"), *map(value, values)],
        [value("new"), value("out")],
    )
    shape = graph.add("Shape", next(iter(values.values())), start=1)
    way = int(reverse)
    _, states = graph.add(
        "Scan",
        graph.add("ConstantOfShape", shape),
        *values.values(),
        outputs=2,
        body=body,
        num_scan_inputs=len(values),
        scan_input_directions=[way] * len(values),
        scan_output_directions=[way],
    )
    return states


def linear(graph: Graph, a: str, b: str, reverse: bool) -> str:
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
    return scan(graph, nodes, {"a": a, "b": b}, reverse)


@scanned
def elman(
    graph: Graph, w: dict, x: str, keep: str, reverse: bool, state: str = ""
) -> str:
    """One direction of an Elman layer.

    Not as an `RNN`: ONNX Runtime takes as long for that with one sequence, and
    three times as long with 32.
    """
    from onnx import helper

    sums = graph.add("MatMul", x, graph.constant(w["kernel"]))
    bias = bias_of(w, w["kernel"].shape[1])
    sums = graph.add("Add", sums, graph.constant(bias))
    kernel = graph.constant(w["recurrent_kernel"])
    values = {"z": sums}
    nodes = [helper.make_node("Gemm", ["h", kernel, "z"], ["all"])]
    if keep:
        # Padding comes first backwards, and must leave the state at zero.
        values["keep"] = keep
        nodes.append(helper.make_node("Tanh", ["all"], ["state"]))
        nodes.append(helper.make_node("Mul", ["state", "keep"], ["new"]))
    else:
        nodes.append(helper.make_node("Tanh", ["all"], ["new"]))
    return scan(graph, nodes, values, reverse, state)
