"""Recurrent layers as single ONNX operators, against the Keras model."""

import keras
import numpy as np
import onnxruntime
import pytest
from tiers import fast_are

from export import verify
from export.onnx import cells_fused, cells_linear, cells_scan, convert
from zoo import cells
from zoo.backend.compile import logits_function
from zoo.choices import POOLINGS
from zoo.errors import InputError
from zoo.models import classifier

MODULES = (cells_fused, cells_linear, cells_scan)
OPERATORS = {"gated": "GRU", "gru": "GRU", "lstm": "LSTM"}
# Of each way to make a node of a cell, one.
FAST = ("elman", "gru", "lstm", "mingru")
VARIANTS = [
    (cell, both, layers, pooling, use_bias)
    for cell in cells.names()
    for both, layers, pooling, use_bias in [
        (True, 2, "last", False),
        (False, 1, "mean_max", True),
    ]
]
VARIANTS += [("gru", True, 1, pooling, True) for pooling in POOLINGS]


def built(cell, both=True, layers=1, pooling="last", use_bias=True):
    model = classifier(
        9,
        2,
        cell=cell,
        units=5,
        layers=layers,
        bidirectional=both,
        pooling=pooling,
        embedding_size=4,
        use_bias=use_bias,
    )
    random = np.random.default_rng(1)
    model.set_weights(
        [random.normal(0, 0.7, w.shape) for w in model.get_weights()]
    )
    return model


def operators(proto):
    return [node.op_type for node in proto.graph.node]


def assert_same(proto, model):
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    expected = logits_function(model)
    for ids in verify.example_ids(9):
        (logits,) = session.run(["logits"], {"token_ids": ids})
        np.testing.assert_allclose(
            logits, expected(ids), rtol=0, atol=verify.ONNX_TOLERANCE
        )


@pytest.mark.parametrize(
    ("cell", "both", "layers", "pooling", "use_bias"),
    fast_are(lambda one: one[1] and one[0] in FAST, VARIANTS),
)
def test_every_cell_in_every_form(cell, both, layers, pooling, use_bias):
    model = built(cell, both, layers, pooling, use_bias)
    proto = convert.native(model)
    found = operators(proto)
    assert "Loop" not in found
    if cell in OPERATORS:
        # Both directions are one node, a stack is a chain of them.
        assert found.count(OPERATORS[cell]) == layers
    else:
        assert found.count("Scan") == layers * (2 if both else 1)
    assert_same(proto, model)


def test_every_cell_has_a_form():
    assert {name for module in MODULES for name in module.CELLS} == set(
        cells.names()
    )


@pytest.mark.parametrize("cell", ["elman", "mingru"])
def test_a_cell_without_a_form_is_converted(cell, monkeypatch, tmp_path):
    """It becomes a loop, and is right in both directions all the same."""
    pytest.importorskip("tf2onnx")
    for module in MODULES:
        monkeypatch.setattr(module, "CELLS", {})
    model = built(cell, layers=2)
    proto = convert.converted(model)
    assert "Loop" in operators(proto)
    assert_same(proto, model)


def test_a_layer_that_is_not_known():
    model = built("gru")
    own = keras.layers.UnitNormalization()(model.outputs[0])
    with pytest.raises(convert.layers.Unknown, match="UnitNormal"):
        convert.native(keras.Model(model.inputs, {"logits": own}))


def test_left_padding_is_refused(tmp_path):
    import onnx

    onnx.save(convert.native(built("lstm")), tmp_path / "model.onnx")
    run = convert.read(tmp_path / "model.onnx")
    with pytest.raises(InputError, match="on the right"):
        run(np.array([[0, 3]], "int32"))
