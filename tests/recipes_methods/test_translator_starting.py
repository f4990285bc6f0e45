"""Translators that begin with another translator's weights."""

import dataclasses

import numpy as np
import pytest
from run_weights import weights

import zoo
from recipes import translation
from zoo.errors import InputError

pytestmark = pytest.mark.training


@pytest.fixture
def config(numbers_run, numbers):
    """A run that changes next to nothing, so that one sees the beginning."""
    return translation.Config(
        train_pairs=str(numbers),
        source=str(numbers_run),
        learning_rate=1e-12,
        epochs=1,
        dropout=0.0,
        beams=1,
    )


def test_it_starts_where_the_other_ended(config, numbers_run, tmp_path):
    config = dataclasses.replace(config, dropout=0.25)
    metrics = translation.train(config, tmp_path / "run", progress=False)
    for mine, other in zip(
        weights(tmp_path / "run"), weights(numbers_run), strict=True
    ):
        np.testing.assert_allclose(mine, other, atol=1e-6)
    ours, theirs = zoo.load(tmp_path / "run"), zoo.load(numbers_run)
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


def test_it_starts_from_the_mean_of_several(config, numbers_run, tmp_path):
    other = tmp_path / "other"
    theirs = dataclasses.replace(
        config, learning_rate=0.02, batch_tokens=128, ema=0.0
    )
    translation.train(theirs, other, progress=False)
    config = dataclasses.replace(config, source=f"{numbers_run},{other}")
    translation.train(config, tmp_path / "run", progress=False)
    ours, *both = (weights(f) for f in (tmp_path / "run", numbers_run, other))
    apart = 0.0
    for mine, one, two in zip(ours, *both, strict=True):
        np.testing.assert_allclose(mine, (one + two) / 2, atol=1e-6)
        apart = max(apart, np.abs(one - two).max())
    assert apart > 0.01


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
        ({"source": "runs/x_first"}, "--preset x_first --run-dir runs/x_"),
        ({"teacher": "runs/x_first"}, "There is no runs/x_first"),
        ({"source": "RUN,dates_gru_base"}, "run and dates_gru_base differ"),
        ({"source": "RUN,imdb_gru_base"}, "must be a translator"),
    ],
)
def test_what_it_cannot_start_from(config, tmp_path, changes, message):
    if "source" in changes:
        theirs = changes["source"].replace("RUN", config.source)
        changes = {"source": theirs}
    config = dataclasses.replace(config, **changes)
    with pytest.raises(InputError, match=message):
        translation.train(config, tmp_path / "run", progress=False)
    assert not (tmp_path / "run" / "config.json").exists()
