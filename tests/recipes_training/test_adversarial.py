"""Training that withstands small changes of the words' vectors."""

import numpy as np
import pytest

from recipes import imdb_sentiment
from zoo import models

tf = pytest.importorskip("tensorflow")
adversarial = pytest.importorskip("recipes.training.adversarial")


def classifier(cell="gru"):
    return models.classifier(
        vocabulary_size=20, classes=2, cell=cell, units=4, embedding_size=3
    )


@pytest.mark.parametrize("cell", ["gru", "mingru"])
def test_two_halves_are_the_model(cell):
    model = classifier(cell)
    ids = tf.constant([[3, 4, 5, 6, 7], [8, 9, 0, 0, 0], [0, 0, 0, 0, 0]])
    vectors, judge = adversarial.halves(model)
    # Without dropout, training changes nothing.
    expected = model(ids, training=True)["logits"]
    np.testing.assert_allclose(
        judge(ids, vectors(ids)[0])["logits"], expected, rtol=1e-6, atol=1e-7
    )


@pytest.mark.thorough
def test_the_move_is_the_worst_of_its_size():
    model = classifier()
    ids = tf.constant([[3, 4, 5, 6, 7], [8, 9, 0, 0, 0]])
    labels = tf.constant([0, 1])
    vectors, judge = adversarial.halves(model)
    x, mask = vectors(ids)

    def nats(x):
        logits = judge(ids, x)["logits"]
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)

    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(nats(x))
    r = adversarial.move(x, mask, tape.gradient(loss, x), 0.05).numpy()
    counts = mask.numpy()[..., None]
    np.testing.assert_array_equal(r * ~counts, 0 * r)

    def size(one):
        return np.sqrt(np.square(one * counts).sum(axis=(1, 2)))

    np.testing.assert_allclose(size(r), 0.05 * size(x.numpy()), rtol=1e-5)
    worst = (nats(x + r) - nats(x)).numpy()
    assert (worst > 0).all()
    random = np.random.default_rng(0)
    for _ in range(20):
        other = random.normal(size=r.shape).astype("float32") * counts
        other *= (size(r) / size(other))[:, None, None]
        assert (nats(x + other) - nats(x) < worst).numpy().all()


def test_a_text_without_words_does_not_move():
    x = tf.ones((1, 3, 2))
    r = adversarial.move(x, tf.zeros((1, 3), "bool"), tf.ones_like(x), 0.1)
    np.testing.assert_array_equal(r, 0 * x)


@pytest.mark.training
@pytest.mark.slow
def test_a_recipe_trains_so(tmp_path, reviews):
    """A change of no size changes nothing, one of some size does."""
    losses = []
    for change in (0.0, 1e-6, 0.2):
        config = imdb_sentiment.Config(
            train_file=str(reviews),
            units=4,
            embedding_size=4,
            embedding_dropout=0.0,
            dropout=0.0,
            epochs=2,
            adversarial=change,
        )
        folder = tmp_path / str(change)
        imdb_sentiment.train(config, folder, progress=False)
        last = (folder / "history.csv").read_text().splitlines()[-1]
        losses.append(float(last.split(",")[2]))
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
    assert losses[2] != pytest.approx(losses[0], rel=1e-3)
