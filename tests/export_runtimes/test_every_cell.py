"""Every cell in both directions, with padding and without, in each runtime."""

import keras
import numpy as np
import onnx
import pytest
from tiers import fast_are

from export import verify
from export.onnx import convert
from export.request import Request
from export.runtimes import verification
from export.tasks import classifier
from zoo import cells
from zoo.backend.compile import logits_function
from zoo.layers import Stacked

FAST = ("gru", "mingru")
MATRIX = [
    (cell, both, masked)
    for cell in cells.names()
    for both in (False, True)
    for masked in (False, True)
]


def model_of(cell, both, masked):
    """From ids to the last outputs, with weights that are all different."""
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    x = keras.layers.Embedding(9, 4, mask_zero=masked)(token_ids)
    x = Stacked(cell, 5, bidirectional=both)(x)
    logits = keras.layers.Dense(2, name="logits")(x)
    model = keras.Model(token_ids, {"logits": logits})
    random = np.random.default_rng(1)
    model.set_weights(
        [random.normal(0, 0.7, w.shape) for w in model.get_weights()]
    )
    return model


@pytest.mark.parametrize(
    ("cell", "both", "masked"),
    fast_are(lambda one: one[0] in FAST and one[1] and one[2], MATRIX),
)
def test_every_cell(cell, both, masked, every_runtime, tmp_path):
    model = model_of(cell, both, masked)
    onnx.save(convert.native(model), tmp_path / "model.onnx")
    expected = logits_function(model)
    # One row and many, of which one has no token, at three lengths.
    one, *_, several, _, many = verify.example_ids(9)
    ids = [one, several, many]
    if masked:
        ids.append(verify.left_padded(several))
    answers = [expected(one) for one in ids]
    compared = classifier.checks(tmp_path, ids, answers, Request())
    found = verification.in_each(compared)
    for name, about in found.items():
        # Each could run it, and compared something.
        assert list(about["largest_difference"]) == ["onnx"], (name, about)
        assert len(about["compared"]["shapes"]) >= len(ids)
