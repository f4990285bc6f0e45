"""The cell in ONNX; imported by an export only."""

import numpy as np

from export.onnx.cells_scan import scan, scanned
from export.onnx.graph import Graph


@scanned
def indrnn(
    graph: Graph,
    w: dict[str, np.ndarray],
    x: str,
    keep: str,
    reverse: bool,
    state: str = "",
) -> str:
    """One direction of a layer: a `Scan` over `relu(z + u * h)`."""
    from onnx import helper

    sums = graph.add("MatMul", x, graph.constant(w["kernel"]))
    sums = graph.add("Add", sums, graph.constant(w["bias"]))
    u = graph.constant(w["recurrent_kernel"])
    values = {"z": sums}
    state = "state" if keep else "new"
    nodes = [
        helper.make_node("Mul", ["h", u], ["past"]),
        helper.make_node("Add", ["past", "z"], ["all"]),
        helper.make_node("Relu", ["all"], [state]),
    ]
    if keep:
        values["keep"] = keep
        nodes.append(helper.make_node("Mul", [state, "keep"], ["new"]))
    return scan(graph, nodes, values, reverse, state)
