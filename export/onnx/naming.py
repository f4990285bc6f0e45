"""Names within an ONNX graph: one for each node.

Of graphs that are written here they are the same in every process. What
tf2onnx writes may differ from one process to the next.
"""

from collections.abc import Mapping
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


def by_order(
    model: "ModelProto", others: Mapping[str, str] | None = None
) -> None:
    """Puts nodes and constants into one order, and names them by it, in place.

    Those that tf2onnx gives count what the process has made before, and its
    order is that of a set.

    Args:
        model: a converted one; what no output needs is dropped.
        others: new names of some inputs and outputs; the others keep theirs.
    """
    graph = model.graph
    kept = {value.name: value.name for value in (*graph.input, *graph.output)}
    graph.ClearField("value_info")
    graph.ClearField("doc_string")
    _sort(graph)
    _rename(graph, kept | dict(others or {}), "")


def _sort(graph):
    """Each node behind those that it reads, in the order in which it does."""
    makers = {name: node for node in graph.node for name in node.output if name}
    nodes, known = [], set()
    waiting = [(value.name, False) for value in reversed(graph.output)]
    while waiting:
        name, ready = waiting.pop()
        node = makers.get(name)
        if node is None or id(node) in known:
            continue
        if ready:
            known.add(id(node))
            nodes.append(node)
            continue
        for body in bodies(node):
            _sort(body)
        waiting.append((name, True))
        waiting += [(read, False) for read in reversed(_read(node))]
    before = len(graph.node)
    graph.node.extend(nodes)
    del graph.node[:before]


def _read(node):
    """Names that a node reads, and those that its bodies do, in order."""
    names = list(node.input)
    for body in bodies(node):
        for inner in body.node:
            names += _read(inner)
        names += [value.name for value in body.output]
    return names


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
            body.ClearField("doc_string")
            body.ClearField("value_info")
            for value in (*body.input, *body.output):
                # These names are counted too, and mean nothing there.
                for axis in value.type.tensor_type.shape.dim:
                    if axis.dim_param:
                        axis.ClearField("dim_param")
            _rename(body, names, f"{node.name}/{inner}/")
    for value in graph.output:
        value.name = names[value.name]
