"""The graphs inside an ONNX graph: bodies of loops, scans and branches."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto


def graphs(graph: "GraphProto") -> Iterator["GraphProto"]:
    """A graph, and behind it all graphs inside it."""
    yield graph
    for node in graph.node:
        for body in bodies(node):
            yield from graphs(body)


def bodies(node: "NodeProto") -> Iterator["GraphProto"]:
    """The graphs that a node has itself."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs
