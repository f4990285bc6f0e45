"""A cache for each test, and models to fetch, to list and to show."""

import gc
import warnings

import pytest
from fetching import zipped

from zoo import models
from zoo.pretrained import writer
from zoo.tasks import TextClassifier
from zoo.text import WordTokenizer

VARIABLES = ("RECURRENT_ZOO_OFFLINE", "HF_HUB_OFFLINE", "HF_TOKEN")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, no token, and no proxy before this machine."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECURRENT_ZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub_home"))
    monkeypatch.setenv("NO_PROXY", "*")
    yield tmp_path / "cache"
    # urllib3 leaves a socket open where an answer cannot be parsed.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A pretrained folder of a network that was not trained."""
    tokenizer = WordTokenizer(["good", "bad"])
    arguments = {
        "vocabulary_size": tokenizer.size,
        "classes": 2,
        "cell": "gru",
        "units": 4,
        "embedding_size": 4,
    }
    model = models.build("classifier", arguments)
    labels, about = ["negative", "positive"], {"recipe": "agreement"}
    trained = TextClassifier(
        model,
        tokenizer,
        labels,
        name="small",
        arguments=arguments,
        about=about,
    )
    folder = tmp_path_factory.mktemp("folder") / "small"
    writer.save(trained, folder)
    return folder


@pytest.fixture(scope="session")
def archive(small):
    return zipped({p.name: p.read_bytes() for p in small.iterdir()})


@pytest.fixture(scope="session")
def loaded(shipped):
    """Each kind of model, as it ships."""
    known = ("imdb_gru_base", "dates_gru_base", "shakespeare_lstm_base")
    return {name: shipped(name) for name in known}
