"""Recurrent layers as single ONNX operators, against the Keras model."""

import dataclasses

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from tiers import fast_are

from export import verify
from export.onnx import convert
from export.onnx.values import Unknown
from zoo import cells
from zoo.backend.compile import logits_function
from zoo.choices import POOLINGS
from zoo.errors import ZooWarning
from zoo.layers import Recurrent
from zoo.models import classifier
from zoo.tasks import TextClassifier

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
    fast_are(lambda one: one[1] and one[0] in FAST and one[2] == 1, VARIANTS),
)
def test_every_cell_in_every_form(cell, both, layers, pooling, use_bias):
    model = built(cell, both, layers, pooling, use_bias)
    if cells.registration(cell).onnx is None:
        with pytest.raises(Unknown, match=f"the cell {cell}"):
            convert.native(model)
        return
    proto = convert.native(model)
    found = operators(proto)
    assert "Loop" not in found
    if cell in OPERATORS:
        # Both directions are one node, a stack is a chain of them.
        assert found.count(OPERATORS[cell]) == layers
    else:
        # Directions are side by side in one scan.
        assert found.count("Scan") == layers
    assert_same(proto, model)


@pytest.mark.parametrize("cell", cells.names())
def test_what_is_said_of_a_cell_is_so(cell):
    known = cells.registration(cell)
    if known.output_is_state:
        layer = Recurrent(cells.get(cell, 5), return_state=True)
        random = np.random.default_rng(0)
        output, *states = layer(random.normal(size=(2, 3, 4)))
        assert len(states) == 1
        np.testing.assert_array_equal(output, states[0])


@pytest.mark.parametrize("cell", ["elman", "mingru"])
@pytest.mark.thorough
def test_a_cell_without_a_form_is_converted(cell, monkeypatch, tmp_path):
    """It becomes a loop, which is said, and is right in both directions."""
    pytest.importorskip("tf2onnx")
    known = cells.registration(cell)
    monkeypatch.setitem(
        cells.registry._REGISTRY._loaded,
        cell,
        dataclasses.replace(known, onnx=None),
    )
    model = built(cell, layers=2)
    task = TextClassifier(model, None, labels=["no", "yes"])
    with pytest.warns(ZooWarning, match=f"no ONNX form of the cell {cell}"):
        convert.write(task, tmp_path / "model.onnx")
    proto = onnx.load(tmp_path / "model.onnx")
    assert "Loop" in operators(proto)
    assert_same(proto, model)


@keras.saving.register_keras_serializable(package="tests")
class WithoutBias(keras.layers.Layer):
    """h' = tanh(x W + h): no biases, and no option of them."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.output_size = units
        self.state_size = [units]

    def build(self, input_shape):
        shape = (input_shape[-1], self.units)
        self.kernel = self.add_weight(name="kernel", shape=shape)

    def call(self, inputs, states, training=None):
        h = keras.ops.tanh(keras.ops.matmul(inputs, self.kernel) + states[0])
        return h, [h]


@pytest.mark.thorough
def test_a_new_cell_without_biases_is_converted(monkeypatch, tmp_path):
    pytest.importorskip("tf2onnx")
    known = dict(cells.registry._REGISTRY._own)
    monkeypatch.setattr(cells.registry._REGISTRY, "_own", known)
    cells.register("without_bias", WithoutBias)
    model = built("without_bias")
    task = TextClassifier(model, None, labels=["no", "yes"])
    with pytest.warns(ZooWarning, match="of the cell without_bias"):
        convert.write(task, tmp_path / "model.onnx")
    assert_same(onnx.load(tmp_path / "model.onnx"), model)


def test_a_layer_that_is_not_known():
    model = built("gru")
    own = keras.layers.UnitNormalization()(model.outputs[0])
    with pytest.raises(Unknown, match="UnitNormal"):
        convert.native(keras.Model(model.inputs, {"logits": own}))
