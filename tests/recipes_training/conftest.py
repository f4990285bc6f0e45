"""A run to interrupt, and the same one that nothing happened to."""

import pytest

from recipes import imdb_sentiment


@pytest.fixture(scope="session")
def six_epochs(reviews):
    """Six epochs of 18 steps, with dropout and averaged weights."""
    return imdb_sentiment.Config(
        train_file=str(reviews),
        units=8,
        bidirectional=False,
        embedding_size=8,
        epochs=6,
        batch_size=6,
        learning_rate=0.01,
        dropout=0.2,
        recurrent_dropout=0.2,
        ema=0.9,
    )


@pytest.fixture(scope="session")
def six_epochs_run(six_epochs, once):
    """The run that nothing happened to."""

    def train(folder):
        imdb_sentiment.train(six_epochs, folder / "run", progress=False)

    return once("six_epochs_run", train) / "run"
