"""An ONNX file in fewer bits that computes the same, bit for bit.

A model that was read from whole numbers of 8 bits (`zoo.pretrained.weights`)
has them again in its file: as an int8 matrix, a `Cast` and a `Mul` by its
scales, which give the float32 matrix exactly (`export.onnx.grid`). ONNX Runtime
computes them once, when it opens the file; of a table, only the rows that are
looked up. All else is as it was, so nothing needs to be scored.
"""

from typing import TYPE_CHECKING

import numpy as np

from export.onnx import grid
from export.onnx.graph import Graph
from export.onnx.inner_graphs import graphs

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

# Smaller matrices save nothing worth a node.
SMALLEST = 1_024
_FLOAT = 1
# The least that a gate needs to be wholly open or shut by itself.
_HOLD = 20.0


def stored_exactly(model: "ModelProto", weights: str = "int8") -> "ModelProto":
    """The same model, its matrices in fewer bits where that changes nothing.

    Args:
        model: an `onnx.ModelProto`; it is not changed.
        weights: what they become, if they can: `int8`, where those of few rows
            or columns may be `float16`; or `float16`.

    Returns:
        An `onnx.ModelProto` of the same inputs, outputs and numbers.
    """
    return exactly(model, weights)[0]


def exactly(
    model: "ModelProto", weights: str
) -> tuple["ModelProto", set[str], set[str], set[str]]:
    """As `stored_exactly`, and what was done.

    Returns:
        The model; the operators whose matrices are stored so; those some of
        whose matrices are not, as no such numbers give them exactly; and what
        they are stored as, `int8` or `float16` or both.
    """
    import onnx

    result = onnx.ModelProto()
    result.CopyFrom(model)
    stored: set[str] = set()
    left: set[str] = set()
    kinds: set[str] = set()
    # Inner ones first: what is rewritten holds copies of its nodes.
    for number, graph in enumerate(reversed(list(graphs(result.graph)))):
        for parts in _rewrite(graph, number, weights, stored, left):
            kinds.add(parts[0].whole.dtype.name)
    return result, stored, left, kinds


def large(graph: "GraphProto") -> dict[str, np.ndarray]:
    """The float32 matrices of a graph that are worth it, by their names."""
    from onnx import TensorProto, numpy_helper

    return {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in graph.initializer
        if tensor.data_type == TensorProto.FLOAT
        and len(tensor.dims) > 1
        and np.prod(tensor.dims) >= SMALLEST
    }


def _rewrite(graph, number, weights, stored, left):
    """Stores the matrices of one graph, and returns the parts of each.

    What decodes them is in the same graph: a body of a loop is slower with
    constants from outside of it.
    """
    front, inner = Graph(f"stored_{number}/"), Graph(f"looked_up_{number}/")
    readers: dict[str, set] = {}
    for node in _nodes(graph):
        for name in node.input:
            readers.setdefault(name, set()).add(node.op_type)
    found, nodes = {}, []
    for name, matrix in large(graph).items():
        parts = _parts(matrix, weights)
        (left if parts is None else stored).update(readers.get(name, ()))
        if parts is not None:
            found[name] = parts
    whole = {name for name, parts in found.items() if len(parts) == 1}
    for node in graph.node:
        if node.op_type == "Gather" and node.input[0] in whole:
            (table,) = found[node.input[0]]
            if _looks_up_rows(node):
                nodes += _rows(front, inner, node, table)
                continue
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    read = {name for node in _nodes(graph) for name in node.input}
    read.update(value.name for value in graph.output)
    for name in found.keys() & read:
        _decode(front, name, found[name])
    kept = [one for one in graph.initializer if one.name not in found]
    del graph.initializer[:]
    graph.initializer.extend([*kept, *front.initializers()])
    del graph.node[:]
    graph.node.extend([*front.nodes, *nodes])
    return found.values()


def _nodes(graph):
    """The nodes of a graph and of all graphs inside it."""
    return [node for one in graphs(graph) for node in one.node]


def _parts(matrix, weights) -> list | None:
    """A matrix as `grid.Stored`, or as that and the float32 rest of it.

    A GRU or an LSTM may have one more feature, which holds its state in
    padding (`export.onnx.cells_fused`): its weights would spoil the scales.
    """
    whole = grid.stored(matrix, weights)
    if whole is not None:
        return [whole]
    gates = gate_column(matrix)
    if gates is not None:
        most = grid.stored(matrix[..., :-1], weights)
        if most is not None:
            return [most, gates]
    return None


def gate_column(matrix: np.ndarray) -> np.ndarray | None:
    """The weights of padding, the last column of `W` of a `GRU` or an `LSTM`.

    Args:
        matrix: of three axes, as these operators have them.

    Returns:
        It, if there is one: every number is 0 or the largest, on both sides
        of 0, and there is no larger one in the matrix.
    """
    if matrix.ndim != 3:
        return None
    column = matrix[..., -1:]
    sizes = np.abs(column)
    largest = sizes.max()
    apart = np.all((sizes == 0) | (sizes == largest))
    if apart and largest >= _HOLD and largest > np.abs(matrix[..., :-1]).max():
        return column
    return None


def _looks_up_rows(node) -> bool:
    axes = [one.i for one in node.attribute if one.name == "axis"]
    return axes in ([], [0])


def _rows(front, inner, node, table) -> list:
    """Nodes in the place of a `Gather` of a table that is stored so."""
    begin = len(inner.nodes)
    rows = inner.add("Gather", front.constant(table.whole), node.input[1])
    rows = inner.add("Cast", rows, to=_FLOAT)
    if table.scales is not None:
        scales = front.constant(table.scales)
        if len(table.scales) > 1:
            scales = inner.add("Gather", scales, node.input[1])
        inner.add("Mul", rows, scales)
    nodes = inner.nodes[begin:]
    # Whoever reads the result knows it by its old name.
    nodes[-1].output[0] = node.output[0]
    return nodes


def _decode(front, name, parts):
    """Adds what gives a stored matrix its name, so nothing else changes."""
    decoded = front.add("Cast", front.constant(parts[0].whole), to=_FLOAT)
    scales = parts[0].scales
    if scales is not None:
        decoded = front.add("Mul", decoded, front.constant(scales))
        if scales.ndim == 2 and scales.shape[1] == 1:
            # Else OpenVINO 2026.4 takes the scales of a product's summed axis
            # for those of the other one, and is wrong without a word.
            one = front.constant(np.ones((1, 1), "float32"))
            decoded = front.add("Mul", decoded, one)
    if len(parts) > 1:
        front.add("Concat", decoded, front.constant(parts[1]), axis=-1)
    front.nodes[-1].output[0] = name
