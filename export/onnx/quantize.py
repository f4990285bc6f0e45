"""An ONNX file with its matrices in fewer bits, node by node.

A matrix of fewer than 1,024 numbers, and every bias, stays as it is. `float16`
keeps the others in 16 bits. `int8` keeps them as whole numbers of 8 bits, with
one scale for each column of a product, each row of an embedding, each row of
a block of `GRU` and `LSTM`; and in what has a kernel for it, it computes in
them as well:

MatMul   `MatMulInteger`, its input rounded to 8 bits on the way, by one scale
         for the whole batch: what a row gives depends on its neighbours too,
         by a little
LSTM     `DynamicQuantizeLSTM` of ONNX Runtime (domain com.microsoft)
Gemm     the same where it reads its matrix transposed, a table that is looked
         up too: that stays one matrix, with a scale for each row
Gather   rows are looked up in 8 bits, and only those become float32
GRU      stored in 8 bits, computed in float32: there is no kernel; so, too,
         what a `Scan` or a `Loop` multiplies its state with, and an `LSTM`
         one of whose features is padding, which no rounding must touch

What is only stored becomes float32 when ONNX Runtime opens the file: it folds
a `Cast` and a `Mul` of constants, where it would run a `DequantizeLinear` at
every call. All of float16 is stored only: on a processor ONNX Runtime has no
kernels for it, and its own conversion to float16 was no faster.
"""

from typing import TYPE_CHECKING

import numpy as np

from export.onnx.exact import gate_column, large
from export.onnx.graph import Graph
from export.onnx.inner_graphs import bodies, graphs

if TYPE_CHECKING:
    from onnx import ModelProto

# Where the products of two neighbours with inputs of 8 bits are added up in
# 16, as on processors older than VNNI, 8 bits could overflow and 7 cannot; so
# the scores that were measured hold there too.
_STORED, _COMPUTED = 127, 63
_FLOAT = 1
# Where an operator has its matrices, and the axes of them that have scales of
# their own: all but the one that is summed over.
_PLACES = {
    "Gather": {0: (0,)},
    "MatMul": {1: (1,)},
    "Gemm": {1: (1,)},
    "GRU": {1: (0, 1), 2: (0, 1)},
    "LSTM": {1: (0, 1), 2: (0, 1)},
}


def smaller(model: "ModelProto", weights: str) -> tuple:
    """The same model with smaller matrices.

    Args:
        model: an `onnx.ModelProto`; it is not changed.
        weights: one of `export.WEIGHTS`.

    Returns:
        An `onnx.ModelProto`; the operators that compute in fewer bits; and
        those that are only stored so.
    """
    import onnx
    from onnx import helper

    result = onnx.ModelProto()
    result.CopyFrom(model)
    writer = _Writer(weights)
    writer.rewrite(result.graph)
    used = {
        name
        for graph in graphs(result.graph)
        for node in graph.node
        for name in node.input
    }
    for graph in graphs(result.graph):
        kept = [one for one in graph.initializer if one.name in used]
        del graph.initializer[:]
        graph.initializer.extend(kept)
    if "LSTM" in writer.computed:
        result.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return result, sorted(writer.computed), sorted(writer.stored)


def scaled(matrix: np.ndarray, axes: tuple, largest: int) -> tuple:
    """A matrix as int8 and the scales to multiply it with.

    Args:
        matrix: float32.
        axes: those along which each place has a scale of its own.
        largest: what the largest number becomes.

    Returns:
        int8 of the same shape; float32 scales, of length 1 along other axes.
    """
    others = tuple(axis for axis in range(matrix.ndim) if axis not in axes)
    scales = np.abs(matrix).max(axis=others, keepdims=True) / largest
    scales = np.where(scales == 0, 1, scales).astype("float32")
    return np.rint(matrix / scales).astype("int8"), scales


class _Writer:
    """Rewrites the nodes of one model that read a large matrix.

    What a matrix becomes stays in its own graph: a body of a loop is slower
    with constants from outside it.
    """

    def __init__(self, weights):
        self.int8 = weights == "int8"
        # By name, a matrix and the `Graph` of what takes its place.
        self.matrices, self.fronts, self.decoded = {}, {}, {}
        self.inner = Graph("smaller/")
        self.computed, self.stored = set(), set()
        # Names of tables that score tokens too.
        self.tied: set[str] = set()

    def rewrite(self, graph):
        self.tied.update(
            node.input[1]
            for inside in graphs(graph)
            for node in inside.node
            if _reads_transposed(node)
        )
        front = Graph(f"weights_{len(self.fronts)}/")
        found = large(graph)
        self.matrices.update(found)
        self.fronts.update(dict.fromkeys(found, front))
        nodes = []
        for node in graph.node:
            for body in bodies(node):
                self.rewrite(body)
            begin = len(self.inner.nodes)
            if self._write(node):
                new = self.inner.nodes[begin:]
                # Whoever reads the result knows it by its old name.
                del new[-1].output[:]
                new[-1].output.extend(node.output)
                nodes += new
            else:
                nodes.append(node)
        del graph.node[:]
        graph.node.extend([*front.nodes, *nodes])
        graph.initializer.extend(front.initializers())

    def _write(self, node) -> bool:
        """Whether nodes were added to `inner` that take the place of `node`."""
        places = {
            place: axes
            for place, axes in _places(node).items()
            if place < len(node.input) and node.input[place] in self.matrices
        }
        if not places:
            return False
        attributes = {one.name: one for one in node.attribute}
        if node.op_type == "Gather":
            if "axis" in attributes and attributes["axis"].i != 0:
                return False
            return self._rows(node)
        name = node.input[1]
        if self.int8 and node.op_type == "MatMul":
            if self.matrices[name].ndim == 2:
                return self._product(node)
            return False
        if self.int8 and _reads_transposed(node):
            return self._scores(node)
        both = node.op_type == "LSTM" and len(places) == 2
        if self.int8 and both and gate_column(self.matrices[name]) is None:
            return self._lstm(node)
        self.stored.add(node.op_type)
        for place, axes in places.items():
            node.input[place] = self._float32(node.input[place], axes)
        return False

    def _float32(self, name, axes):
        """Name of a stored matrix as float32, which is made once."""
        if name not in self.decoded:
            self.decoded[name] = self._decoded(name, axes)
        return self.decoded[name]

    def _decoded(self, name, axes):
        front, matrix = self.fronts[name], self.matrices[name]
        if not self.int8:
            half = front.constant(_half(matrix))
            return front.add("Cast", half, to=_FLOAT)
        gates = gate_column(matrix)
        if gates is not None:
            matrix = matrix[..., :-1]
        whole, scales = scaled(matrix, axes, _STORED)
        whole = front.add("Cast", front.constant(whole), to=_FLOAT)
        whole = front.add("Mul", whole, front.constant(scales))
        if gates is not None:
            whole = front.add("Concat", whole, front.constant(gates), axis=-1)
        return whole

    def _rows(self, node):
        self.stored.add("Gather")
        name, ids = node.input
        table, constant = self.matrices[name], self.fronts[name].constant
        inner = self.inner
        if not self.int8 and name in self.tied:
            # It is there as float32. Of a matrix that a loop reads in both
            # forms, ONNX Runtime warns whenever it opens the file.
            node.input[0] = self._float32(name, (0,))
            return False
        if not self.int8:
            rows = inner.add("Gather", constant(_half(table)), ids)
            inner.add("Cast", rows, to=_FLOAT)
            return True
        largest = _COMPUTED if name in self.tied else _STORED
        whole, scales = scaled(table, (0,), largest)
        rows = inner.add("Gather", constant(whole), ids)
        rows = inner.add("Cast", rows, to=_FLOAT)
        inner.add("Mul", rows, inner.add("Gather", constant(scales), ids))
        return True

    def _product(self, node):
        self.computed.add("MatMul")
        x, name = node.input
        constant = self.fronts[name].constant
        whole, scales = scaled(self.matrices[name], (1,), _COMPUTED)
        self._times(x, constant(whole), constant(scales[0]))
        return True

    def _times(self, x, whole, scales) -> str:
        """Adds the product of values with an int8 matrix of these scales."""
        inner = self.inner
        x, scale, zero = inner.add("DynamicQuantizeLinear", x, outputs=3)
        y = inner.add("MatMulInteger", x, whole, zero)
        y = inner.add("Cast", y, to=_FLOAT)
        return inner.add("Mul", y, inner.add("Mul", scales, scale))

    def _scores(self, node):
        self.computed.add("Gemm")
        x, name, bias = node.input
        front = self.fronts[name]
        whole, scales = scaled(self.matrices[name], (0,), _COMPUTED)
        if name not in self.decoded:
            # Done when the file is opened.
            self.decoded[name] = front.add(
                "Transpose", front.constant(whole), perm=[1, 0]
            )
        scales = front.constant(scales[:, 0])
        y = self._times(x, self.decoded[name], scales)
        self.inner.add("Add", y, bias)
        return True

    def _lstm(self, node):
        from onnx import helper

        self.computed.add("LSTM")
        inputs = [*node.input, *[""] * (8 - len(node.input))]
        scales = []
        for place in (1, 2):
            name = inputs[place]
            constant = self.fronts[name].constant
            # Its operator has them the other way round.
            matrix = self.matrices[name].transpose(0, 2, 1)
            whole, scale = scaled(matrix, (0, 2), _COMPUTED)
            inputs[place] = constant(whole)
            scale = scale[:, 0]
            scales += [constant(scale), constant(np.zeros_like(scale, "int8"))]
        new = helper.make_node(
            "DynamicQuantizeLSTM",
            [*inputs, *scales],
            node.output,
            domain="com.microsoft",
        )
        new.attribute.extend(node.attribute)
        self.inner.nodes.append(new)
        return True


def _reads_transposed(node) -> bool:
    """Whether this is a `Gemm` with a bias, of a matrix and its transpose."""
    return (
        node.op_type == "Gemm"
        and len(node.input) == 3
        and [(one.name, one.i) for one in node.attribute] == [("transB", 1)]
    )


def _places(node):
    if node.op_type == "Loop":
        # As tf2onnx makes it, it carries matrices along that do not change.
        return dict.fromkeys(range(2, len(node.input)), (1,))
    return _PLACES.get(node.op_type, {})


def _half(matrix):
    # What is too large becomes infinite, which the comparison then finds.
    with np.errstate(over="ignore"):
        return matrix.astype("float16")
