"""Runs of all recipes as smaller ONNX files, scored on their own data."""

import dataclasses
import json

import numpy as np
import pytest
from quantized_files import check

import recipes
import zoo
from export.tasks import translator as exported_translator
from recipes.evaluation import held_out, sources
from zoo.backend.compile import logits_function
from zoo.cli.main import main
from zoo.errors import InputError
from zoo.models.translator import encoder_form, step_form


@pytest.fixture(scope="module")
def runs(once, reviews, story, numbers):
    """A run of each recipe, large enough that something becomes smaller."""
    same = {"units": 32, "embedding_size": 32, "epochs": 1}
    # Those of the recipes here; another one has its preset `tiny`.
    fields = {
        "agreement": {"train_examples": 300},
        "char_lm": {"train_file": str(story), "batch_size": 4, "window": 16},
        "imdb_sentiment": {"train_file": str(reviews), "validation_share": 0.2},
        "translation": {
            "train_pairs": str(numbers),
            "tokens": "bpe",
            "vocabulary_size": 70,
            "batch_tokens": 128,
        },
        "word_lm": {
            "train_file": str(reviews),
            "vocabulary_size": 50,
            "frequent_words": 8,
            "drawn_words": 16,
            "precision": "float32",
            "batch_size": 4,
            "window": 16,
        },
    }

    def train(folder):
        for recipe in recipes.names():
            module = recipes.get(recipe)
            config = module.PRESETS["tiny"]
            if recipe in fields:
                config = module.Config(**same, **fields[recipe])
            module.train(config, folder / recipe, progress=False, test=False)

    return once("runs_to_quantize", train)


@pytest.fixture(scope="module")
def files(reviews, story, numbers):
    """What they are scored on, where a model must not say it."""
    return {
        "imdb_sentiment": reviews,
        "char_lm": story,
        "translation": numbers,
        "word_lm": reviews,
    }


SCORES = {
    "agreement": ("accuracy", 210),
    "char_lm": ("nats_per_character", 3_500),
    "imdb_sentiment": ("accuracy", 120),
    "translation": ("bleu", 300),
    "word_lm": ("nats_per_word", 2_000),
}
ARTIFACTS = {
    "agreement": ({"onnx"}, []),
    "char_lm": ({"onnx", "onnx_step"}, ["LSTM", "MatMul"]),
    "imdb_sentiment": ({"onnx"}, []),
    "translation": ({"onnx_step", "onnx_translate"}, ["Gemm", "MatMul"]),
    "word_lm": ({"onnx", "onnx_step"}, ["Gemm", "MatMul"]),
}


@pytest.mark.parametrize("recipe", recipes.names())
@pytest.mark.training
@pytest.mark.slow
def test_every_recipe(runs, files, recipe, tmp_path, capsys):
    words = ["--to", str(tmp_path / "out"), "--quantize", "int8"]
    # Scores of hardly trained models change by whim.
    words += ["--largest-loss", "5"]
    file = files.get(recipe)
    words += ["--validation-file", str(file)] if file else []
    # JSON of one, lines of the others.
    words += ["--json"] * (recipe == "agreement")
    assert main(["export", str(runs / recipe), *words]) == 0
    printed = capsys.readouterr().out
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    score = manifest["quantization"]["score"]
    if recipe in SCORES:
        assert (score["name"], score["examples"]) == SCORES[recipe]
    assert score["split"] == (file.name if file else "validation")
    assert score["limit"] == 5
    if recipe == "agreement":
        assert json.loads(printed) == manifest
    else:
        assert f"score     {score['line']}" in printed
        assert "int8      0." in printed
    assert not (tmp_path / "out" / "saved_model").exists()
    about = check(manifest, tmp_path / "out", "int8")
    if recipe in ARTIFACTS:
        names, computed = ARTIFACTS[recipe]
        assert manifest["largest_difference"].keys() == names
        assert about["computed"] == computed
        assert about["domains"] == ["com.microsoft"] * ("LSTM" in computed)
    # What the float32 files score is what Keras scores.
    trained = zoo.load(runs / recipe)
    if recipe == "translation":
        answers = exported_translator.Reference(
            trained, encoder_form(trained.model), step_form(trained.model)
        ).greedy
    else:
        answers = logits_function(trained.model)
    expected = sources.validation(trained, file).measure(answers)
    assert score["before"] == pytest.approx(expected, abs=2e-6)


def of_run(trained):
    """The validation part of its own file, which the caller reads here."""
    recipe = recipes.get(trained.about["recipe"])
    config = recipe.Config(**trained.about["config"])
    return recipe.validation(trained, config)


@pytest.mark.training
def test_the_score_is_that_of_the_whole(runs):
    """Nats over stretches are near those of the run; accuracy is the same."""
    metrics = json.loads((runs / "char_lm" / "metrics.json").read_text())
    trained = zoo.load(runs / "char_lm")
    nats = of_run(trained).measure(logits_function(trained.model))
    said = metrics["validation_nats_per_character"]
    assert nats == pytest.approx(said, rel=0.05)
    metrics = json.loads((runs / "imdb_sentiment" / "metrics.json").read_text())
    trained = zoo.load(runs / "imdb_sentiment")
    measure = of_run(trained).measure
    accuracy = measure(logits_function(trained.model))
    assert accuracy == pytest.approx(metrics["validation_accuracy"], abs=1e-5)


@pytest.mark.training
def test_your_own_files(runs, files):
    for recipe, file in files.items():
        trained = zoo.load(runs / recipe)
        with pytest.raises(InputError, match="does not choose what is read"):
            sources.validation(trained)
        # Of whom it is not known how they were trained.
        trained = dataclasses.replace(trained, about={})
        validation = sources.validation(trained, file)
        assert validation.split == file.name
        assert validation.examples == SCORES[recipe][1]


@pytest.mark.training
def test_texts_are_spread_and_bounded(runs, monkeypatch):
    monkeypatch.setattr(held_out, "TEXTS", 3)
    trained = zoo.load(runs / "imdb_sentiment")
    seen = []
    texts, classes = [f"w{i} good" for i in range(9)], [0, 1, 2] * 3
    validation = held_out.of_classes(trained, texts, classes)
    validation.measure(lambda ids: seen.extend(ids) or np.eye(3)[:, :3])
    encoded = [trained.tokenizer.encode(texts[i])[0] for i in (0, 4, 8)]
    assert sorted(row[0] for row in seen) == sorted(encoded)
    assert validation.examples == 3


@pytest.mark.training
def test_files_that_do_not_fit_the_model(runs, tmp_path):
    classifier = zoo.load(runs / "imdb_sentiment")
    file = tmp_path / "other.csv"
    file.write_text("text,label\na,good\nb,dreadful\n")
    with pytest.raises(InputError, match="has not: 'dreadful'. It has: bad"):
        sources.validation(classifier, file)
    story = tmp_path / "story.txt"
    story.write_text("a")
    with pytest.raises(InputError, match="at least two tokens"):
        sources.validation(zoo.load(runs / "char_lm"), story)
    unknown = dataclasses.replace(classifier, about={})
    with pytest.raises(InputError, match="does not say .* --validation-file"):
        sources.validation(unknown)
