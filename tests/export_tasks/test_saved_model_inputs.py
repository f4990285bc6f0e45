"""What a SavedModel refuses, where TensorFlow would answer something."""

import numpy as np
import pytest
import tensorflow as tf
from random_models import random_classifier

from export.saved_model import classifier
from export.saved_model.input_checks import checked_ids

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


def test_the_signatures_have_them(tmp_path):
    classifier.write(random_classifier(), tmp_path / "model")
    _, from_ids = classifier.read(tmp_path / "model")
    assert np.isfinite(from_ids(IDS)).all()
    with pytest.raises(tf.errors.InvalidArgumentError, match="negative"):
        from_ids(-IDS)
