"""The run folder: interrupted, resumed, repeated, refused."""

import csv
import dataclasses
import json

import keras
import numpy as np
import pytest
from run_weights import assert_same_weights, weights
from tiers import fast_are

import recipes
import zoo
from export import export
from recipes import agreement, imdb_sentiment
from recipes.methods import initial_weights
from recipes.training import fit, run
from recipes.training.checkpoint_store import CheckpointStore
from recipes.training.run_folder import check_vocabulary
from zoo.errors import InputError
from zoo.pretrained.limits import LARGEST_JSON
from zoo.text import WordTokenizer, load_tokenizer

pytestmark = pytest.mark.training
OTHERS = [name for name in recipes.names() if name != "imdb_sentiment"]


def history(run_dir):
    """Its rows but for the seconds."""
    with open(run_dir / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{**row, "seconds": None} for row in rows]


class Stop(keras.callbacks.Callback):
    """Ctrl-C in the middle of the second epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (1, 1):
            raise KeyboardInterrupt


# `imdb_sentiment` is interrupted in every way in test_survival.py.
@pytest.mark.parametrize(
    "recipe",
    fast_are(lambda one: one in ("agreement", "char_lm"), OTHERS, "slow"),
)
def test_interrupted_and_resumed_is_uninterrupted(
    recipe, tiny, tmp_path, monkeypatch
):
    train = recipes.get(recipe).train
    train(tiny[recipe], tmp_path / "whole", progress=False)
    with monkeypatch.context() as patch:
        patch.setattr(fit, "reporters", lambda *_: [Stop()])
        with pytest.raises(KeyboardInterrupt):
            train(tiny[recipe], tmp_path / "halves", progress=False)
    assert CheckpointStore(tmp_path / "halves" / "backup").read()
    assert not (tmp_path / "halves" / "metrics.json").exists()
    train(tiny[recipe], tmp_path / "halves", progress=False)
    assert_same_weights(tmp_path / "halves", tmp_path / "whole")
    # Not only the best epoch, which may lie before the stop.
    whole, halves = (history(tmp_path / name) for name in ("whole", "halves"))
    assert halves == whole
    assert len(whole) == 3


def test_one_seed_gives_the_same_weights_and_another_others(tiny, tmp_path):
    config = dataclasses.replace(tiny["imdb_sentiment"], epochs=1)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        imdb_sentiment.train(
            dataclasses.replace(config, seed=seed),
            tmp_path / name,
            progress=False,
        )
    assert_same_weights(tmp_path / "a", tmp_path / "b")
    with pytest.raises(AssertionError):
        assert_same_weights(tmp_path / "a", tmp_path / "c")


def test_it_learns_and_evaluate_says_the_same(tiny, tmp_path):
    config = dataclasses.replace(
        tiny["imdb_sentiment"],
        epochs=12,
        learning_rate=0.05,
        dropout=0.0,
        embedding_dropout=0.0,
        recurrent_dropout=0.0,
    )
    metrics = imdb_sentiment.train(config, tmp_path / "run", progress=False)
    assert metrics["test_accuracy"] == 1.0
    trained = zoo.load(tmp_path / "run")
    assert trained.labels == ["bad", "fair", "good"]
    again = imdb_sentiment.evaluate(trained, config)
    assert again["test_accuracy"] == metrics["test_accuracy"]


@pytest.mark.parametrize(
    "word_vectors", [True, pytest.param(False, marks=pytest.mark.slow)]
)
def test_an_embedding_starts_from_word_vectors_once(
    tiny, tmp_path, monkeypatch, word_vectors
):
    made = []

    def spied(examples, vocabulary_size, size):
        made.append(np.full((vocabulary_size, size), 0.25, "float32"))
        return made[-1]

    monkeypatch.setattr(initial_weights, "word_vectors", spied)
    config = dataclasses.replace(
        tiny["imdb_sentiment"],
        word_vectors=word_vectors,
        epochs=2,
        learning_rate=1e-12,
    )
    with monkeypatch.context() as patch:
        patch.setattr(fit, "reporters", lambda *_: [Stop()])
        with pytest.raises(KeyboardInterrupt):
            imdb_sentiment.train(config, tmp_path / "run", progress=False)
    imdb_sentiment.train(config, tmp_path / "run", progress=False)
    assert len(made) == int(word_vectors)
    embedding = weights(tmp_path / "run")[0]
    assert np.allclose(embedding, 0.25, atol=1e-6) == word_vectors


def test_a_run_does_not_go_on_with_other_data(tiny, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    config = tiny["imdb_sentiment"]
    with monkeypatch.context() as stopped:
        stopped.setattr(run.Run, "fit", stop)
        with pytest.raises(KeyboardInterrupt):
            imdb_sentiment.train(config, tmp_path / "run", progress=False)
    before = {p: p.read_bytes() for p in (tmp_path / "run").glob("*.json")}
    texts = imdb_sentiment.texts

    def changed(*args):
        read = texts(*args)
        rows, classes = read.splits["train"]
        new = ([f"{text} new" for text in rows], classes)
        return dataclasses.replace(read, splits={**read.splits, "train": new})

    monkeypatch.setattr(imdb_sentiment, "texts", changed)
    with pytest.raises(InputError, match="begun with other data"):
        imdb_sentiment.train(config, tmp_path / "run", progress=False)
    for path, content in before.items():
        assert path.read_bytes() == content


def test_early_stopping_keeps_the_best_epoch(tiny, tmp_path):
    config = dataclasses.replace(tiny["imdb_sentiment"], epochs=30, patience=2)
    metrics = imdb_sentiment.train(config, tmp_path / "run", progress=False)
    assert metrics["epochs"] < 30
    with open(tmp_path / "run" / "history.csv") as file:
        # Of equal ones the one with the lower loss.
        scores = [
            (float(row["val_accuracy"]), -float(row["val_loss"]))
            for row in csv.DictReader(file)
        ]
    assert len(scores) - 1 - scores.index(max(scores)) == 2
    assert metrics["validation_accuracy"] == round(max(scores)[0], 5)


def test_a_run_folder_of_something_else_is_refused(tiny, tmp_path):
    config = dataclasses.replace(tiny["agreement"], epochs=1)
    folder = tmp_path / "run"
    agreement.train(config, folder, progress=False)
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError, match="run of 'agreement', not of 'imdb"):
        imdb_sentiment.train(tiny["imdb_sentiment"], folder)
    other = dataclasses.replace(config, units=9)
    with pytest.raises(InputError, match="units 8 there, 9 here"):
        agreement.train(other, folder)
    assert sorted(folder.rglob("*")) == before
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="is not empty and not a run folder"):
        agreement.train(config, tmp_path)
    with pytest.raises(InputError, match="is a file"):
        agreement.train(config, tmp_path / "file")


def test_training_that_breaks_down_says_so(tiny, tmp_path):
    config = dataclasses.replace(
        tiny["imdb_sentiment"], learning_rate=1e38, clip_norm=1e38
    )
    with pytest.raises(InputError, match="Training broke down"):
        imdb_sentiment.train(config, tmp_path / "run", progress=False)


@pytest.mark.parametrize(
    "precision",
    [
        "mixed_bfloat16",
        pytest.param("mixed_float16", marks=pytest.mark.slow),
    ],
)
def test_half_precision_trains_and_leaves_float32(tiny, tmp_path, precision):
    config = dataclasses.replace(
        tiny["imdb_sentiment"],
        precision=precision,
        epochs=12,
        learning_rate=0.05,
        dropout=0.0,
        embedding_dropout=0.0,
        recurrent_dropout=0.0,
    )
    before = keras.config.dtype_policy()
    metrics = imdb_sentiment.train(config, tmp_path / "run", progress=False)
    assert keras.config.dtype_policy() == before
    assert metrics["test_accuracy"] == 1.0
    for row in history(tmp_path / "run"):
        # What float16 scales the loss by is not in it.
        assert float(row["gradient_norm_max"]) < 100
    trained = zoo.load(tmp_path / "run")
    for layer in trained.model.layers:
        assert layer.dtype_policy.name == "float32"
    export(trained, tmp_path / "files")


@pytest.mark.slow
def test_half_precision_resumes(tiny, tmp_path, monkeypatch):
    config = dataclasses.replace(
        tiny["imdb_sentiment"], precision="mixed_float16"
    )
    imdb_sentiment.train(config, tmp_path / "whole", progress=False)
    with monkeypatch.context() as patch:
        patch.setattr(fit, "reporters", lambda *_: [Stop()])
        with pytest.raises(KeyboardInterrupt):
            imdb_sentiment.train(config, tmp_path / "halves", progress=False)
    imdb_sentiment.train(config, tmp_path / "halves", progress=False)
    assert history(tmp_path / "halves") == history(tmp_path / "whole")


def test_a_run_from_before_a_field_was_there_goes_on(tiny, tmp_path):
    config = tiny["imdb_sentiment"]
    path = tmp_path / "run"
    metrics = imdb_sentiment.train(config, path, progress=False)
    about = json.loads((path / "config.json").read_text())
    del about["config"]["precision"]
    (path / "config.json").write_text(json.dumps(about))
    assert imdb_sentiment.train(config, path) == metrics


def test_a_vocabulary_that_no_run_is_loaded_with_is_refused(tmp_path):
    """As large as `tokenizer.json` may be, and one word more."""
    count = LARGEST_JSON // 16
    words = [f"{number:010d}" for number in range(count)]
    check_vocabulary(WordTokenizer(words[: count - 10]))
    WordTokenizer(words[: count - 10]).save(tmp_path / "tokenizer.json")
    assert (tmp_path / "tokenizer.json").stat().st_size < LARGEST_JSON
    assert load_tokenizer(tmp_path / "tokenizer.json").size == count - 8
    with pytest.raises(InputError, match="Use a smaller --vocabulary-size"):
        check_vocabulary(WordTokenizer([*words, "one more"]))
