"""Runs that learn what another model thinks."""

import dataclasses

import numpy as np
import pytest

import zoo
from recipes import imdb_sentiment
from recipes.data.examples import Examples, shuffled
from recipes.methods import distillation
from zoo.errors import InputError


@pytest.mark.training
def test_a_pupil_reads_unlabelled_texts_too(judge, tiny, tmp_path):
    more = tmp_path / "more.txt"
    more.write_text("w1 w2 good\n\nw3 bad w4\n", encoding="utf-8")
    config = imdb_sentiment.Config(
        train_file=tiny["imdb_sentiment"].train_file,
        teacher=str(judge),
        unlabelled_file=str(more),
        units=5,
        embedding_size=4,
        epochs=1,
    )
    splits = imdb_sentiment.data(config, None).splits
    untaught = dataclasses.replace(config, teacher="", unlabelled_file="")
    labelled = imdb_sentiment.data(untaught, None).splits
    count = len(labelled["train"])
    p = splits["train"].labels
    assert p.shape == (count + 2, 3)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)
    # Half of a label is the truth.
    truth = p[np.arange(count), labelled["train"].labels]
    assert (truth > 0.5).all() and (p[count:] < 0.99).all()
    assert splits["validation"].labels.ndim == 1
    metrics = imdb_sentiment.train(config, tmp_path / "run", progress=False)
    assert metrics["parameters"] > 0
    name = zoo.load(tmp_path / "run").about["data"]["name"]
    assert name.endswith(f", more.txt; taught by {judge}")
    # Several teachers count alike.
    teachers, texts = (str(judge), str(tmp_path / "run")), ["good w1", "bad"]
    labels = zoo.load(judge).labels
    alone, other, both = (
        distillation.probabilities(names, texts, labels)
        for names in (*teachers, ",".join(teachers))
    )
    np.testing.assert_allclose(both, (alone + other) / 2, atol=1e-6)
    assert np.abs(alone - other).max() > 1e-4
    with pytest.raises(InputError, match="needs a `teacher`"):
        dataclasses.replace(config, teacher="")


def test_labels_are_drawn_anew_from_probabilities():
    p = np.tile(np.array([[0.2, 0.5, 0.3]], "float32"), (3000, 1))
    texts = Examples(np.arange(1, 3001, dtype="int32"), np.arange(3001), p)
    batches = shuffled(texts, 3000, seed=3)
    stream = batches.make(0)
    (ids, first), (_, second) = next(stream), next(stream)
    shares = np.bincount(first["logits"], minlength=3) / 3000
    np.testing.assert_allclose(shares, p[0], atol=0.04)
    assert (first["logits"] != second["logits"]).any()
    _, again = next(shuffled(texts, 3000, seed=3).make(0))
    np.testing.assert_array_equal(again["logits"], first["logits"])
    assert ids.shape == (3000, 1)


def test_of_a_label_half_is_true():
    thought = np.array([[0.8, 0.2], [0.4, 0.6], [0.1, 0.9]], "float32")
    found = distillation.mix_with_labels(thought, np.array([0, 0]))
    np.testing.assert_allclose(
        found, [[0.9, 0.1], [0.7, 0.3], [0.1, 0.9]], atol=1e-6
    )
