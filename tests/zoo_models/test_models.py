"""The models as functions: their interface, and what they refuse."""

import inspect

import keras
import numpy as np
import pytest
from tiers import fast_are

from zoo import cells, models
from zoo.choices import POOLINGS
from zoo.errors import InputError

VOCABULARY, CLASSES = 30, 3
# Sums over more padding, in another order.
TOLERANCE = 1e-6
FAST = ("gru", "mingru")

VARIANTS = [
    ("classifier", {"cell": cell, "bidirectional": both, "layers": layers})
    for cell in cells.names()
    for both, layers in [(False, 1), (True, 2)]
]
VARIANTS += [("classifier", {"pooling": pooling}) for pooling in POOLINGS]
VARIANTS += [("feedforward", {"window": 3}), ("feedforward", {"layers": 2})]
VARIANTS = fast_are(
    lambda one: one[0] == "feedforward" or one[1].get("cell") in FAST,
    VARIANTS,
    "thorough",
)


def build(builder, arguments):
    small = {"units": 6, "embedding_size": 5}
    return models.build(
        builder,
        {
            "vocabulary_size": VOCABULARY,
            "classes": CLASSES,
            **small,
            **arguments,
        },
    )


def token_ids():
    ids = np.random.default_rng(0).integers(1, VOCABULARY, (4, 9))
    ids[1, 4:] = 0
    ids[2, 1:] = 0
    ids[3] = 0
    return ids.astype("int32")


@pytest.mark.parametrize("builder, arguments", VARIANTS)
def test_interface(builder, arguments):
    model = build(builder, arguments)
    assert [tensor.name for tensor in model.inputs] == ["token_ids"]
    assert model.inputs[0].shape == (None, None)
    outputs = model(token_ids())
    assert set(outputs) == {"logits"}
    assert outputs["logits"].shape == (4, CLASSES)
    assert np.isfinite(np.asarray(outputs["logits"])).all()


@pytest.mark.parametrize("builder, arguments", VARIANTS)
def test_padding_changes_nothing(builder, arguments):
    model = build(builder, arguments)
    ids = token_ids()
    wider = np.pad(ids, [[0, 0], [0, 6]])
    np.testing.assert_allclose(
        model(ids)["logits"], model(wider)["logits"], atol=TOLERANCE
    )
    short = model(ids[1:2, :4])["logits"]
    np.testing.assert_allclose(model(ids)["logits"][1:2], short, atol=TOLERANCE)


# bfloat16 has 8 bits: rounding of states of size 1, over 9 steps.
@pytest.mark.parametrize(
    "policy, tolerance", [("mixed_bfloat16", 0.05), ("mixed_float16", 0.005)]
)
@pytest.mark.parametrize("cell", cells.names())
@pytest.mark.thorough
def test_half_precision_is_near_float32(cell, policy, tolerance):
    exact = build("classifier", {"cell": cell})
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        half = build("classifier", {"cell": cell})
    finally:
        keras.config.set_dtype_policy(before)
    half.set_weights(exact.get_weights())
    ids = token_ids()
    logits = half(ids)["logits"]
    assert logits.dtype == "float32"
    expected = np.asarray(exact(ids)["logits"])
    np.testing.assert_allclose(logits, expected, atol=tolerance)
    assert (np.asarray(logits) != expected).any()
    for training in (half, exact):
        training.compile(
            "adam",
            {"logits": keras.losses.SparseCategoricalCrossentropy(True)},
            # One step, for which a graph takes longer than it saves.
            run_eagerly=True,
        )
    losses = [
        training.train_on_batch(ids, {"logits": np.array([0, 1, 2, 0])})
        for training in (half, exact)
    ]
    np.testing.assert_allclose(*losses, atol=tolerance)


@pytest.mark.parametrize("builder, arguments", VARIANTS)
@pytest.mark.thorough
def test_file_round_trip(builder, arguments, tmp_path):
    model = build(builder, arguments)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        model(token_ids())["logits"], again(token_ids())["logits"]
    )


def test_the_window_sees_nothing_before_it():
    model = build("feedforward", {"window": 3})
    ids = np.array([[5, 6, 7, 8, 9]], "int32")
    far, near = ids.copy(), ids.copy()
    far[0, 1], near[0, 2] = 11, 11
    logits = np.asarray(model(ids)["logits"])
    np.testing.assert_array_equal(model(far)["logits"], logits)
    assert (np.asarray(model(near)["logits"]) != logits).any()


@pytest.mark.parametrize("name", models.__all__)
def test_every_builder_takes_plain_arguments(name):
    assert models.get(name) is getattr(models, name)
    for parameter in inspect.signature(models.get(name)).parameters.values():
        assert parameter.annotation in (int, float, bool, str), parameter


@pytest.mark.parametrize(
    "builder, arguments, message",
    [
        ("clasifier", {}, "Did you mean 'classifier'"),
        ("classifier", {"cel": "gru"}, "Did you mean 'cell'"),
        ("classifier", {"cell": "grru"}, "Did you mean 'gru'"),
        ("classifier", {"pooling": "sum"}, "must be one of last, mean"),
        ("classifier", {"units": 0}, "`units`.*at least 1"),
        ("classifier", {"units": 2.5}, "must be of type int"),
        ("classifier", {"units": True}, "must be of type int"),
        ("classifier", {"layers": 0}, "`layers`.*at least 1"),
        ("classifier", {"classes": 1}, "`classes`.*at least 2"),
        ("classifier", {"dropout": 1.0}, "`dropout` must be at least 0"),
        ("classifier", {"embedding_dropout": -1.0}, "`embedding_dropout`"),
        ("feedforward", {"window": 0}, "`window`.*at least 1"),
        ("feedforward", {"embedding_size": 0}, "`embedding_size`"),
    ],
)
def test_refusals(builder, arguments, message):
    with pytest.raises(InputError, match=message):
        build(builder, arguments)


def test_a_missing_argument_is_named():
    with pytest.raises(InputError, match="`classes` of classifier is missing"):
        models.build("classifier", {"vocabulary_size": 5})
