"""Small ONNX files, and the answers that they must give."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
TABLE = np.arange(12, dtype="float32").reshape(6, 2)


def model(nodes, inputs, outputs, constants=(), domains=()):
    """An `onnx.ModelProto`.

    Args:
        nodes: `onnx.NodeProto`s.
        inputs: by name, (element type, axes).
        outputs: likewise.
        constants: by name, arrays.
        domains: of operators beyond ONNX.
    """
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(n, *a) for n, a in inputs.items()],
        [helper.make_tensor_value_info(n, *a) for n, a in outputs.items()],
        [numpy_helper.from_array(a, n) for n, a in dict(constants).items()],
    )
    opsets = [helper.make_opsetid("", OPSET)]
    opsets += [helper.make_opsetid(domain, 1) for domain in domains]
    version = helper.find_min_ir_version_for([opsets[0]])
    return helper.make_model(graph, opset_imports=opsets, ir_version=version)


def step():
    """Rows of a table by their ids, plus a state; and the state, doubled."""
    return model(
        [
            helper.make_node("Gather", ["table", "token_ids"], ["rows"]),
            helper.make_node("Add", ["rows", "state_0"], ["logits"]),
            helper.make_node("Add", ["state_0", "state_0"], ["next_state_0"]),
        ],
        {
            "token_ids": (TensorProto.INT32, ["batch"]),
            "state_0": (TensorProto.FLOAT, ["batch", 2]),
        },
        {
            "logits": (TensorProto.FLOAT, ["batch", 2]),
            "next_state_0": (TensorProto.FLOAT, ["batch", 2]),
        },
        {"table": TABLE},
    )


def unknown_operator():
    """A file with an operator that no runtime has."""
    node = helper.make_node("Nowhere", ["x"], ["y"], domain="nowhere")
    shape = (TensorProto.FLOAT, ["batch"])
    return model([node], {"x": shape}, {"y": shape}, domains=["nowhere"])


def never_fits():
    """A file that opens, and fails when it runs: 2 columns have no 3."""
    return model(
        [helper.make_node("Reshape", ["x", "shape"], ["y"])],
        {"x": (TensorProto.FLOAT, ["batch", 2])},
        {"y": (TensorProto.FLOAT, ["rows", "columns"])},
        {"shape": np.array([7, 3])},
    )
