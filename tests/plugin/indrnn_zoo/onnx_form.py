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
    state: str = "",
) -> str:
    """One direction of a layer: a `Scan` over `relu(z + u * h)`."""
    from onnx import helper

    sums = graph.add("MatMul", x, graph.constant(w["kernel"]))
    sums = graph.add("Add", sums, graph.constant(w["bias"]))
    if keep:
        # Of zeros comes relu(0 + 0): padding leaves the state at zero.
        sums = graph.add("Mul", sums, keep)
    u = graph.constant(w["recurrent_kernel"])
    nodes = [
        helper.make_node("Mul", ["h", u], ["past"]),
        helper.make_node("Add", ["past", "z"], ["all"]),
        helper.make_node("Relu", ["all"], ["new"]),
    ]
    return scan(graph, nodes, {"z": sums}, state)
