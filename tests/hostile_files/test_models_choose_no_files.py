"""What a model says of its training decides on no file that is read."""

import builtins
import dataclasses
import os

import pytest
from untrained import untrained

import recipes
from recipes.evaluation import of_file, sources
from zoo.errors import InputError
from zoo.pretrained.scores import known_for

FIELDS = [
    (recipe, field.name)
    for recipe in recipes.names()
    for field in dataclasses.fields(recipes.settings(recipe).Config)
    if field.metadata.get("reads")
]


def named(recipe, **config):
    about = {"recipe": recipe, "config": config}
    return dataclasses.replace(untrained("feedforward"), about=about)


@pytest.fixture
def opened(monkeypatch):
    """The names of all files that are opened."""
    names = []
    for module in (builtins, os):
        real = module.open

        def noted(file, *arguments, real=real, **options):
            names.append(str(file))
            return real(file, *arguments, **options)

        monkeypatch.setattr(module, "open", noted)
    return names


@pytest.mark.parametrize("recipe, field", FIELDS)
def test_a_model_opens_no_file(tmp_path, opened, recipe, field):
    secret = tmp_path / "secret.txt"
    secret.write_text("a\tb\nc\td\n")
    values = {field: str(secret)}
    if field in ("train_source", "test_source"):
        values[field.replace("source", "target")] = str(secret)
    if field.startswith("test_") or field == "unlabelled_file":
        whole = "train_pairs" if recipe == "translation" else "train_file"
        values[whole] = str(secret)
    if field == "unlabelled_file":
        values["teacher"] = "x"
    opened.clear()
    for score in (recipes.evaluate, sources.validation):
        with pytest.raises(InputError, match="does not choose what is read"):
            score(named(recipe, **values))
    assert str(secret) not in opened


def test_the_caller_says_where_the_training_file_is(tmp_path):
    mine, secret = str(tmp_path / "mine.csv"), str(tmp_path / "secret.csv")
    task = named("imdb_sentiment", train_file=secret)
    _, config = recipes.of(task, mine)
    assert config.train_file == mine
    task = named("translation", train_pairs=secret)
    assert recipes.of(task, mine)[1].train_pairs == mine
    task = named("imdb_sentiment", train_file=secret, test_file=secret)
    with pytest.raises(InputError, match="does not choose what is read"):
        recipes.of(task, mine)
    for task in (
        named("imdb_sentiment"),
        named("translation", train_source=secret, train_target=secret),
    ):
        with pytest.raises(InputError, match="files that were trained on"):
            recipes.of(task, mine)


@pytest.mark.parametrize("data", ["/etc/passwd", "../x", "zoo_sources/../x"])
@pytest.mark.parametrize(
    "recipe, field",
    [("char_lm", "data"), ("translation", "data"), ("translation", "beside")],
)
def test_a_data_set_is_a_name_and_no_path(recipe, field, data):
    with pytest.raises(InputError, match="must be one of"):
        recipes.evaluate(named(recipe, **{field: data}))


@pytest.mark.parametrize(
    "value", [None, True, -1, "x", "\ud800", [], {}, 1e308]
)
@pytest.mark.parametrize(
    "field", ["units", "seed", "dropout", "data", "tokens"]
)
def test_a_configuration_of_other_types(field, value):
    with pytest.raises(InputError):
        recipes.of(named("char_lm", **{field: value}))


@pytest.mark.parametrize(
    "about",
    [
        {"recipe": ["x"], "config": {}},
        {"recipe": "char_lm", "config": []},
        {"recipe": "../char_lm", "config": {}},
        {"recipe": "translation", "config": {"examples": 10**12}},
        {"recipe": "agreement", "config": {"train_examples": 10**7}},
    ],
)
def test_a_run_that_cannot_be(about):
    task = dataclasses.replace(untrained("feedforward"), about=about)
    with pytest.raises(InputError):
        recipes.evaluate(task)


def test_columns_of_other_types(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("text,label\nw0,negative\n")
    task = untrained("feedforward")
    config = {"text_column": 5, "label_column": ["x"], "beams": "many"}
    task = dataclasses.replace(
        task, about={"config": config}, labels=["negative", "positive"]
    )
    assert of_file.scores(task, file, of_file.FileForm())["test_examples"] == 1


@pytest.mark.parametrize("value", [None, True, "x", [], {}, 10**400, 1e308])
def test_scores_of_other_types(value):
    names = ("test_accuracy", "bleu", "validation_nats_per_byte", "exact_match")
    for name in names:
        assert known_for({name: value, "pair": "any-iso"}) == ""
