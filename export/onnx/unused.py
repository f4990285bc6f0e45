"""What no output of an ONNX graph needs, dropped: nodes and constants.

ONNX Runtime warns of each constant that nothing reads, whenever it opens a
file, and a browser shows that in red.
"""

from typing import TYPE_CHECKING

from export.onnx.inner_graphs import bodies

if TYPE_CHECKING:
    from onnx import GraphProto


def drop(graph: "GraphProto") -> None:
    """Drops them from a graph and from the graphs inside it, in place."""
    needed = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if not needed.isdisjoint(node.output):
            for body in bodies(node):
                drop(body)
            needed.update(_read(node))
            kept.append(node)
    if len(kept) < len(graph.node):
        nodes = list(reversed(kept))
        # Behind the old ones, as the messages belong to the graph.
        before = len(graph.node)
        graph.node.extend(nodes)
        del graph.node[:before]
    constants = [one for one in graph.initializer if one.name in needed]
    if len(constants) < len(graph.initializer):
        before = len(graph.initializer)
        graph.initializer.extend(constants)
        del graph.initializer[:before]
    if graph.value_info:
        known = {name for node in graph.node for name in node.output}
        infos = [one for one in graph.value_info if one.name in known]
        before = len(graph.value_info)
        graph.value_info.extend(infos)
        del graph.value_info[:before]


def _read(node):
    """Names that a node reads, those that its bodies see outside included."""
    names = {name for name in node.input if name}
    for body in bodies(node):
        own = {value.name for value in body.input}
        own |= {tensor.name for tensor in body.initializer}
        for inner in body.node:
            names |= _read(inner) - own
            own |= set(inner.output)
        # An output may be a value of outside.
        names |= {value.name for value in body.output} - own
    return names
