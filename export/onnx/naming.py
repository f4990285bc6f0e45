"""Names within an ONNX graph: one for each node, the same in every process."""

from typing import TYPE_CHECKING

from export.onnx.inner_graphs import bodies

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto


def complete(graph: "GraphProto") -> None:
    """Names the nodes that have no name, those inside nodes too, in place.

    By the first of their outputs, which is a name that occurs once.
    """
    for node in graph.node:
        if not node.name:
            node.name = next(name for name in node.output if name)
        for body in bodies(node):
            complete(body)


def by_order(model: "ModelProto") -> None:
    """Gives nodes, constants and inner values new names, in place.

    Those that tf2onnx gives count what the process has made before.

    Args:
        model: a converted one; its inputs and outputs keep their names.
    """
    graph = model.graph
    kept = {value.name for value in (*graph.input, *graph.output)}
    graph.ClearField("value_info")
    _rename(graph, {name: name for name in kept}, "")


def _rename(graph, names, prefix):
    """`names` holds what is known of values outside, old name to new."""
    names = dict(names)

    def new(name, kind):
        if name not in names:
            names[name] = f"{prefix}{kind}_{len(names)}"
        return names[name]

    for value in graph.input:
        value.name = new(value.name, "input")
    # In the order in which they are first read: theirs is that of a dict.
    order = [name for node in graph.node for name in node.input]
    place = {name: number for number, name in reversed(list(enumerate(order)))}
    constants = sorted(
        graph.initializer, key=lambda one: place.get(one.name, len(order))
    )
    before = len(constants)
    graph.initializer.extend(constants)
    del graph.initializer[:before]
    for tensor in graph.initializer:
        tensor.name = new(tensor.name, "constant")
    for number, node in enumerate(graph.node):
        kind = node.op_type.lower()
        node.name = f"{prefix}{kind}_{number}"
        node.input[:] = [name and new(name, "value") for name in node.input]
        node.output[:] = [name and new(name, kind) for name in node.output]
        node.ClearField("doc_string")
        for inner, body in enumerate(bodies(node)):
            body.name = "step"
            body.ClearField("value_info")
            _rename(body, names, f"{node.name}/{inner}/")
    for value in graph.output:
        value.name = names[value.name]
