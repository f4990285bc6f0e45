"""Scores of n-grams beside the states of a network."""

import keras
import numpy as np
import onnxruntime
import pytest

from export import verify
from export.onnx import convert
from recipes import imdb_sentiment
from recipes.data.examples import Examples
from recipes.methods import nbsvm
from zoo.backend.compile import logits_function
from zoo.errors import InputError
from zoo.layers import WithNgrams
from zoo.layers.ngrams import places, windows
from zoo.models import classifier

SLOTS = 1_009
# Ids of texts and their classes: what tells them is 5 before 6, not 5 or 6.
TEXTS = [[5, 6, 2], [3, 5, 6], [6, 5, 3], [2, 6, 5]] * 5
LABELS = [1, 1, 0, 0] * 5


@pytest.fixture
def examples():
    lengths = [len(text) for text in TEXTS]
    return Examples(
        np.concatenate(TEXTS).astype("int32"),
        np.cumsum([0, *lengths]),
        np.array(LABELS, "int32"),
    )


def layer_with(weights, longest=3):
    layer = WithNgrams(longest, SLOTS)
    layer.build((None, weights[0].shape[1]), (None, None))
    for variable, values in zip(layer.weights, weights, strict=True):
        variable.assign(values)
    return layer


def by_hand(weights, row, longest):
    """`s` of one text, in a loop over its n-grams."""
    scores, marks, bias = weights
    row = [token for token in row if token]
    total = np.zeros_like(bias)
    for length in range(1, longest + 1):
        for end in range(length, len(row) + 1):
            tokens = [np.int64(t) for t in row[end - length : end][::-1]]
            slot, mark = places(tokens, SLOTS)
            if marks[slot] == mark:
                total = total + scores[slot]
    return bias + total / np.sqrt(max(len(row), 1))


@pytest.mark.parametrize("longest", [1, 2, 3])
def test_it_is_the_sum_over_the_n_grams(examples, longest):
    weights = nbsvm.fit(examples, 2, longest, SLOTS)
    assert (weights[1] > 0).sum() >= 4
    rows = [[5, 6, 2, 0, 0], [6, 5, 3, 5, 6], [7, 0, 0, 0, 0], [0] * 5]
    found = layer_with(weights, longest).judged(np.array(rows, "int32"))
    expected = [by_hand(weights, row, longest) for row in rows]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_what_is_behind_a_text_changes_nothing(examples):
    layer = layer_with(nbsvm.fit(examples, 2, 3, SLOTS))
    row = np.array([TEXTS[0]], "int32")
    longer = np.pad(row, [(0, 0), (0, 7)])
    np.testing.assert_allclose(
        layer.judged(row), layer.judged(longer), atol=1e-6
    )


def test_order_tells_where_words_do_not(examples):
    """Single words are no evidence here, two in order are."""

    def right(longest):
        layer = layer_with(nbsvm.fit(examples, 2, longest, SLOTS), longest)
        logits = np.array(layer.judged(np.array([[5, 6], [6, 5]], "int32")))
        return logits[0, 1] - logits[0, 0], logits[1, 1] - logits[1, 0]

    one, other = right(1)
    assert one == pytest.approx(other, abs=1e-5)
    one, other = right(2)
    assert one > 0.5
    assert other < -0.5


def test_three_classes():
    texts = [[2, 3], [4, 5], [6, 7]] * 8
    examples = Examples(
        np.concatenate(texts).astype("int32"),
        np.arange(0, 49, 2),
        np.arange(24, dtype="int32") % 3,
    )
    layer = layer_with(nbsvm.fit(examples, 3, 2, SLOTS), 2)
    judged = np.array(layer.judged(np.array(texts[:3], "int32")))
    assert list(judged.argmax(axis=1)) == [0, 1, 2]


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [1, 1, 2, 2]])
def test_classes_without_a_text(examples, labels):
    """Of three, of which some never occur; and nothing breaks."""
    few = Examples(
        examples.token_ids, examples.starts, np.array(labels * 5, "int32")
    )
    layer = layer_with(nbsvm.fit(few, 3, 2, SLOTS), 2)
    judged = np.array(layer.judged(np.array([TEXTS[0]], "int32")))
    assert np.isfinite(judged).all()
    assert judged.argmax() == labels[0]


def test_too_few_texts_to_count(examples):
    """What is in fewer than four texts is chance: there is nothing left."""
    few = Examples(
        np.array([5, 6], "int32"), np.arange(3), np.array([0, 1], "int32")
    )
    for weights in nbsvm.fit(few, 2, 3, SLOTS):
        assert not weights.any()


def test_probabilities_as_labels(examples):
    """What a teacher says counts as the class that it thinks likeliest."""
    soft = np.eye(2, dtype="float32")[examples.labels] * 0.8 + 0.1
    likely = Examples(examples.token_ids, examples.starts, soft)
    for one, other in zip(
        nbsvm.fit(examples, 2, 2, SLOTS),
        nbsvm.fit(likely, 2, 2, SLOTS),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_in_training_the_states_speak_alone(examples):
    layer = layer_with(nbsvm.fit(examples, 2, 3, SLOTS))
    logits = np.array([[0.25, -3.0]], "float32")
    ids = np.array([[5, 6]], "int32")
    np.testing.assert_array_equal(layer(logits, ids, training=True), logits)
    mean = (logits + np.array(layer.judged(ids))) / 2
    np.testing.assert_allclose(layer(logits, ids), mean, atol=1e-6)
    assert not layer.trainable_weights


def test_the_longest_products_fit_into_31_bits():
    tokens = [np.full((3,), 99_999)] * 3
    small = [token.astype("int32") for token in tokens]
    both = zip(places(tokens, 2**20), places(small, 2**20), strict=True)
    for one, other in both:
        np.testing.assert_array_equal(one, other)
        assert (one >= 0).all()


def test_windows():
    last, before = windows(np.array([0, 7, 8, 9]), 2)
    np.testing.assert_array_equal(last, [7, 8, 9])
    np.testing.assert_array_equal(before, [0, 7, 8])


@pytest.mark.parametrize("longest", [1, 3])
def test_the_onnx_file_is_the_same(longest):
    model = classifier(9, 3, units=4, ngrams=longest, ngram_slots=31)
    random = np.random.default_rng(0)
    model.set_weights(
        [random.normal(0, 0.7, w.shape) for w in model.get_weights()]
    )
    # Half of the n-grams are known.
    layer = model.get_layer("ngrams")
    marks = np.zeros(31)
    for first in range(9):
        for second in range(9):
            slot, mark = places([second, first][:longest], 31)
            marks[slot] = mark * (first % 2)
    layer.marks.assign(marks)
    expected = logits_function(model)
    proto = convert.native(model)
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    for ids in verify.example_ids(9):
        (logits,) = session.run(["logits"], {"token_ids": ids})
        np.testing.assert_allclose(
            logits, expected(ids), rtol=0, atol=verify.ONNX_TOLERANCE
        )
    alone = keras.Model(
        model.inputs, {"logits": model.get_layer("logits").output}
    )
    assert not np.allclose(logits_function(alone)(ids), logits, atol=0.1)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ngrams": 4}, "`ngrams` must be at most 3"),
        ({"ngrams": -1}, "`ngrams` must be a whole number of at least 0"),
        ({"ngrams": 1, "ngram_slots": 0}, "`ngram_slots` must be"),
        ({"ngrams": 1, "ngram_slots": 2**21}, "at most 1048576"),
        (
            {"ngrams": 1, "vocabulary_size": 100_001},
            "`vocabulary_size` must be at most 100000 with `ngrams`",
        ),
    ],
)
def test_sizes_that_cannot_be(changed, message):
    with pytest.raises(InputError, match=message):
        imdb_sentiment.Config(**changed)
    with pytest.raises(InputError, match=message):
        classifier(**{"vocabulary_size": 9, "classes": 2, **changed})


@pytest.mark.training
def test_a_recipe_learns_them(reviews, tmp_path):
    """Words that decide are counted, while the network learns nothing."""
    config = imdb_sentiment.Config(
        train_file=str(reviews),
        units=4,
        embedding_size=4,
        vocabulary_size=200,
        ngrams=2,
        ngram_slots=SLOTS,
        learning_rate=1e-6,
        epochs=1,
        ema=0.9,
    )
    metrics = imdb_sentiment.train(config, tmp_path / "run", progress=False)
    assert metrics["test_accuracy"] == 1.0
