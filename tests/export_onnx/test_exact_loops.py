"""Matrices inside the body of a loop, stored without any loss."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper
from step_models import translator_forms

from export.onnx import exact, greedy_loop, translator
from export.onnx.inner_graphs import graphs
from zoo.decoding.translator_step import logit_bias


def on_a_grid(shape, seed):
    random = np.random.default_rng(seed)
    scales = random.uniform(0.001, 0.01, (shape[0], 1)).astype("float32")
    whole = random.integers(-126, 127, shape)
    whole[:, 0] = 127
    return whole.astype("float32") * scales


def large_floats(proto):
    return [
        tensor.name
        for graph in graphs(proto.graph)
        for tensor in graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT
        and np.prod(tensor.dims) >= exact.SMALLEST
    ]


def run(proto, **inputs):
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, inputs)[0]


def looped(outer, inner):
    """Three times `x * inner` in a loop, and then `x * outer`."""
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [
            helper.make_node("MatMul", ["h", "inner"], ["next"], "in"),
            helper.make_node("Identity", ["go"], ["on"], "going_on"),
        ],
        "step",
        [value("t", 7, []), value("go", 9, []), value("h", 1, None)],
        [value("on", 9, []), value("next", 1, None)],
        [numpy_helper.from_array(inner, "inner")],
    )
    graph = helper.make_graph(
        [
            helper.make_node("Loop", ["3", "", "x"], ["last"], "l", body=body),
            helper.make_node("MatMul", ["last", "outer"], ["y"], "out"),
        ],
        "whole",
        [value("x", 1, ["rows", 40])],
        [value("y", 1, ["rows", 40])],
        [
            numpy_helper.from_array(outer, "outer"),
            numpy_helper.from_array(np.array(3), "3"),
        ],
    )
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def test_a_matrix_inside_a_loop():
    outer, inner = on_a_grid((40, 40), 1), on_a_grid((40, 40), 2)
    proto = looped(outer, inner)
    smaller, stored, left, kinds = exact.exactly(proto, "int8")
    onnx.checker.check_model(smaller, full_check=True)
    assert (stored, left, kinds) == ({"MatMul"}, set(), {"int8"})
    assert not large_floats(smaller)
    x = np.random.default_rng(3).normal(size=(2, 40)).astype("float32")
    np.testing.assert_array_equal(run(smaller, x=x), run(proto, x=x))


@pytest.mark.thorough
def test_a_translator_with_its_loop():
    model, encoder, step, axes = translator_forms(units=32)
    for weight in model.weights:
        weight.assign(np.asarray(weight).astype("float16"))
    read = translator.encoder_model(model, encoder)
    proto = greedy_loop.with_greedy_loop(
        read, translator.step_proto(step, axes), logit_bias(step, unknown=False)
    )
    assert len(large_floats(proto)) > 3
    smaller, _, left, kinds = exact.exactly(proto, "float16")
    onnx.checker.check_model(smaller, full_check=True)
    assert (left, kinds) == (set(), {"float16"})
    assert not large_floats(smaller)
    ids = np.array([[3, 4, 5, 0], [7, 8, 9, 10]], "int32")
    np.testing.assert_array_equal(
        run(smaller, source_ids=ids), run(proto, source_ids=ids)
    )
