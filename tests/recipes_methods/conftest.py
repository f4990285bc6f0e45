"""A model that others start from, and learn from."""

import pytest

from recipes import imdb_sentiment


@pytest.fixture(scope="session")
def judge(once, reviews):
    """A classifier of the reviews."""
    config = imdb_sentiment.Config(
        train_file=str(reviews), units=4, embedding_size=4, epochs=1
    )

    def train(folder):
        imdb_sentiment.train(config, folder / "judge", progress=False)

    return once("judge", train) / "judge"
