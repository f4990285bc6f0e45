"""A graph of tf2onnx with the same edges as one that is written here."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from export.onnx import edges, naming, shapes
from export.onnx.graph import Graph

if TYPE_CHECKING:
    from onnx import ModelProto

_FLOAT = 1
# Before the names of what is cut after it.
_WHOLE = "whole/"


def guard(
    model: "ModelProto",
    token_ids: str,
    outputs: Mapping[str, Sequence],
    masked: bool,
    fixed: bool = False,
) -> None:
    """Makes a converted model keep to `edges.RULES`, in place.

    Args:
        model: what `convert.from_function` returned.
        token_ids: name of its one input.
        outputs: by name, their axes.
        masked: whether 0 is padding.
        fixed: whether there is always at least one row and one step.
    """
    (opset,) = [one.version for one in model.opset_import if not one.domain]
    before, behind = Graph("before/", opset), Graph("behind/", opset)
    if fixed:
        ids, shape = edges.checked(before, token_ids), ""
    else:
        ids, shape = edges.at_least_one(before, token_ids)
    if masked:
        ids = _unbroken(before, ids)
    for name, axes in outputs.items():
        time = len(axes) > 1 and axes[1] in shapes.LENGTHS
        behind.rename(edges.cut(behind, _WHOLE + name, shape, time), name)
    inside = {name: _WHOLE + name for name in outputs}
    naming.by_order(model, {token_ids: ids, **inside})
    graph = model.graph
    for value in (*graph.input, *graph.output):
        value.name = value.name.removeprefix(_WHOLE)
    graph.input[0].name = token_ids
    nodes = [*before.nodes, *graph.node, *behind.nodes]
    count = len(graph.node)
    graph.node.extend(nodes)
    del graph.node[:count]
    graph.initializer.extend([*before.initializers(), *behind.initializers()])


def _unbroken(graph, ids):
    """The ids, too large ones in a text with padding between its tokens."""
    turned = graph.add("Transpose", ids, perm=[1, 0])
    keep = graph.add("Greater", turned, graph.constant(np.int32(0)))
    keep = graph.add("Cast", keep, to=_FLOAT)
    keep = graph.add("Unsqueeze", keep, graph.constant([2]))
    turned = edges.unbroken(graph, turned, keep)
    return graph.add("Transpose", turned, perm=[1, 0])
