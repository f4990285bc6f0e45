"""Names, versions, fixed shapes, no leftovers and always the same bytes."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper
from tiers import fast_are

from export import verify
from export.onnx import convert, ngrams
from export.onnx.graph import Graph
from export.onnx.inner_graphs import graphs
from export.onnx.values import Value
from zoo import cells, models
from zoo.backend.compile import logits_function
from zoo.layers import WithNgrams

OPSETS = range(17, onnx.defs.onnx_opset_version() + 1)
# Whole numbers up to this are exact in float32.
EXACT = 2**24


def built(builder="classifier", **arguments):
    sizes = {"vocabulary_size": 9, "embedding_size": 4, "units": 5}
    if builder == "classifier":
        sizes |= {"classes": 2}
    model = models.build(builder, {**sizes, **arguments})
    random = np.random.default_rng(4)
    model.set_weights(
        [random.normal(0, 0.7, w.shape) for w in model.get_weights()]
    )
    return model


def assert_plain(proto):
    onnx.checker.check_model(proto, full_check=True)
    inside = list(graphs(proto.graph))
    names = [node.name for graph in inside for node in graph.node]
    assert all(names)
    assert len(set(names)) == len(names)
    read = {
        name for graph in inside for node in graph.node for name in node.input
    }
    for graph in inside:
        assert read.issuperset(tensor.name for tensor in graph.initializer)
        for node in graph.node:
            attributes = {one.name for one in node.attribute}
            if node.op_type == "ConstantOfShape":
                assert "value" in attributes
            if node.op_type == "Scan":
                # Others than ONNX Runtime know one direction alone.
                assert "scan_input_directions" not in attributes
            if node.op_type in ("GRU", "LSTM"):
                assert not any(node.input[4:5])
    return proto


@pytest.mark.parametrize(
    "cell", fast_are(lambda cell: cell in ("lstm", "mingru"), cells.names())
)
def test_nothing_is_left_over(cell):
    assert_plain(convert.native(built(cell=cell, layers=2, ngrams=3)))
    assert_plain(convert.native(built("language_model", cell=cell)))


@pytest.mark.thorough
def test_nothing_is_left_over_by_tf2onnx(tmp_path):
    pytest.importorskip("tf2onnx")
    model = built(cell="elman")
    first = assert_plain(convert.converted(model))
    again = convert.converted(model)
    assert first.SerializeToString() == again.SerializeToString()
    session = onnxruntime.InferenceSession(first.SerializeToString())
    for ids in verify.example_ids(9):
        np.testing.assert_allclose(
            session.run(None, {"token_ids": ids})[0],
            logits_function(model)(ids),
            rtol=0,
            atol=verify.ONNX_TOLERANCE,
        )


@pytest.fixture(scope="module")
def with_two_ways():
    """`Split` and `ReduceMax` are written in two ways."""
    return built(cell="minlstm", pooling="max", ngrams=2)


@pytest.mark.parametrize(
    "opset",
    fast_are(lambda opset: opset in (OPSETS[0], OPSETS[-1]), OPSETS),
)
def test_versions_of_the_operators(opset, with_two_ways):
    model = with_two_ways
    proto = assert_plain(convert.native(model, opset))
    assert [one.version for one in proto.opset_import] == [opset]
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    ids = verify.example_ids(9)[3]
    np.testing.assert_allclose(
        session.run(None, {"token_ids": ids})[0],
        logits_function(model)(ids),
        rtol=0,
        atol=verify.ONNX_TOLERANCE,
    )


@pytest.mark.parametrize("builder", ["classifier", "language_model"])
def test_fixed_shapes(builder):
    model = built(builder, cell="gru")
    proto = convert.native(model, batch_size=2, length=7)
    # Nothing depends on a size that is not known before.
    assert "Shape" not in [node.op_type for node in proto.graph.node]
    for value in (*proto.graph.input, *proto.graph.output):
        sizes = [axis.dim_value for axis in value.type.tensor_type.shape.dim]
        assert sizes[0] == 2 and all(sizes)
    # What stands between them follows from these.
    known = {value.name for value in proto.graph.value_info}
    made = {name for node in proto.graph.node for name in node.output}
    assert made - known <= {"logits"}
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    ids = verify.example_ids(9)[2]
    np.testing.assert_allclose(
        session.run(None, {"token_ids": ids})[0],
        logits_function(model)(ids),
        rtol=0,
        atol=verify.ONNX_TOLERANCE,
    )
    half = convert.native(model, length=7)
    (given,) = half.graph.input
    first, second = given.type.tensor_type.shape.dim
    assert (first.dim_param, second.dim_value) == ("batch", 7)


HASH = """
import hashlib, keras
from export.onnx import convert
from zoo import models
keras.utils.set_random_seed(1)
sizes = {"vocabulary_size": 9, "embedding_size": 4, "units": 5, "classes": 2}
model = models.build("classifier", {**sizes, "cell": "qrnn", "ngrams": 2})
found = convert.native(model).SerializeToString()
print(hashlib.sha256(found).hexdigest())
"""


@pytest.mark.process
def test_the_same_bytes_in_every_process():
    def digest(seed):
        done = subprocess.run(
            [sys.executable, "-c", HASH],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    assert digest("1") == digest("2")


def test_the_same_bytes_twice():
    model = built(cell="mingru", layers=2)
    first, second = (
        hashlib.sha256(convert.native(model).SerializeToString()).hexdigest()
        for _ in range(2)
    )
    assert first == second


def test_hashes_stay_exact_in_float32():
    """Of the largest ids and the largest table that a layer takes."""
    size, slots = 100_001, 2**20
    layer = WithNgrams(3, slots)
    layer.build((None, 2), (None, None))
    graph = Graph()
    ids = Value("ids", size=size)
    graph.rename(ngrams.add(graph, layer, "logits", ids), "found")
    proto = graph.model(
        [("ids", (6, ["time", "batch"])), ("logits", (1, ["batch", 2]))],
        [("found", (1, ["batch", 2]))],
    )
    tables = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in proto.graph.initializer
    }
    largest = {
        node.output[0]: int(tables[node.input[0]].max())
        for node in proto.graph.node
        if node.op_type == "Gather" and len(tables[node.input[0]]) == size
    }
    for node in proto.graph.node:
        if node.op_type == "Add" and set(node.input) <= largest.keys():
            total = sum(largest[name] for name in node.input)
            largest[node.output[0]] = total
    sums = [node for node in proto.graph.node if node.op_type == "Mod"]
    # Of two and of three tokens, a slot and a mark.
    assert len(sums) == 4
    for node in sums:
        assert largest[node.input[0]] < EXACT
