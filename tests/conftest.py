"""What all tests share: no chatter and reports, fixed seeds, tiny models.

A test without one of the marks of `SLOWER` gets the mark `fast`.
"""

import csv
import functools
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("RECURRENT_ZOO_ENGINE", "keras")

from pathlib import Path

import filelock
import keras
import numpy as np
import pytest
from few_runtimes import every_runtime, one_runtime  # noqa: F401
from posix_only import leave_out, pytest_ignore_collect  # noqa: F401

import zoo

# Of what these compare, pytest shows both sides, as it does in the tests.
pytest.register_assert_rewrite("command_line", "hostile", "interrupting")
pytest.register_assert_rewrite("quantized_files", "report_pages")

# What `make test` leaves to `make test-all`; pyproject.toml says what they are.
SLOWER = {"browser", "data", "every_cell_export", "fuzz", "jax", "process"}
SLOWER |= {"slow", "thorough", "torch", "training"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        leave_out(item)
        if SLOWER.isdisjoint(mark.name for mark in item.iter_markers()):
            item.add_marker("fast")


@pytest.fixture(autouse=True)
def fixed_seed():
    keras.utils.set_random_seed(1234)


@pytest.fixture(autouse=True, scope="session")
def few_sentences():
    """`agreement` generates and reads fewer sentences in this process."""
    from recipes import agreement

    with pytest.MonkeyPatch.context() as patch:
        few = {"validation": 210, "test": 410}
        patch.setattr(agreement, "_EXAMPLES_ASIDE", few)
        yield


@pytest.fixture
def all_sentences(monkeypatch):
    """As many as outside of the tests."""
    from recipes import agreement

    every = {"validation": 2_100, "test": 8_200}
    monkeypatch.setattr(agreement, "_EXAMPLES_ASIDE", every)


@pytest.fixture(scope="session")
def once(tmp_path_factory, request):
    """`made(name, fill)`: the folder that `fill` filled, once in a test run.

    All workers of the run share it. No test changes what lies there.
    """
    base = tmp_path_factory.getbasetemp()
    # Of a worker; the variable of that is inherited by tests within tests.
    if hasattr(request.config, "workerinput"):
        base = base.parent

    def made(name, fill):
        folder, done = base / "once" / name, base / "once" / f"{name}.done"
        folder.parent.mkdir(exist_ok=True)
        with filelock.FileLock(f"{folder}.lock"):
            if not done.exists():
                # Left by a worker that failed.
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def tiny_run(once):
    """A function from a network's name to a finished run of `agreement`."""
    from recipes import agreement

    @functools.cache
    def run(cell):
        config = agreement.Config(
            cell=cell, units=8, train_examples=200, epochs=1
        )

        def train(folder):
            agreement.train(config, folder / cell, progress=False)

        return once(f"agreement_{cell}", train) / cell

    return run


@pytest.fixture(scope="session")
def shipped():
    """`zoo.load` for models that ship, each of them read once."""
    return functools.cache(zoo.load)


@pytest.fixture(scope="session")
def shared_data():
    return Path(__file__).parents[2] / "shared/data/tensorflow_datasets"


@pytest.fixture(scope="session")
def reviews(once):
    """A file of three classes, told by one word each."""
    return once("reviews", write_reviews) / "reviews.csv"


def write_reviews(folder):
    random = np.random.default_rng(0)
    words = [f"w{place}" for place in range(50)]
    with open(folder / "reviews.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for row in range(120):
            label = ["bad", "fair", "good"][row % 3]
            text = list(random.choice(words, random.integers(5, 30)))
            text[row % 5] = label
            writer.writerow([" ".join(text), label])


@pytest.fixture(scope="session")
def story(once):
    """A file of some 4,000 characters, some of them outside ASCII."""
    return once("story", write_story) / "story.txt"


def write_story(folder):
    random = np.random.default_rng(0)
    words = "the writer of books is naïve and café 电影 reads on".split()
    lines = [" ".join(random.choice(words, 8)) + ".\n" for _ in range(100)]
    path = folder / "story.txt"
    path.write_text("".join(lines), encoding="utf-8", newline="")


@pytest.fixture(scope="session")
def numbers(once):
    """A file of numbers in figures, a tab, and the same in words."""
    return once("numbers", write_numbers) / "numbers.tsv"


def write_numbers(folder):
    random = np.random.default_rng(0)
    names = "zero one two three vier f\u00fcnf six seven \u516b nine".split()
    rows = {}
    while len(rows) < 300:
        digits = random.integers(0, 10, random.integers(1, 6))
        source = " ".join(map(str, digits))
        rows[source] = " ".join(names[digit] for digit in digits)
    lines = [f"{source}\t{target}\n" for source, target in rows.items()]
    path = folder / "numbers.tsv"
    path.write_text("".join(lines), encoding="utf-8", newline="")


@pytest.fixture(scope="session")
def story_run(story, once):
    """A finished run on the story, which it learns."""
    from recipes import char_lm

    config = char_lm.Config(
        train_file=str(story),
        units=32,
        embedding_size=16,
        batch_size=4,
        window=16,
        epochs=6,
        learning_rate=0.02,
        dropout=0.0,
        recurrent_dropout=0.0,
        test_share=0.1,
    )

    def train(folder):
        char_lm.train(config, folder / "run", progress=False)

    return once("story_run", train) / "run"


@pytest.fixture(scope="session")
def numbers_run(numbers, once):
    """A finished run that says numbers, and says them right."""
    from recipes import translation

    config = translation.Config(
        train_pairs=str(numbers),
        units=32,
        embedding_size=32,
        tokens="bpe",
        vocabulary_size=70,
        epochs=20,
        batch_tokens=128,
        dropout=0.0,
        learning_rate=0.02,
        beams=2,
    )

    def train(folder):
        metrics = translation.train(config, folder / "run", progress=False)
        assert metrics["exact_match"] > 0.8

    return once("numbers_run", train) / "run"


@pytest.fixture
def tiny(reviews, story, numbers):
    """For each recipe, a configuration that trains in seconds.

    That of the preset `tiny`, unless the tests need more of it.
    """
    import recipes
    from recipes import (
        agreement,
        char_lm,
        imdb_sentiment,
        translation,
        word_lm,
    )

    presets = {name: recipes.get(name).PRESETS for name in recipes.names()}
    return {name: presets[name]["tiny"] for name in presets} | {
        "agreement": agreement.Config(
            units=8, train_examples=300, epochs=3, dropout=0.2
        ),
        "char_lm": char_lm.Config(
            train_file=str(story),
            test_share=0.1,
            units=8,
            embedding_size=8,
            epochs=3,
            batch_size=4,
            window=16,
            # An epoch ends in the middle of a pass, and states go on.
            epoch_windows=35,
            learning_rate=0.03,
            ema=0.9,
            recurrent_dropout=0.2,
        ),
        "imdb_sentiment": imdb_sentiment.Config(
            train_file=str(reviews),
            units=8,
            embedding_size=8,
            epochs=3,
            batch_size=16,
            recurrent_dropout=0.2,
            learning_rate=0.01,
        ),
        "translation": translation.Config(
            train_pairs=str(numbers),
            units=8,
            embedding_size=8,
            tokens="bpe",
            vocabulary_size=70,
            epochs=3,
            batch_tokens=128,
            dropout=0.2,
            embedding_dropout=0.1,
            label_smoothing=0.1,
            learning_rate=0.02,
            ema=0.9,
            beams=2,
        ),
        "word_lm": word_lm.Config(
            train_file=str(reviews),
            validation_share=0.1,
            vocabulary_size=50,
            units=8,
            embedding_size=6,
            frequent_words=8,
            drawn_words=16,
            epochs=3,
            batch_size=4,
            window=16,
            # An epoch ends in the middle of a pass, and states go on.
            epoch_windows=20,
            learning_rate=0.02,
            ema=0.9,
            precision="float32",
        ),
    }
