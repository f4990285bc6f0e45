"""Data sets of ours: a version has the same bytes on every machine."""

import datetime
import gzip
import hashlib
import itertools
import json
import shutil

import numpy as np
import pytest

from recipes import agreement, char_lm, translation
from recipes.data import token_files
from recipes.datasets import content, dates, long_texts
from recipes.datasets.fixed_random import FixedRandom
from recipes.training.run_folder import as_begun
from zoo.errors import InputError
from zoo.pretrained.registry import names

# By data set and version, the SHA-256 of what its recipe trains and tests on
# by default. Another sum needs another version, here and in the data set.
SUMS = {
    (dates.DATA["name"], "1"): (
        "77ce9cf9095eda47936f2e27f04638d76a28eeb4593b5f64fccb29f6bdf045ee"
    ),
    (agreement.DATA["name"], "1"): (
        "5e18b86d51bfa793bbee8c622d11367cf3a421ee8bfd10a47ddc52fa6c5f7a04"
    ),
    (long_texts.DATA["zoo_sources"]["name"], "1"): (
        "b30c5d4cd0205335c6cbe59ced0b8196929d3d4480f79c061b5a8da971572b54"
    ),
}


def defaults(folder):
    """What the default configuration of each recipe says of its data."""
    config = translation.Config()
    texts = translation.texts(config, None)
    yield translation.about(config, texts), texts
    _, splits = agreement.data(agreement.Config())
    yield agreement.about(splits), splits
    config = char_lm.Config()
    files = char_lm.data(config, None, folder)
    yield char_lm.about(config, files.sha256), files.splits


@pytest.mark.thorough
def test_a_version_has_the_same_bytes_everywhere(tmp_path, all_sentences):
    found = list(defaults(tmp_path / "text"))
    sums = {
        (said["name"], said["version"]): said["sha256"] for said, _ in found
    }
    assert sums == SUMS
    texts = found[0][1]
    # What Babel 2.18.0 made, when the model that ships was tested on it.
    assert sum(len(source.split()) == 1 for source, _ in texts["test"]) == 1_536


@pytest.mark.thorough
def test_the_card_of_a_model_names_its_data(shipped):
    known = [shipped(name).about["data"] for name in names()]
    ours = [data for data in known if "version" in data]
    assert ours
    for data in ours:
        assert SUMS[data["name"], data["version"]] == data["sha256"]
    card = shipped("dates_gru_base").folder.joinpath("card.md").read_text()
    assert "| version of the data | 1 |" in card
    assert f"| SHA-256 of the data | {ours[0]['sha256']} |" in card


@pytest.mark.thorough
def test_a_run_says_what_it_read(tiny_run, tiny, story, tmp_path):
    run = json.loads((tiny_run("gru") / "config.json").read_text())
    config = agreement.Config(**run["config"])
    assert run["data"] == agreement.about(agreement.data(config)[1])
    char_lm.train(tiny["char_lm"], tmp_path / "run", progress=False)
    run = json.loads((tmp_path / "run" / "config.json").read_text())
    found = hashlib.sha256(story.read_bytes()).hexdigest()
    assert run["data"]["sha256"] == found


def test_the_sum_is_that_of_a_file_of_lines():
    lines = '["train", "naïve", 1]\n["train", "电影", 0]\n["test", "a", 1]\n'
    splits = {"train": [("naïve", 1), ("电影", 0)], "test": [["a", 1]]}
    expected = hashlib.sha256(lines.encode("utf-8")).hexdigest()
    assert content.sha256(splits) == expected
    swapped = {"train": splits["test"], "test": splits["train"]}
    assert content.sha256(swapped) != expected


def test_random_numbers_do_not_depend_on_numpy():
    """What `numpy.random.Generator` of NumPy 2.4.6 returned for seed 3."""
    random = FixedRandom(3)
    counts = (5, 1, 222, 36_525, 3_000_000_000, 3_000_000_000, 2**32 - 1, 3)
    expected = [4, 0, 19, 6554, 710431519, 544094361, 3441447622, 2]
    assert [random.below(count) for count in counts] == expected
    order = [2, 10, 3, 0, 11, 8, 4, 6, 5, 9, 7, 1]
    assert FixedRandom([1, 3]).permutation(12) == order
    assert sorted(FixedRandom(0).permutation(1_000)) == list(range(1_000))
    drawn = [random.choice("ab") for _ in range(4_000)]
    assert 0.45 < drawn.count("a") / 4_000 < 0.55


def test_dates_by_the_patterns_of_the_cldr():
    day = datetime.date(2007, 3, 9)
    written = {
        name: [
            dates.writer(pattern, known["names"])(day)
            for pattern in known["patterns"].values()
        ]
        for name, known in dates.locales().items()
    }
    assert written["es"][0] == "viernes, 9 de marzo de 2007"
    assert written["de"][2:4] == ["09.03.2007", "09.03.07"]
    assert written["ja"][4] == "2007年3月9日(金)"
    # All text in quotes is written without them.
    assert not set("'\"") & set("".join(itertools.chain(*written.values())))


def test_a_text_that_was_changed_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "zoo_sources.txt.gz"
    path.write_bytes(gzip.compress(b"another"))
    monkeypatch.setattr(long_texts, "_ZOO_SOURCES", path)
    with pytest.raises(InputError, match="has been changed"):
        long_texts.pieces("zoo_sources", "", None)


def begun_again(run, folder, **changes):
    """A run that was stopped before its first epoch, its config changed."""
    shutil.copytree(run, folder)
    (folder / "metrics.json").unlink()
    path = folder / "config.json"
    begun = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps(begun))
    return agreement.Config(**begun["config"])


@pytest.mark.thorough
def test_a_run_that_does_not_say_its_sum_goes_on(tiny_run, tmp_path):
    said = {key: agreement.DATA[key] for key in ("name", "licence")}
    config = begun_again(tiny_run("gru"), tmp_path / "run", data=said)
    assert agreement.train(config, tmp_path / "run", progress=False)


def test_a_run_of_other_data_does_not_go_on(tiny_run, tmp_path):
    said = {**agreement.DATA, "sha256": "0" * 64}
    config = begun_again(tiny_run("gru"), tmp_path / "run", data=said)
    with pytest.raises(InputError, match="was begun with other data"):
        agreement.train(config, tmp_path / "run", progress=False)


def test_a_run_of_the_former_default_goes_on(tmp_path):
    former = {"data": "python_reference"}
    config = char_lm.Config(units=4)
    assert as_begun(config, tmp_path, **former) is config
    begun = {"config": {"data": "python_reference", "units": 4}}
    (tmp_path / "config.json").write_text(json.dumps(begun))
    assert as_begun(config, tmp_path, **former).data == "python_reference"
    other = char_lm.Config(data="tiny_shakespeare")
    assert as_begun(other, tmp_path, **former) == other
    begun = {"config": {"data": "war_and_peace"}}
    (tmp_path / "config.json").write_text(json.dumps(begun))
    assert as_begun(config, tmp_path, **former) == config


def test_texts_of_ones_own_that_were_prepared_before(story, tmp_path):
    config = char_lm.Config(train_file=str(story))
    made = char_lm.data(config, None, tmp_path / "text")
    path = tmp_path / "text" / "tokens.json"
    tokens = json.loads(path.read_text())
    assert tokens["key"]["data"] == "python_reference"
    del tokens["text_sha256"]
    path.write_text(json.dumps(tokens))
    again = char_lm.data(config, None, tmp_path / "text")
    assert isinstance(again, token_files.TokenFiles) and again.sha256 is None
    np.testing.assert_array_equal(again.splits["train"], made.splits["train"])
    said = char_lm.about(config, again.sha256)
    assert said == {"name": "story.txt", "licence": "your own"}
