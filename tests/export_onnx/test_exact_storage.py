"""Matrices that lie on a grid of whole numbers, stored without any loss."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper
from random_models import random_classifier
from tiers import fast_are

from export.onnx import convert, exact, grid
from zoo.pretrained import weights as files


def read_again(matrix):
    """A matrix, as it comes out of a pretrained folder in int8."""
    arrays = {"w": None, "w:scale": None}
    arrays["w"], arrays["w:scale"] = files._to_int8("w", matrix)
    ((_, result),) = files.read(arrays)
    return result


def gaussian(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def given_back(stored):
    numbers = stored.whole.astype("float32")
    return numbers if stored.scales is None else numbers * stored.scales


def same_bits(first, second):
    assert first.dtype == second.dtype == "float32"
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("steep", [False, True])
@pytest.mark.parametrize(
    "turned",
    [
        lambda w: w,
        lambda w: w.T,
        lambda w: -w.T[None],
        lambda w: np.stack([w.T[::-1], w.T]),
        # A part of a matrix, without the largest number of its rows.
        lambda w: w[:, :20],
        lambda w: w[:, 20:].T,
    ],
)
def test_the_grid_of_a_pretrained_file_is_found(turned, steep):
    """Whatever the exporter makes of what it reads, and whichever the axis."""
    matrix = gaussian(40, 60)
    matrix *= np.exp(gaussian(*(40, 1) if steep else (1, 60), seed=4) * 3)
    matrix[7] = matrix[:, 9] = 0
    read = np.ascontiguousarray(turned(read_again(matrix)))
    stored = grid.stored(read)
    assert stored.whole.dtype == "int8"
    assert stored.scales.size < read.size / 10
    same_bits(given_back(stored), read)


def test_every_scale_is_found():
    """Over all sizes of float32, and all numbers that can be the largest."""
    random = np.random.default_rng(5)
    for largest in (1, 2, 3, 31, 64, 97, 126, 127):
        whole = random.integers(-largest, largest + 1, (30, 16))
        whole[:, 3] = largest
        scales = np.exp(random.uniform(-70, 70, (30, 1))).astype("float32")
        read = whole.astype("float32") * scales
        stored = grid.stored(read)
        assert stored.whole.dtype == "int8"
        same_bits(given_back(stored), read)


def test_what_is_no_grid():
    matrix = read_again(gaussian(40, 60))
    matrix[31, 17] = np.nextafter(matrix[31, 17], np.float32(9))
    assert grid.stored(matrix) is None
    assert grid.stored(gaussian(40, 60)) is None
    for value in (np.nan, np.inf):
        matrix[31, 17] = value
        assert getattr(grid.stored(matrix), "scales", None) is None


def test_numbers_of_16_bits():
    half = gaussian(40, 60).astype("float16").astype("float32")
    stored = grid.stored(half, "float16")
    assert (stored.whole.dtype, stored.scales) == ("float16", None)
    same_bits(given_back(stored), half)
    # Who asks for 8 bits gets 16 where a file of 8 bits has them too.
    assert grid.stored(half) is None
    assert grid.stored(np.stack([half, half])) is None
    few = np.ascontiguousarray(half[:, :15])
    assert grid.stored(few).whole.dtype == "float16"
    assert grid.stored(few[None]).whole.dtype == "float16"
    # Of 8 bits, they need not be numbers of 16.
    assert grid.stored(read_again(gaussian(40, 60)), "float16") is None


def test_zeros_keep_their_signs():
    matrix = read_again(gaussian(40, 60)).T
    matrix[:, 5] = 0.0
    negative = -np.ascontiguousarray(matrix)
    assert np.signbit(negative[:, 5]).all()
    same_bits(given_back(grid.stored(negative)), negative)


def on_a_grid(model):
    """A model with weights as they are read from a pretrained file."""
    for weight in model.model.weights:
        value = np.asarray(weight)
        if value.ndim == 2:
            weight.assign(read_again(value))
        else:
            weight.assign(value.astype("float16"))
    return model


def large_model(**arguments):
    return random_classifier(units=40, embedding_size=32, **arguments)


def logits(proto, ids):
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"token_ids": ids})[0]


@pytest.mark.parametrize(
    "cell, operator",
    fast_are(
        lambda pair: pair[0] == "gru",
        [("gru", "GRU"), ("lstm", "LSTM"), ("mingru", "MatMul")],
    ),
)
def test_a_file_that_computes_the_same(cell, operator):
    model = on_a_grid(large_model(cell=cell, layers=2))
    proto = convert.native(model.model)
    before = proto.SerializeToString()
    smaller, stored, left, kinds = exact.exactly(proto, "int8")
    assert proto.SerializeToString() == before
    onnx.checker.check_model(smaller, full_check=True)
    assert operator in stored
    assert not left
    assert kinds == {"int8"}
    assert len(smaller.SerializeToString()) < 0.4 * len(before)
    names = [node.output[0] for node in smaller.graph.node]
    assert len(set(names)) == len(names)
    ids = np.array([[3, 4, 5, 6, 7, 0, 0], [4, 4, 0, 0, 0, 0, 0]], "int32")
    same_bits(logits(smaller, ids), logits(proto, ids))


def test_other_weights_stay():
    proto = convert.native(large_model(cell="gru").model)
    smaller, stored, left, kinds = exact.exactly(proto, "int8")
    assert not stored and not kinds
    assert left == {"GRU"}
    assert smaller.SerializeToString() == proto.SerializeToString()


def one_node(node, matrix, inputs, output):
    """A file of one node that reads a matrix `w`, which a loop could read."""
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info(*value) for value in inputs],
        [helper.make_tensor_value_info("y", *output)],
        [numpy_helper.from_array(matrix, "w")],
    )
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def test_a_feature_of_its_own_beside_a_grid():
    """A column of weights of 60 does not spoil the scales of the rows."""
    kernel = read_again(gaussian(24, 96)).T
    gate = np.zeros((96, 1), "float32")
    gate[:32] = 60
    matrix = np.concatenate([kernel, gate], axis=1)[None]
    node = helper.make_node("Identity", ["w"], ["y"], name="itself")
    proto = one_node(node, matrix, [], (1, matrix.shape))
    smaller = exact.stored_exactly(proto)
    onnx.checker.check_model(smaller, full_check=True)
    kinds = [tensor.data_type for tensor in smaller.graph.initializer]
    assert onnx.TensorProto.INT8 in kinds
    (found,) = onnxruntime.InferenceSession(
        smaller.SerializeToString(), providers=["CPUExecutionProvider"]
    ).run(None, {})
    same_bits(found, matrix)


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_rows_and_columns_of_a_table(axis):
    """What is looked up along another axis than the rows is decoded whole."""
    table = read_again(gaussian(40, 32))
    more = {} if axis is None else {"axis": axis}
    node = helper.make_node("Gather", ["w", "ids"], ["y"], **more)
    shape = (40, 3) if axis else (3, 32)
    proto = one_node(node, table, [("ids", 7, (3,))], (1, shape))
    smaller = exact.stored_exactly(proto)
    onnx.checker.check_model(smaller, full_check=True)
    operators = [node.op_type for node in smaller.graph.node]
    assert operators[-1 if axis else 0] == "Gather"
    ids = np.array([5, 0, 31])
    (found,) = onnxruntime.InferenceSession(
        smaller.SerializeToString(), providers=["CPUExecutionProvider"]
    ).run(None, {"ids": ids})
    same_bits(found, np.take(table, ids, axis=axis or 0))
