"""A model that others start from, and learn from."""

import pytest

from recipes import imdb_sentiment


@pytest.fixture(scope="session")
def judge(tmp_path_factory, reviews):
    """A classifier of the reviews."""
    config = imdb_sentiment.Config(
        train_file=str(reviews), units=4, embedding_size=4, epochs=1
    )
    folder = tmp_path_factory.mktemp("judge") / "judge"
    imdb_sentiment.train(config, folder, progress=False)
    return folder
