"""The translator in its three forms, and what it is built from."""

import keras
import numpy as np
import pytest
from tiers import fast_are

from zoo import cells, models
from zoo.choices import ATTENTIONS
from zoo.errors import InputError
from zoo.models.translator import MEMORY, encoder_form, step_form

SIZES = {"source_vocabulary_size": 11, "target_vocabulary_size": 9}


def built(**arguments):
    model = models.build("translator", {**SIZES, "units": 5, **arguments})
    random = np.random.default_rng(1)
    for weight in model.weights:
        if weight.dtype == "float32":
            weight.assign(random.normal(0, 0.5, weight.shape))
    return model


def ids():
    random = np.random.default_rng(0)
    source = random.integers(1, 11, (3, 6)).astype("int32")
    source[1, 2:] = 0
    return source, random.integers(1, 9, (3, 4)).astype("int32")


def whole(model, source, target):
    inputs = {"source_ids": source, "target_ids": target}
    return np.asarray(model(inputs)["logits"])


def step_by_step(model, source, target):
    values = dict(encoder_form(model)(source))
    step = step_form(model)
    logits, weights = [], []
    for t in range(target.shape[1]):
        token = keras.ops.convert_to_tensor(target[:, t : t + 1])
        outputs = step({"target_ids": token, **values})
        logits.append(np.asarray(outputs["logits"]))
        if "attention" in outputs:
            weights.append(np.asarray(outputs["attention"]))
        values.update({n: v for n, v in outputs.items() if n in values})
    return np.concatenate(logits, axis=1), weights


@pytest.mark.parametrize("input_feeding", [True, False])
@pytest.mark.parametrize(
    "cell, attention",
    [
        *fast_are(
            lambda pair: pair[0] == "lstm",
            [(cell, "additive") for cell in cells.names()],
            "thorough",
        ),
        *fast_are(
            lambda pair: pair[1] == "none",
            [("gru", attention) for attention in ATTENTIONS],
            "thorough",
        ),
    ],
)
def test_step_by_step_is_the_whole(cell, input_feeding, attention):
    model = built(cell=cell, attention=attention, input_feeding=input_feeding)
    source, target = ids()
    logits, weights = step_by_step(model, source, target)
    np.testing.assert_allclose(
        logits, whole(model, source, target), atol=2e-5, rtol=1e-5
    )
    for a in weights:
        np.testing.assert_allclose(a.sum(axis=-1), 1, atol=1e-5)
        assert (a[1, :, 2:] == 0).all()
    assert bool(weights) == (attention != "none")


@pytest.mark.parametrize(
    "arguments",
    fast_are(
        lambda arguments: "shared" in arguments,
        [
            {"encoder_layers": 2, "decoder_layers": 3},
            {"bidirectional": False, "cell": "lstm"},
            {"tied": False, "embedding_size": 3},
            {"embedding_size": 3},
            {"embedding_size": 5},
            {"shared": True, "source_vocabulary_size": 9},
            {"shared": True, "source_vocabulary_size": 9, "tied": False},
        ],
        "thorough",
    ),
)
def test_all_shapes_of_it(arguments):
    model = built(**arguments)
    source, target = ids()
    source = np.minimum(source, 8)
    logits, _ = step_by_step(model, source, target)
    np.testing.assert_allclose(
        logits, whole(model, source, target), atol=2e-5, rtol=1e-5
    )
    tables = [w for w in model.weights if "embeddings" in w.path]
    assert len(tables) == 1 + (not arguments.get("shared", False))


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_padding_of_the_source_changes_nothing(attention):
    model = built(attention=attention)
    source, target = ids()
    padded = np.pad(source, [[0, 0], [0, 5]])
    np.testing.assert_allclose(
        whole(model, padded, target), whole(model, source, target), atol=1e-5
    )


def test_padding_of_the_target_changes_nothing_before_it():
    model = built()
    source, target = ids()
    longer = np.pad(target, [[0, 0], [0, 3]])
    np.testing.assert_allclose(
        whole(model, source, longer)[:, :4],
        whole(model, source, target),
        atol=1e-5,
    )


def test_attention_reaches_what_states_alone_do_not():
    """A change of one early token of the source is seen by every step."""
    model = built(attention="additive", input_feeding=False)
    source, target = ids()
    other = source.copy()
    other[0, 0] = source[0, 0] % 10 + 1
    memory, changed = (encoder_form(model)(s) for s in (source, other))
    assert set(MEMORY) < set(memory)
    for name in ("memory", "keys"):
        assert np.abs(np.asarray(memory[name] - changed[name]))[0].max() > 1e-3
    difference = whole(model, source, target) - whole(model, other, target)
    assert (np.abs(difference[0]).max(axis=-1) > 1e-4).all()
    assert (difference[1:] == 0).all()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"attention": "addative"}, "Did you mean 'additive'"),
        ({"cell": "gruu"}, "Did you mean 'gru'"),
        ({"units": 0}, "`units`"),
        ({"encoder_layers": 0}, "`layers`"),
        ({"embedding_size": 0}, "`embedding_size`"),
        ({"dropout": 1.0}, "`dropout`"),
        ({"embedding_dropout": -0.1}, "`embedding_dropout`"),
        ({"shared": True}, "`shared` needs vocabularies of one size"),
        ({"target_vocabulary_size": 1}, "`target_vocabulary_size`"),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(InputError, match=message):
        models.build("translator", {**SIZES, **arguments})


@pytest.mark.parametrize("input_feeding", [True, False])
def test_dropout_is_for_training_alone(input_feeding):
    model = built(
        dropout=0.5, embedding_dropout=0.5, input_feeding=input_feeding
    )
    source, target = ids()
    inputs = {"source_ids": source, "target_ids": target}
    first = np.asarray(model(inputs, training=True)["logits"])
    assert np.abs(first - whole(model, source, target)).max() > 0.01
    np.testing.assert_array_equal(
        whole(model, source, target), whole(model, source, target)
    )


@pytest.mark.thorough
def test_a_file_round_trip(tmp_path):
    model = built(encoder_layers=2)
    source, target = ids()
    model.save_weights(tmp_path / "model.weights.h5")
    copy = models.build(
        "translator", {**SIZES, "units": 5, "encoder_layers": 2}
    )
    copy.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(
        whole(copy, source, target), whole(model, source, target)
    )
