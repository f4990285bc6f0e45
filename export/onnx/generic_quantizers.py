"""Which nodes a quantizer of others must leave out.

`onnxruntime.quantization.quantize_dynamic` rounds each matrix with one scale
for the whole of it. That breaks a table of scores of n-grams, whose few columns
differ by orders of magnitude, and an `LSTM` one of whose features is padding,
with weights far above all others (`export.onnx.cells_fused`). The manifest
names both for each file, for `nodes_to_exclude`. What tf2onnx writes has no
names by which they could be known.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from export.onnx.exact import gate_column
from export.onnx.inner_graphs import graphs
from export.onnx.ngrams import SCORES

if TYPE_CHECKING:
    from onnx import ModelProto

_FLOAT = 1


def excludes(model: "ModelProto") -> list[str]:
    """The names of the nodes of a file that must stay in float32."""
    from onnx import numpy_helper

    names = []
    for graph in graphs(model.graph):
        floats = {
            tensor.name: tensor
            for tensor in graph.initializer
            if tensor.data_type == _FLOAT
        }
        for node in graph.node:
            if SCORES in node.name:
                names.append(node.name)
            if node.op_type == "LSTM" and node.input[1] in floats:
                matrix = numpy_helper.to_array(floats[node.input[1]])
                if gate_column(matrix) is not None:
                    names.append(node.name)
    return names


def of_folder(folder: Path) -> dict[str, list[str]]:
    """Those of each file of an export by its name, for its manifest."""
    import onnx

    return {
        path.name: excludes(onnx.load(path))
        for path in sorted(folder.glob("*.onnx"))
    }
