"""Every recipe: learns, resumes, repeats, and leaves the promised folder."""

import csv
import dataclasses
import json

import keras
import numpy as np
import pytest
from tiers import fast_are

import recipes
from recipes.training.optimizer import ClippedAdam
from zoo import models

# What the run folder of a recipe has beside what all have.
MORE_FILES = {
    "agreement": {"plots/confusion.png", "plots/accuracy.png"},
    "char_lm": set(),
    "imdb_sentiment": {"plots/calibration.png", "plots/confusion.png"},
    "translation": {
        *("plots/length.png", "plots/attention.png", "tokenizer.model"),
    },
    "word_lm": set(),
}


@pytest.mark.parametrize("recipe", recipes.names())
def test_presets_begin_where_others_end(recipe):
    """What a preset needs of other runs is a preset too, and comes first."""
    presets = recipes.get(recipe).PRESETS
    for preset in presets:
        order = recipes.needed(recipe, preset)
        assert order[-1] == preset and len(set(order)) == len(order)
        for place, one in enumerate(order):
            for field in ("source", "teacher"):
                for other in getattr(presets[one], field, "").split(","):
                    if other.startswith("runs/"):
                        assert other.removeprefix("runs/") in order[:place]


@pytest.mark.parametrize("recipe", recipes.names())
def test_a_recipe_has_what_a_recipe_has(recipe):
    module = recipes.get(recipe)
    assert f"zoo train {recipe}" in module.__doc__
    assert "Published run" in module.__doc__
    assert {"default", "tiny"} <= module.PRESETS.keys()
    assert module.PRESETS["default"] == module.Config()
    for name in recipes.PARTS:
        assert callable(getattr(module, name)) or name == "PRESETS"
    for field in dataclasses.fields(module.Config):
        assert field.metadata["help"]


@pytest.mark.parametrize("recipe", recipes.names())
@pytest.mark.training
def test_overfits_one_batch(recipe):
    module = recipes.get(recipe)
    random = np.random.default_rng(0)
    ids = random.integers(1, 40, (16, 12)).astype("int32")
    labels = random.integers(0, 2, 16).astype("int32")
    if recipe in ("char_lm", "translation", "word_lm"):
        # What comes next can be told from the two tokens before.
        labels = (ids + np.roll(ids, 1, axis=1)) % 40
        labels[:, 0] = ids[:, 0]
    config = module.Config(units=16)
    sides = ("source_vocabulary_size", "target_vocabulary_size")
    shapes = {
        "imdb_sentiment": (40, 2),
        "translation": (dict.fromkeys(sides, 40),),
    }
    builder, arguments = module.model(config, *shapes.get(recipe, (40,)))
    for name in arguments:
        if name.endswith("dropout"):
            arguments[name] = 0.0
    model = models.build(builder, arguments)
    inputs = ids
    if recipe == "translation":
        inputs = {"source_ids": ids[:, ::-1].copy(), "target_ids": ids}
    model.compile(
        ClippedAdam(0.02, config.clip_norm),
        {"logits": keras.losses.SparseCategoricalCrossentropy(True)},
    )
    targets = {"logits": labels}
    for _ in range(60 if labels.ndim == 1 else 300):
        # Keras before 3.15 gives the mean of all steps until then.
        model.reset_metrics()
        loss = model.train_on_batch(inputs, targets)
    assert loss < 0.05


@pytest.mark.parametrize(
    "recipe",
    fast_are(lambda one: one != "translation", recipes.names(), "slow"),
)
@pytest.mark.training
def test_the_run_folder(recipe, tiny, tmp_path):
    folder = tmp_path / "run"
    metrics = recipes.get(recipe).train(tiny[recipe], folder, progress=False)
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "logs" not in path.parts
    }
    files = ["config.json", "metrics.json", "tokenizer.json", "history.csv"]
    files += ["model.keras", "model.safetensors", "plots/curves.png"]
    known = recipe in MORE_FILES
    plots = {file for file in there if file.startswith("plots/")}
    assert there == {*files} | (MORE_FILES[recipe] if known else plots)
    assert list((folder / "logs").rglob("events.*"))
    assert metrics == json.loads((folder / "metrics.json").read_text())
    for name in ("train_seconds", "parameters", "tokens_per_second"):
        assert metrics[name] > 0
    assert metrics["recipe"] == recipe
    if recipe == "char_lm":
        assert 0 < metrics["test_bits_per_character"] < 8
    elif recipe == "word_lm":
        assert 1 < metrics["validation_perplexity"] < 50
    elif recipe == "translation":
        assert 0 <= metrics["bleu"] <= 100 and metrics["bleu_signature"]
    elif known:
        assert 0 <= metrics["test_accuracy"] <= 1
    with open(folder / "history.csv") as file:
        rows = list(csv.DictReader(file))
    epochs = range(1, tiny[recipe].epochs + 1)
    assert [row["epoch"] for row in rows] == [*map(str, epochs)]
    for row in rows:
        assert 0 < float(row["gradient_norm"])
        assert float(row["gradient_norm"]) <= float(row["gradient_norm_max"])
    # A finished run is not trained again.
    assert recipes.get(recipe).train(tiny[recipe], folder) == metrics
