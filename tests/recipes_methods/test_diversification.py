"""More pairs by other translators, in both directions."""

import dataclasses
import json
import shutil

import pytest

from recipes import translation
from recipes.datasets import own_pairs
from recipes.methods import data_diversification
from zoo.errors import InputError

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def teacher(numbers_run, tmp_path_factory):
    """A function from languages to a translator of them."""

    def of(pair):
        folder = tmp_path_factory.mktemp("teacher") / "run"
        shutil.copytree(numbers_run, folder)
        path = folder / "metrics.json"
        metrics = json.loads(path.read_text())
        path.write_text(json.dumps({**metrics, "pair": pair}))
        return str(folder)

    return of


PAIRS = [("1 2 3", "ichi ni san"), ("4", "four"), ("9 0 9", "x")]


def test_one_translates_and_one_translates_back(teacher, tmp_path):
    names = f"{teacher('a-b')},{teacher('b-a')}"
    found = data_diversification.load_teachers(names, "a-b")
    assert [back for _, back in found] == [False, True]
    kept = tmp_path / "taught.json"
    made = data_diversification.translated_pairs(found, PAIRS, kept)
    sources, targets = (set(side) for side in zip(*PAIRS, strict=True))
    forth = [(s, t) for s, t in made if s in sources]
    back = [(s, t) for s, t in made if t in targets]
    assert ("1 2 3", "one two three") in forth
    assert len(forth) > 3 and back and len(forth) + len(back) == len(made)
    assert len(set(made)) == len(made) and not set(made) & set(PAIRS)
    # What is there is not made again.
    assert data_diversification.translated_pairs([], PAIRS, kept) == made


def test_a_run_learns_them_too(teacher, numbers, tmp_path):
    config = translation.Config(
        train_pairs=str(numbers),
        pair="a-b",
        units=8,
        embedding_size=8,
        tokens="bpe",
        vocabulary_size=70,
        epochs=1,
        beams=1,
        teacher=teacher("a-b"),
    )
    translation.train(config, tmp_path / "run", progress=False, test=False)
    made = json.loads((tmp_path / "run" / "taught.json").read_text())
    written = set(own_pairs.load("", "", str(numbers)))
    assert made["source"] and {s for s, _ in written} >= set(made["source"])
    alone = dataclasses.replace(config, teacher="")
    translation.train(alone, tmp_path / "alone", progress=False, test=False)
    more, fewer = (
        json.loads((tmp_path / name / "metrics.json").read_text())
        for name in ("run", "alone")
    )
    assert more["splits"] == fewer["splits"]


@pytest.mark.parametrize("name", ["imdb_gru_base", "dates_gru_base"])
@pytest.mark.parametrize("pair", ["en-de", ""])
def test_a_teacher_of_something_else(name, pair):
    with pytest.raises(InputError, match="--teacher must translate"):
        data_diversification.load_teachers(name, pair)


def test_no_teacher():
    assert data_diversification.load_teachers("", "en-de") == []
    with pytest.raises(InputError, match="no pretrained model 'nobody'"):
        data_diversification.load_teachers("nobody", "en-de")
