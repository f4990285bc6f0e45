"""Padding before a text, behind it and within it, against the Keras model."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator
from onnxruntime.capi import onnxruntime_pybind11_state as state
from tiers import fast_are

from export.onnx import convert, layers, recurrent
from export.onnx.graph import Graph
from export.onnx.values import Value
from export.runtimes import registry
from export.verify import ONNX_TOLERANCE
from zoo import cells, models
from zoo.backend.compile import logits_function

SIDES = np.array(
    [
        [3, 4, 5, 6, 7, 8],
        [0, 0, 2, 5, 8, 3],
        [4, 1, 0, 0, 0, 0],
        [0, 7, 2, 2, 0, 0],
        [0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0],
    ],
    "int32",
)
GAPS = [[[3, 0, 4]], [[0, 3, 0, 0, 4, 0]], [[1, 2, 3], [1, 0, 3]]]
VARIANTS = [
    (cell, both, pooling)
    for cell in cells.names()
    for both in (False, True)
    for pooling in ("last", "mean_max")
]


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


def opened(proto):
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    return lambda ids: session.run(None, {"token_ids": ids})[0]


@pytest.mark.parametrize(
    ("cell", "both", "pooling"),
    fast_are(
        lambda one: one == ("lstm", True, "last"),
        VARIANTS,
    ),
)
def test_either_side(cell, both, pooling):
    if cells.registration(cell).onnx is None:
        pytest.skip("tf2onnx writes it")
    model = built(
        cell=cell, bidirectional=both, pooling=pooling, layers=2, ngrams=3
    )
    proto = convert.native(model)
    evaluator = ReferenceEvaluator(proto)
    expected = logits_function(model)(SIDES)
    for found in (
        opened(proto)(SIDES),
        # It ignores `sequence_lens`, as OpenVINO does.
        evaluator.run(None, {"token_ids": SIDES})[0],
    ):
        np.testing.assert_allclose(found, expected, rtol=0, atol=ONNX_TOLERANCE)


@pytest.mark.thorough
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("cell", ["gru", "lstm", "gated"])
def test_large_weights(cell, shared, every_runtime, tmp_path):
    """Padding holds the state whatever the gates add up to by themselves."""
    model = built(cell=cell, units=64, layers=2, pooling="last")
    random = np.random.default_rng(6)
    for weight in model.weights:
        if "embedding" not in weight.path:
            weight.assign(random.normal(0, 2, weight.shape))
    graph = Graph()
    embedding, stack = model.layers[1], model.get_layer("recurrent")
    ids = Value(layers.time_first(graph, "token_ids"))
    x = layers.masked_embedding(graph, embedding, ids, shared=shared)
    last = recurrent.stacked(graph, stack, x)
    graph.rename(last.name, "logits")
    proto = graph.model(
        [("token_ids", (6, ["batch", "time"]))],
        [("logits", (1, ["batch", 128]))],
    )
    onnx.save(proto, tmp_path / "model.onnx")
    for runtime in registry.installed(".onnx"):
        run = runtime.open(tmp_path / "model.onnx")
        text = np.array([[3, 4, 5, 6]], "int32")
        alone = run({"token_ids": text})["logits"]
        for before, behind in ((9, 0), (0, 9), (4, 3)):
            padded = np.pad(text, ((0, 0), (before, behind)))
            found = run({"token_ids": padded})["logits"]
            np.testing.assert_allclose(
                found, alone, rtol=0, atol=1e-6, err_msg=runtime.title
            )


def test_a_gap_is_an_error():
    run = opened(convert.native(built(cell="lstm", ngrams=2)))
    for ids in GAPS:
        with pytest.raises(state.InvalidArgument, match="in_the_vocabulary"):
            run(np.array(ids, "int32"))


def test_a_language_model_reads_0():
    model = built("language_model", cell="lstm")
    run, expected = opened(convert.native(model)), logits_function(model)
    for ids in (SIDES, *GAPS):
        ids = np.array(ids, "int32")
        np.testing.assert_allclose(
            run(ids), expected(ids), rtol=0, atol=ONNX_TOLERANCE
        )
