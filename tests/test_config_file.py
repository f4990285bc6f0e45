"""`zoo train RECIPE --config FILE`: what a search or a run wrote."""

import dataclasses
import json

import pytest
from test_cli import mistake

from recipes import agreement
from recipes.config import flags


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
