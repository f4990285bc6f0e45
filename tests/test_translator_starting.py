"""Translators that begin with another translator's weights."""

import dataclasses

import numpy as np
import pytest
from run_weights import weights
from test_translation import run  # noqa: F401

import zoo
from recipes import translation
from zoo.errors import InputError


@pytest.fixture
def config(run, numbers):  # noqa: F811
    """A run that changes next to nothing, so that one sees the beginning."""
    return translation.Config(
        train_pairs=str(numbers),
        source=str(run),
        learning_rate=1e-12,
        epochs=1,
        dropout=0.0,
        beams=1,
    )


def test_it_starts_where_the_other_ended(config, run, tmp_path):  # noqa: F811
    config = dataclasses.replace(config, dropout=0.25)
    metrics = translation.train(config, tmp_path / "run", progress=False)
    for mine, other in zip(
        weights(tmp_path / "run"), weights(run), strict=True
    ):
        np.testing.assert_allclose(mine, other, atol=1e-6)
    ours, theirs = zoo.load(tmp_path / "run"), zoo.load(run)
    assert ours.tokenizer.vocabulary == theirs.tokenizer.vocabulary
    # Units are the other's, dropout is its own.
    assert ours.arguments == {**theirs.arguments, "dropout": 0.25}
    assert ours.about["data"] == theirs.about["data"]
    assert metrics["exact_match"] > 0.8


def test_it_goes_on_with_other_sentences(config, tmp_path):
    """Words that the tokenizer never saw cost units, not an error."""
    path = tmp_path / "mine.tsv"
    path.write_text("".join(f"{n} {n}\tune {n}\n" for n in range(10, 40)))
    config = dataclasses.replace(config, train_pairs=str(path))
    translation.train(config, tmp_path / "run", progress=False)
    name = zoo.load(tmp_path / "run").about["data"]["name"]
    assert name == "mine.tsv; before that: numbers.tsv"


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"units": 64}, "`units` of .* is 32"),
        ({"cell": "lstm"}, "`cell` of .* is 'gru'"),
        ({"attention": "none"}, "`attention` of .* is 'additive'"),
        ({"shared": False}, "`shared` of .* is True"),
        ({"vocabulary_size": 80}, "`vocabulary_size` of .* is 70"),
        ({"source": "imdb_gru_base"}, "--from must be a translator"),
        ({"source": "nowhere"}, "no pretrained model 'nowhere'"),
    ],
)
def test_what_it_cannot_start_from(config, tmp_path, changes, message):
    config = dataclasses.replace(config, **changes)
    with pytest.raises(InputError, match=message):
        translation.train(config, tmp_path / "run", progress=False)
    assert not (tmp_path / "run" / "config.json").exists()
