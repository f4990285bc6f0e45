"""Padding before a text, behind it and within it, against the Keras model."""

import numpy as np
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator
from onnxruntime.capi import onnxruntime_pybind11_state as state
from tiers import fast_are

from export.onnx import convert
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
