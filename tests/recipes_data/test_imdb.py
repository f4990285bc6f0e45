"""The IMDB reviews themselves; needs the data sets (marker `data`)."""

import dataclasses

import pytest

from recipes import imdb_sentiment
from recipes.datasets import imdb

pytestmark = pytest.mark.data


def test_the_splits(shared_data):
    pytest.importorskip("tensorflow_datasets")
    for split in ("train", "test"):
        texts, labels = imdb.load(split, shared_data)
        assert len(texts) == len(labels) == 25_000
        assert sum(labels) == 12_500
        assert sum("<br />" in text for text in texts) > 14_000


def test_it_learns_from_raw_reviews(shared_data, tmp_path, monkeypatch):
    load = imdb.load

    def a_twentieth(split, data_dir):
        texts, labels = load(split, data_dir)
        return texts[::20], labels[::20]

    monkeypatch.setattr(imdb, "load", a_twentieth)
    config = dataclasses.replace(
        imdb_sentiment.PRESETS["tiny"],
        max_words=100,
        epochs=5,
        batch_size=16,
        learning_rate=0.02,
        embedding_dropout=0.0,
        dropout=0.0,
    )
    metrics = imdb_sentiment.train(
        config, tmp_path / "run", shared_data, progress=False
    )
    # Chance is 50 %, with a standard error of 1.4 on 1,250 reviews.
    assert metrics["test_accuracy"] > 0.56
