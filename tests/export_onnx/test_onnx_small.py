"""Matrices in fewer bits, in every form that a layer has in ONNX."""

import numpy as np
import onnx
import onnxruntime
import pytest
from random_models import SHAPES
from tiers import fast_are

from export import WEIGHTS
from export.onnx import convert, exact, quantize
from export.onnx.graph import Graph
from export.onnx.inner_graphs import graphs
from zoo import cells
from zoo.models import classifier

# Operators that compute in 8 bits, by cell; the others are stored so.
COMPUTED = {
    "elman": ["MatMul"],
    "gated": [],
    "gru": [],
    # Of a classifier, whose LSTM has padding among its features.
    "lstm": [],
    **dict.fromkeys(["mingru", "minlstm", "sru", "qrnn", "rglru"], ["MatMul"]),
}


def model_of(cell, **arguments):
    """A model whose matrices are large enough to be worth it."""
    sizes = {"units": 40, "embedding_size": 32}
    model = classifier(40, 2, cell=cell, **sizes, **arguments)
    random = np.random.default_rng(8)
    for weight in model.weights:
        # Not so large that a state goes where the least difference decides.
        weight.assign(random.normal(0, 0.15, weight.shape))
    return model


def session(proto):
    opened = onnxruntime.InferenceSession(proto.SerializeToString())
    return lambda ids: opened.run(None, {"token_ids": ids})[0]


def matrices(proto):
    """Those that are large enough, biases left out."""
    return [
        tensor
        for graph in graphs(proto.graph)
        for tensor in graph.initializer
        if np.prod(tensor.dims) >= exact.SMALLEST
        and tensor.dims[-2:-1]
        and tensor.dims[-2] > 2
    ]


def assert_near(whole, proto, weights):
    expected, run = session(whole), session(proto)
    random = np.random.default_rng(3)
    for batch, time in SHAPES:
        ids = random.integers(1, 40, (batch, time))
        ids[0, time - 1 :] = 0
        ids = ids.astype("int32")
        logits = expected(ids)
        near = {"int8": 0.1, "float16": 0.005}[weights]
        near *= np.abs(logits).max()
        np.testing.assert_allclose(run(ids), logits, rtol=0, atol=near)
        # They are really others.
        assert np.abs(run(ids) - logits).max() > 1e-6


@pytest.mark.parametrize(
    "cell", fast_are(lambda cell: cell in ("lstm", "mingru"), cells.names())
)
def test_every_cell(cell):
    whole = convert.native(model_of(cell, layers=2))
    for weights in WEIGHTS:
        proto, computed, stored = quantize.smaller(whole, weights)
        onnx.checker.check_model(proto, full_check=True)
        if cell in COMPUTED or weights != "int8":
            assert computed == (COMPUTED[cell] if weights == "int8" else [])
        domains = {one.domain for one in proto.opset_import}
        assert ("com.microsoft" in domains) == ("LSTM" in computed)
        assert all(one.data_type != 1 for one in matrices(proto))
        assert len(matrices(proto)) == len(matrices(whole)) > 2
        share = {"int8": 0.45, "float16": 0.65}[weights]
        assert proto.ByteSize() < share * whole.ByteSize()
        assert_near(whole, proto, weights)


@pytest.mark.thorough
def test_matrices_within_a_loop():
    """What tf2onnx makes of a cell that has no form of ours."""
    pytest.importorskip("tf2onnx")
    whole = convert.converted(model_of("elman", bidirectional=False))
    assert "Loop" in {node.op_type for node in whole.graph.node}
    for weights in WEIGHTS:
        proto, _, stored = quantize.smaller(whole, weights)
        assert "Loop" in stored
        assert all(one.data_type != 1 for one in matrices(proto))
        assert_near(whole, proto, weights)


def test_scales():
    random = np.random.default_rng(0)
    matrix = random.normal(size=(2, 30, 20)).astype("float32")
    matrix[1, 3] = 0
    whole, scales = quantize.scaled(matrix, (0, 1), 127)
    assert whole.dtype == np.int8 and scales.shape == (2, 30, 1)
    assert np.abs(whole).max() == 127
    error = np.abs(whole * scales - matrix)
    assert (error <= scales / 2 + 1e-7).all()
    assert not whole[1, 3].any()


def test_one_table_in_two_places():
    """Looked up by one node, a factor of another; a small one stays."""
    random = np.random.default_rng(0)
    table = random.normal(size=(64, 32)).astype("float32")
    small = random.normal(size=(32, 4)).astype("float32")
    graph = Graph()
    name = graph.constant(table)
    rows = graph.add("Gather", name, "token_ids")
    y = graph.add("MatMul", graph.add("Transpose", rows, perm=[1, 0]), name)
    graph.rename(graph.add("MatMul", y, graph.constant(small)), "logits")
    # `y` is (32, 32), so its columns are as many as `small` has rows.
    inputs = [("token_ids", (onnx.TensorProto.INT32, [64]))]
    outputs = [("logits", (onnx.TensorProto.FLOAT, [32, 4]))]
    model = graph.model(inputs, outputs, convert.OPSET)
    before = model.SerializeToString()
    ids = random.integers(0, 64, 64).astype("int32")
    expected = table[ids].T @ table @ small
    for weights in WEIGHTS:
        proto, computed, stored = quantize.smaller(model, weights)
        assert (computed == ["MatMul"]) == (weights == "int8")
        assert "Gather" in stored
        large = [t for t in proto.graph.initializer if np.prod(t.dims) >= 1024]
        # Twice, because the two have other scales.
        assert len(large) == (2 if weights == "int8" else 1)
        assert not any(t.data_type == 1 for t in large)
        logits = session(proto)(ids)
        near = 0.03 * np.abs(expected).max()
        np.testing.assert_allclose(logits, expected, rtol=0, atol=near)
    assert model.SerializeToString() == before
