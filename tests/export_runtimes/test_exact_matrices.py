"""Matrices of 8 bits are the same numbers in every runtime."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from export.onnx import exact
from export.runtimes import registry
from zoo.pretrained import weights as files


def on_a_grid(rows, columns, axis):
    """A matrix with a scale for each place of one axis."""
    random = np.random.default_rng(5)
    whole = random.integers(-126, 127, (rows, columns)).astype("int8")
    whole[0, :] = whole[:, 0] = 127
    shape = (rows, 1) if axis == 0 else (1, columns)
    scales = random.uniform(0.001, 0.01, shape).astype("float32")
    ((_, matrix),) = files.read({"w": whole, "w:scale": scales})
    return matrix


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_a_product(tmp_path, runtime, axis):
    """OpenVINO takes scales of the summed axis for those of the other one."""
    pytest.importorskip(registry.get(runtime).package)
    matrix = on_a_grid(48, 64, axis)

    def value(name, columns):
        shape = ["batch", columns]
        return helper.make_tensor_value_info(name, 1, shape)

    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"], "product")],
        "product",
        [value("x", 48)],
        [value("y", 64)],
        [numpy_helper.from_array(matrix, "w")],
    )
    opsets = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    stored = exact.stored_exactly(model)
    assert {one.data_type for one in stored.graph.initializer} & {3}
    onnx.save(stored, tmp_path / "stored.onnx")
    x = np.random.default_rng(6).normal(size=(3, 48)).astype("float32")
    outputs = registry.get(runtime).open(tmp_path / "stored.onnx")({"x": x})
    np.testing.assert_allclose(outputs["y"], x @ matrix, atol=1e-5)
