"""Every recipe: learns, resumes, repeats, and leaves the promised folder."""

import csv
import dataclasses
import json
import subprocess
import sys

import keras
import numpy as np
import pytest

import recipes
from recipes import agreement, imdb_sentiment, run
from recipes.optimizer import ClippedAdam
from zoo import models
from zoo.errors import InputError


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    """A file of three classes, told by one word each."""
    path = tmp_path_factory.mktemp("data") / "reviews.csv"
    random = np.random.default_rng(0)
    words = [f"w{place}" for place in range(50)]
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for row in range(120):
            label = ["bad", "fair", "good"][row % 3]
            text = list(random.choice(words, random.integers(5, 30)))
            text[row % 5] = label
            writer.writerow([" ".join(text), label])
    return path


@pytest.fixture
def tiny(reviews):
    """For each recipe, a configuration that trains in seconds."""
    return {
        "agreement": agreement.Config(
            units=8, train_examples=300, epochs=3, dropout=0.2
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
    }


def weights(folder):
    config = json.loads((folder / "config.json").read_text())
    model = models.build(config["builder"], config["arguments"])
    model.load_weights(folder / "model.keras")
    return model.get_weights()


def assert_same_weights(folder, other):
    for ours, theirs in zip(weights(folder), weights(other), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_a_recipe_has_what_a_recipe_has(recipe):
    module = recipes.get(recipe)
    assert f"zoo train {recipe}" in module.__doc__
    assert "Published run" in module.__doc__
    assert {"default", "tiny"} <= module.PRESETS.keys()
    assert module.PRESETS["default"] == module.Config()
    for name in ("data", "model", "evaluate", "train", "main"):
        assert callable(getattr(module, name))
    for field in dataclasses.fields(module.Config):
        assert field.metadata["help"]


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_overfits_one_batch(recipe):
    module = recipes.get(recipe)
    random = np.random.default_rng(0)
    ids = random.integers(1, 40, (16, 12)).astype("int32")
    labels = random.integers(0, 2, 16).astype("int32")
    config = module.Config(units=16)
    shape = (40, 2) if recipe == "imdb_sentiment" else (40,)
    builder, arguments = module.model(config, *shape)
    for name in arguments:
        if name.endswith("dropout"):
            arguments[name] = 0.0
    model = models.build(builder, arguments)
    model.compile(
        ClippedAdam(0.02, config.clip_norm),
        {"logits": keras.losses.SparseCategoricalCrossentropy(True)},
    )
    targets = {"logits": labels}
    for _ in range(60):
        loss = model.train_on_batch(ids, targets)
    assert loss < 0.05


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_the_run_folder(recipe, tiny, tmp_path):
    folder = tmp_path / "run"
    metrics = recipes.get(recipe).train(tiny[recipe], folder, progress=False)
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "logs" not in path.parts
    }
    plots = {"plots/curves.png", "plots/confusion.png"}
    if recipe == "agreement":
        plots.add("plots/accuracy.png")
    files = ["config", "metrics", "tokenizer"]
    assert there == {f"{name}.json" for name in files} | plots | {
        "model.keras",
        "history.csv",
    }
    assert list((folder / "logs").rglob("events.*"))
    assert metrics == json.loads((folder / "metrics.json").read_text())
    for name in ("train_seconds", "parameters", "tokens_per_second"):
        assert metrics[name] > 0
    assert metrics["recipe"] == recipe
    assert 0 <= metrics["test_accuracy"] <= 1
    with open(folder / "history.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    for row in rows:
        assert 0 < float(row["gradient_norm"])
        assert float(row["gradient_norm"]) <= float(row["gradient_norm_max"])
    # A finished run is not trained again.
    assert recipes.get(recipe).train(tiny[recipe], folder) == metrics


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_interrupted_and_resumed_is_uninterrupted(
    recipe, tiny, tmp_path, monkeypatch
):
    train = recipes.get(recipe).train
    train(tiny[recipe], tmp_path / "whole", progress=False)

    class Stop(keras.callbacks.Callback):
        """Ctrl-C in the middle of the second epoch."""

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

        def on_train_batch_end(self, batch, logs=None):
            if (self.epoch, batch) == (1, 1):
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run.Run, "_reporters", lambda self: [Stop()])
        with pytest.raises(KeyboardInterrupt):
            train(tiny[recipe], tmp_path / "halves", progress=False)
    assert (tmp_path / "halves" / "backup" / "state.npz").exists()
    assert not (tmp_path / "halves" / "metrics.json").exists()
    train(tiny[recipe], tmp_path / "halves", progress=False)
    assert_same_weights(tmp_path / "halves", tmp_path / "whole")
    rows = [
        (tmp_path / name / "history.csv").read_text().splitlines()
        for name in ("whole", "halves")
    ]
    assert len(rows[0]) == len(rows[1]) == 4


def test_one_seed_gives_the_same_weights_and_another_others(tiny, tmp_path):
    config = tiny["imdb_sentiment"]
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
    import zoo

    config = dataclasses.replace(
        tiny["imdb_sentiment"],
        epochs=30,
        learning_rate=0.03,
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


def test_early_stopping_keeps_the_best_epoch(tiny, tmp_path):
    config = dataclasses.replace(tiny["imdb_sentiment"], epochs=30, patience=2)
    metrics = imdb_sentiment.train(config, tmp_path / "run", progress=False)
    assert metrics["epochs"] < 30
    with open(tmp_path / "run" / "history.csv") as file:
        scores = [float(row["val_accuracy"]) for row in csv.DictReader(file)]
    assert len(scores) - 1 - scores.index(max(scores)) == 2
    assert metrics["validation_accuracy"] == round(max(scores), 5)


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
        tiny["imdb_sentiment"], learning_rate=1e30, clip_norm=1e30
    )
    with pytest.raises(InputError, match="Training broke down"):
        imdb_sentiment.train(config, tmp_path / "run", progress=False)


REPLICAS = """
import sys, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)
tf.config.experimental.enable_op_determinism()
replicas = int(sys.argv[1])
devices = ["CPU:0", "CPU:1"][:replicas]
strategy = tf.distribute.MirroredStrategy(
    devices, tf.distribute.ReductionToOneDevice()
)
import keras, numpy as np, recipes
from recipes.optimizer import ClippedAdam
from zoo import models
module = recipes.get(sys.argv[2])
keras.utils.set_random_seed(3)
with strategy.scope():
    config = module.Config(units=8)
    shape = (40, 2) if sys.argv[2] == "imdb_sentiment" else (40,)
    builder, arguments = module.model(config, *shape)
    for name in arguments:
        if name.endswith("dropout"):
            arguments[name] = 0.0
    model = models.build(builder, arguments)
    loss = keras.losses.SparseCategoricalCrossentropy(True)
    model.compile(ClippedAdam(0.01, 0.1), {"logits": loss})
random = np.random.default_rng(0)
ids = random.integers(1, 40, (32, 12)).astype("int32")
labels = random.integers(0, 2, 32).astype("int32")
data = tf.data.Dataset.from_tensor_slices((ids, {"logits": labels})).batch(8)
model.fit(data, epochs=3, verbose=0, shuffle=False)
np.savez(sys.argv[3], *model.get_weights())
norm = keras.ops.convert_to_numpy(model.optimizer.gradient_norm_max)
assert norm > 0.1, f"nothing was clipped: {norm}"
"""


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_two_replicas_are_one(recipe, tmp_path):
    for replicas in ("1", "2"):
        subprocess.run(
            [
                sys.executable,
                "-c",
                REPLICAS,
                replicas,
                recipe,
                tmp_path / f"{replicas}.npz",
            ],
            check=True,
        )
    one, two = (np.load(tmp_path / f"{n}.npz") for n in "12")
    for name in one:
        # Two half sums instead of one whole sum, through twelve Adam steps.
        np.testing.assert_allclose(one[name], two[name], atol=1e-5)
