"""No rows, no steps, negative ids, states of other rows."""

import numpy as np
import onnx
import onnxruntime
import pytest
from empty_inputs import EMPTY, answers
from onnxruntime.capi import onnxruntime_pybind11_state as state
from tiers import fast_are

from export.onnx import convert, edges
from export.runtimes import onnx_runtime
from zoo import cells, models
from zoo.backend.compile import logits_function


def built(builder, **arguments):
    sizes = {"vocabulary_size": 9, "embedding_size": 4, "units": 5}
    return models.build(builder, {**sizes, **arguments})


def saved(model, path):
    onnx.save(convert.native(model), path)
    return path


@pytest.mark.parametrize(
    "cell", fast_are(lambda cell: cell == "gru", cells.names())
)
def test_no_rows_and_no_steps(cell, tmp_path):
    classifier = built("classifier", classes=2, cell=cell, ngrams=2)
    language_model = built("language_model", cell=cell)
    found = answers(
        saved(classifier, tmp_path / "classifier.onnx"),
        saved(language_model, tmp_path / "language_model.onnx"),
    )
    empty = logits_function(classifier)(np.zeros((3, 1), "int32"))
    for (logits,), expected in zip(
        found,
        [
            np.zeros((0, 2)),
            empty,
            np.zeros((0, 2)),
            *(np.zeros((*shape, 9)) for shape in EMPTY),
        ],
        strict=True,
    ):
        # Of JSON, what has no rows has lost its other axes.
        logits = np.reshape(logits, expected.shape)
        np.testing.assert_allclose(logits, expected, atol=1e-5)


@pytest.mark.parametrize("builder", ["classifier", "language_model"])
def test_negative_ids_are_refused(builder, tmp_path):
    classes = {"classes": 2} if builder == "classifier" else {}
    model = built(builder, **classes)
    call = onnx_runtime.from_ids(saved(model, tmp_path / "model.onnx"))
    for ids in ([[-1]], [[3, 4], [2, -8]], [[9]]):
        with pytest.raises(convert.ConversionError, match="out of data bounds"):
            call(np.array(ids, "int32"))


@pytest.mark.thorough
@pytest.mark.parametrize("builder", ["classifier", "language_model"])
def test_what_tf2onnx_writes_has_the_same_edges(builder, tmp_path):
    pytest.importorskip("tf2onnx")
    masked = builder == "classifier"
    model = built(builder, cell="mingru", **({"classes": 2} if masked else {}))
    proto = convert.converted(model)
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, tmp_path / "model.onnx")
    call = onnx_runtime.from_ids(tmp_path / "model.onnx")
    expected = logits_function(model)
    for ids in (np.array([[3, 4, 5]]), np.array([[0, 3], [4, 0]])):
        ids = ids.astype("int32")
        np.testing.assert_allclose(call(ids), expected(ids), atol=1e-5)
    shapes = [call(np.zeros(one, "int32")).shape for one in EMPTY]
    if masked:
        assert shapes == [(rows, 2) for rows, _ in EMPTY]
    else:
        assert shapes == [(*one, 9) for one in EMPTY]
    gaps = [[[3, 0, 4]]] if masked else []
    for ids in ([[-1]], [[3, 4], [2, -8]], [[9]], *gaps):
        with pytest.raises(convert.ConversionError):
            call(np.array(ids, "int32"))


def step():
    """A step as tf2onnx writes one: ids, a state, and a memory with time."""
    value, float32 = onnx.helper.make_tensor_value_info, 1
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("Gather", ["table", "ids"], ["x"]),
            onnx.helper.make_node("Squeeze", ["x", "one"], ["row"]),
            onnx.helper.make_node("Add", ["row", "state"], ["sum"]),
            onnx.helper.make_node("ReduceSum", ["memory", "one"], ["read"]),
            onnx.helper.make_node("Squeeze", ["read", "one"], ["flat"]),
            onnx.helper.make_node("Add", ["sum", "flat"], ["logits"]),
        ],
        "step",
        [
            value("ids", 6, ["batch", 1]),
            value("state", float32, ["batch", 4]),
            value("memory", float32, ["batch", "time", 4]),
        ],
        [value("logits", float32, ["batch", 4])],
        [
            onnx.numpy_helper.from_array(np.eye(4, dtype="float32"), "table"),
            onnx.numpy_helper.from_array(np.array([1]), "one"),
        ],
    )
    return onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=8
    )


def test_a_step_checks_its_rows():
    axes = {
        "ids": ["batch", 1],
        "state": ["batch", 4],
        "memory": ["batch", "time", 4],
    }
    checked = edges.checked_step(step(), "ids", axes)
    onnx.checker.check_model(checked, full_check=True)
    session = onnxruntime.InferenceSession(checked.SerializeToString())

    def call(ids, states, memories, time=3):
        inputs = {
            "ids": np.array(ids, "int32").reshape(-1, 1),
            "state": np.ones((states, 4), "float32"),
            "memory": np.ones((memories, time, 4), "float32"),
        }
        return session.run(None, inputs)[0]

    np.testing.assert_array_equal(call([1, 2], 2, 2), np.eye(4)[[1, 2]] + 4)
    assert call([], 0, 0).shape == (0, 4)
    assert call([1], 1, 1, time=0).shape == (1, 4)
    refusals = (state.Fail, state.InvalidArgument, state.RuntimeException)
    for wrong in ([[1, 2], 1, 2], [[1, 2], 2, 1], [[1], 2, 2], [[-1], 1, 1]):
        with pytest.raises(refusals):
            call(*wrong)
