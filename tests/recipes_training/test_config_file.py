"""`zoo train RECIPE --config FILE`: what a search or a run wrote."""

import dataclasses
import json
import types

import pytest
from command_line import mistake

import recipes
from recipes import agreement, imdb_sentiment
from recipes.config import flags
from recipes.config.imdb_sentiment import Config
from recipes.training import run_folder
from zoo.errors import InputError


@pytest.mark.parametrize(
    "text, message",
    [
        ('{"unit": 3}', "Did you mean 'units'?"),
        ('{"units": "3"}', "`units` must be of type int"),
        ('{"units": true}', "`units` must be of type int"),
        ('{"dropout": 2}', "`dropout` must be at least 0"),
        ("units: 3", "must be JSON"),
        ("[3]", "must hold a JSON object"),
        ('{"recipe": "char_lm", "config": {}}', "is of 'char_lm', not of"),
    ],
)
def test_a_configuration_file_that_is_none(tmp_path, capsys, text, message):
    path = tmp_path / "config.json"
    path.write_text(text)
    words = ["train", "agreement", "--config", path]
    assert message in mistake(capsys, *words)


def test_a_configuration_file(tmp_path, capsys):
    path = tmp_path / "config.json"
    path.write_text('{"units": 3, "dropout": 0, "learning_rate": 1}')

    def parsed(*words):
        parser = flags.parser("agreement", agreement.Config, {}, "")
        words = ["--config", str(path), *words]
        return flags.parse(parser, words, agreement.Config, {})[0]

    found = parsed("--units", "4")
    assert found == agreement.Config(units=4, dropout=0.0, learning_rate=1.0)
    assert "not both" in mistake(
        capsys, "train", "agreement", "--config", path, "--preset", "tiny"
    )
    assert "No such file" in mistake(
        capsys, "train", "agreement", "--config", tmp_path / "no.json"
    )
    # That of a run folder.
    config = {**dataclasses.asdict(agreement.Config()), "units": 5}
    path.write_text(json.dumps({"recipe": "agreement", "config": config}))
    assert parsed() == agreement.Config(units=5)


def test_a_flag_and_a_field_under_their_old_name(tmp_path, capsys):
    """`thaw` of the release before is `unfreeze`, wherever it was written."""

    def parsed(*words):
        parser = flags.parser("imdb_sentiment", Config, {}, "")
        return flags.parse(parser, ["--from", "x", *words], Config, {})[0]

    expected = Config(source="x", unfreeze=0.2)
    assert parsed("--thaw", "0.2") == expected
    assert "--thaw is now --unfreeze" in capsys.readouterr().err
    assert parsed("--unfreeze", "0.2") == expected
    assert not capsys.readouterr().err
    path = tmp_path / "config.json"
    values = dataclasses.asdict(expected)
    values["thaw"] = values.pop("unfreeze")
    path.write_text(json.dumps({"recipe": "imdb_sentiment", "config": values}))
    assert parsed("--config", str(path)) == expected
    # The run that it is of goes on.
    assert run_folder.opened(tmp_path, "imdb_sentiment", expected)
    other = dataclasses.replace(expected, unfreeze=0.3)
    with pytest.raises(InputError, match="unfreeze 0.2 there, 0.3 here"):
        run_folder.opened(tmp_path, "imdb_sentiment", other)
    # So is a model that was published before.
    about = {"recipe": "imdb_sentiment", "config": values}
    task = types.SimpleNamespace(name="it", about=about)
    assert recipes.of(task) == (imdb_sentiment, expected)
