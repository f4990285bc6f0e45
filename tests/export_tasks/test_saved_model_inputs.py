"""What a SavedModel refuses, where TensorFlow would answer something."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from random_models import random_classifier

from export.saved_model import classifier
from export.saved_model.input_checks import checked_ids
from export.saved_model.readme import PLACE
from zoo.text import TextSubwordTokenizer
from zoo.text.ids import pad

IDS = np.array([[1, 2], [3, 0]], "int32")


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """A SavedModel of nothing but the checks, opened again."""
    folder = str(tmp_path_factory.mktemp("saved") / "model")
    module = tf.Module()

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.int32, "token_ids"),
            tf.TensorSpec([None, 3], tf.float32, "state"),
        ]
    )
    def sums(token_ids, state):
        ids = checked_ids(token_ids, state, size=4)
        return {"sum": tf.cast(ids[:, :1], tf.float32) + state}

    tf.saved_model.save(module, folder, signatures={"sums": sums})
    loaded = tf.saved_model.load(folder)
    return lambda ids, state, _=loaded: loaded.signatures["sums"](
        token_ids=tf.constant(ids), state=tf.constant(state)
    )


def test_what_fits_is_answered(checked):
    answer = checked(IDS, np.ones((2, 3), "float32"))["sum"].numpy()
    np.testing.assert_array_equal(answer, [[2, 2, 2], [4, 4, 4]])


@pytest.mark.parametrize(
    ("ids", "rows", "message"),
    [
        (-IDS, 2, "negative"),
        (IDS + 1, 2, "below 4"),
        (IDS, 1, "as many rows"),
        (IDS, 3, "rows"),
    ],
)
def test_what_does_not_is_an_error(checked, ids, rows, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        checked(ids, np.ones((rows, 3), "float32"))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The signatures of a classifier's SavedModel."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    trained = random_classifier()
    classifier.write(trained, folder)
    return tf.saved_model.load(str(folder)), classifier.read(folder), trained


def test_the_signatures_have_them(saved):
    _, (_, from_ids), trained = saved
    assert np.isfinite(from_ids(IDS)).all()
    too_large = np.full_like(IDS, trained.tokenizer.size)
    for ids, message in ((-IDS, "negative"), (too_large, "below 8")):
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            from_ids(ids)
    with pytest.raises(tf.errors.InvalidArgumentError, match="int64"):
        from_ids(IDS.astype("int64"))


def test_no_rows_and_no_steps(saved):
    _, (from_text, from_ids), _ = saved
    for shape in ((0, 5), (0, 0)):
        assert from_ids(np.zeros(shape, "int32")).shape == (0, 2)
    assert from_text(np.array([], object)).shape == (0, 2)
    # No step at all is an empty text.
    empty = from_text(["", ""])
    np.testing.assert_array_equal(from_ids(np.zeros((2, 0), "int32")), empty)


def test_names_of_classes(saved):
    """What `predict` says, from texts and from ids, a row for each text."""
    loaded, _, trained = saved
    texts = ["the writer of books", "film!", ""]
    ids = pad([trained.tokenizer.encode(text) for text in texts])
    from_text, from_ids = (
        loaded.signatures[name] for name in ("serving_default", "token_ids")
    )
    expected = trained.predict(texts)
    for answer in (
        from_text(text=tf.constant(texts)),
        from_ids(token_ids=tf.constant(ids)),
    ):
        assert {len(value) for value in answer.values()} == {len(texts)}
        labels = [row["label"].encode() for row in expected]
        assert answer["label"].numpy().tolist() == labels
        assert answer["labels"].numpy().tolist() == [[b"no", b"yes"]] * 3
        shares = [list(row["probabilities"].values()) for row in expected]
        np.testing.assert_allclose(answer["probabilities"], shares, atol=1e-6)


@pytest.mark.thorough
def test_the_readme_says_what_is_needed(tmp_path):
    tokenizer = TextSubwordTokenizer.from_texts(["abba feeds", "ABBA"], 40)
    trained = random_classifier(vocabulary_size=tokenizer.size)
    trained = dataclasses.replace(trained, tokenizer=tokenizer)
    classifier.write(trained, tmp_path / "model")
    text = (tmp_path / "model" / PLACE).read_text()
    assert "import tensorflow_text" in text
    assert "    SentencepieceTokenizeOp\n" in text
    # TensorFlow does not mind the file.
    assert classifier.read(tmp_path / "model")[0](["abba"]).shape == (1, 2)
