"""The language model: one network in three forms."""

import numpy as np
import pytest
import tensorflow as tf
from tiers import fast_are

import zoo
from zoo.backend.compile import logits_function
from zoo.errors import InputError
from zoo.models.language_model import language_model, stateful_form, step_form

CELLS = zoo.cells.names()
VOCABULARY, BATCH, TIME = 11, 3, 12
# Two float32 programs for the same sums of a dozen terms of size 1.
TOLERANCE = 2e-6


def built(cell="lstm", **arguments):
    arguments = {"units": 5, "embedding_size": 4, **arguments}
    model = language_model(VOCABULARY, cell, **arguments)
    random = np.random.default_rng(3)
    model.set_weights(
        [random.normal(size=w.shape) * 0.5 for w in model.get_weights()]
    )
    return model


def random_ids(time=TIME, seed=1):
    random = np.random.default_rng(seed)
    return random.integers(1, VOCABULARY, (BATCH, time)).astype("int32")


def in_parts(model, ids, cuts):
    """The logits of the step form, part by part."""
    step = step_form(model)
    names = [name for name in step.output if name != "logits"]
    states = {
        name: np.zeros((len(ids), step.input[name].shape[-1]), "float32")
        for name in names
    }

    @tf.function
    def call(token_ids, states):
        return step({"token_ids": token_ids, **states})

    logits = []
    for part in np.split(ids, cuts, axis=1):
        outputs = call(part, states)
        logits.append(outputs["logits"])
        states = {name: outputs[name] for name in names}
    return np.concatenate(logits, axis=1)


@pytest.mark.parametrize("layers, tied", [(1, False), (2, True)])
@pytest.mark.parametrize(
    "cell", fast_are({"lstm"}.__contains__, CELLS, "thorough")
)
def test_step_by_step_is_the_whole(cell, layers, tied):
    model = built(cell, layers=layers, tied=tied, use_bias=not tied)
    ids = random_ids()
    whole = logits_function(model)(ids)
    assert whole.shape == (BATCH, TIME, VOCABULARY)
    for cuts in (range(1, TIME), [5], [1, 2, 9]):
        parts = in_parts(model, ids, list(cuts))
        np.testing.assert_allclose(parts, whole, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("cell", CELLS)
def test_it_does_not_look_ahead(cell):
    call = logits_function(built(cell))
    ids = random_ids()
    changed = ids.copy()
    changed[:, 6:] = random_ids(seed=2)[:, 6:]
    assert (changed != ids).any()
    before, after = call(ids), call(changed)
    np.testing.assert_array_equal(before[:, :6], after[:, :6])
    assert np.abs(before[:, 6:] - after[:, 6:]).max() > 1e-3


def test_a_tied_model_scores_with_what_it_reads_with():
    plain, tied = built(), built(tied=True)
    same = built(tied=True, units=4)
    assert "projection" in [layer.name for layer in tied.layers]
    assert "projection" not in [layer.name for layer in same.layers]
    # A table of 11 x 4 and a bias instead of 5 x 11 and a bias; 5 x 4 + 4.
    difference = plain.count_params() - tied.count_params()
    assert difference == 5 * 11 - (5 * 4 + 4)
    embedding = same.get_layer("embedding")
    y = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    table = np.asarray(embedding.embeddings, "float64")
    expected = y @ table.T + np.asarray(embedding.bias)
    logits = embedding(y, reverse=True)
    np.testing.assert_allclose(logits, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.thorough
def test_windows_that_carry_the_state_are_one_text(cell):
    model = built(cell, layers=2)
    form = stateful_form(model, BATCH)
    ids = random_ids()
    whole = logits_function(model)(ids)
    carry = np.ones((BATCH, 1), "float32")

    @tf.function
    def train(token_ids, carry):
        return form({"token_ids": token_ids, "carry": carry}, training=True)

    first = train(ids[:, :7], 0 * carry)["logits"]
    np.testing.assert_allclose(first, whole[:, :7], rtol=0, atol=TOLERANCE)
    # What is only validated leaves the state alone.
    form({"token_ids": ids[:, :3], "carry": carry}, training=False)
    # The last row starts anew.
    carry[-1] = 0
    second = train(ids[:, 7:], carry)["logits"]
    np.testing.assert_allclose(
        second[:-1], whole[:-1, 7:], rtol=0, atol=TOLERANCE
    )
    alone = logits_function(model)(ids[-1:, 7:])
    np.testing.assert_allclose(second[-1:], alone, rtol=0, atol=TOLERANCE)
    assert np.abs(second[-1:] - whole[-1:, 7:]).max() > 1e-3


def test_no_gradient_goes_back_through_the_edge_of_a_window():
    model = built(dropout=0.0)
    form = stateful_form(model, BATCH)
    carry = np.ones((BATCH, 1), "float32")
    ids = random_ids()
    with tf.GradientTape() as tape:
        form({"token_ids": ids[:, :7], "carry": carry}, training=True)
        logits = form({"token_ids": ids[:, 7:], "carry": carry}, training=True)
        loss = tf.reduce_sum(logits["logits"] ** 2)
    table = model.get_layer("embedding").embeddings
    gradient = tf.convert_to_tensor(tape.gradient(loss, table.value))
    touched = np.flatnonzero(np.abs(gradient).sum(axis=1))
    assert set(touched) == set(ids[:, 7:].ravel())


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"cell": "lsmt"}, "Did you mean 'lstm'"),
        ({"units": 0}, "`units`"),
        ({"embedding_size": 0}, "`embedding_size`"),
        ({"dropout": 1.0}, "`dropout`"),
        ({"embedding_dropout": -0.1}, "`embedding_dropout`"),
    ],
)
def test_what_cannot_be_built(arguments, message):
    with pytest.raises(InputError, match=message):
        language_model(VOCABULARY, **arguments)
    with pytest.raises(InputError, match="`vocabulary_size`"):
        language_model(1)
