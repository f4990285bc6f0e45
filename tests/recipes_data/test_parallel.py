"""Sentences and their translations: from files, made, and of data sets."""

import collections
import datetime
import gzip
import types

import numpy as np
import pytest

from recipes import translation
from recipes.datasets import content, dates, own_pairs
from recipes.datasets.tfds import manual_copies, verified
from recipes.translation import Config
from zoo.errors import InputError
from zoo.text.ids import UNKNOWN


def write(path, text):
    path.write_bytes(text.encode("utf-8"))
    return str(path)


def test_dates_are_in_many_languages_and_in_one_split():
    splits = dates.pairs(3_000, 1)
    assert len(dates.locales()) >= 20 and len(splits["train"]) == 3_000
    days = {name: {iso for _, iso in split} for name, split in splits.items()}
    for one, other in (("train", "test"), ("train", "validation")):
        assert not days[one] & days[other]
    assert not days["validation"] & days["test"]
    for split in splits.values():
        texts = [text for text, _ in split]
        assert len(set(texts)) == len(texts)
        for _, iso in split:
            day = datetime.date.fromisoformat(iso)
            assert dates.FIRST <= day <= dates.LAST
    other = dates.pairs(100, 2)
    assert other["test"] == splits["test"]
    assert other["train"] != splits["train"][:100]
    letters = "".join(text for text, _ in splits["test"])
    for one in "é ž ж ί 年 월 ş ư".split():
        assert one in letters


def test_dates_that_could_be_two_are_left_out():
    readers = dates._readers(["d/M/yy", "M/d/yy", "dd.MM.y", "d MMM y"])
    day = datetime.date
    assert dates.readings("3/10/90", readers) == {
        day(1990, 10, 3),
        day(1990, 3, 10),
    }
    assert dates.readings("3/10/49", readers) == {
        day(2049, 10, 3),
        day(2049, 3, 10),
    }
    assert dates.readings("30/10/90", readers) == {day(1990, 10, 30)}
    assert dates.readings("03.10.1990", readers) == {day(1990, 10, 3)}
    assert dates.readings("31.02.1990", readers) == set()
    of_text = collections.defaultdict(set)
    for text, iso in sum(dates.pairs(5_000, 1).values(), []):
        of_text[text].add(iso)
    assert all(len(days) == 1 for days in of_text.values())


def test_two_files_or_one(tmp_path):
    lines = [("a b", "A B"), ("c\u2028d", "C"), ("e", "E")]
    source = write(
        tmp_path / "s", "\ufeff" + "".join(f"{s}\r\n" for s, _ in lines)
    )
    target = write(tmp_path / "t", "\n".join(t for _, t in lines))
    table = tmp_path / "both.tsv.gz"
    text = "".join(f"{s}\t{t}\tmore\n" for s, t in lines) + "\n"
    table.write_bytes(gzip.compress(text.encode()))
    assert own_pairs.load(source, target, "") == lines
    assert own_pairs.load("", "", str(table)) == lines


def test_empty_lines_are_counted(tmp_path, capsys):
    source = write(tmp_path / "s", "a\n\nc\n  \ne\n")
    target = write(tmp_path / "t", "A\nB\n\n\nE\n")
    assert own_pairs.load(source, target, "") == [("a", "A"), ("e", "E")]
    assert "2 lines are empty on one side" in capsys.readouterr().err


def test_what_stands_at_the_end_of_a_line_is_no_part_of_it(tmp_path):
    table = tmp_path / "pairs.tsv"
    table.write_bytes(b"a \t A \r\r\nb  c\tB\r\r\n")
    assert own_pairs.load("", "", str(table)) == [("a", "A"), ("b  c", "B")]


@pytest.mark.parametrize(
    "files, message",
    [
        ({"s": b"a\nb\n", "t": b"A\n"}, "t has no line 2"),
        ({"s": b"a\n", "t": b"A\nB\nC\n"}, "s has no line 2"),
        ({"s": b"a\n\xff\n", "t": b"A\nB\n"}, "line 2: not UTF-8"),
        ({"s": b"\n", "t": b"\n"}, "not one pair"),
        ({"table": b"a\tA\nb B\n"}, "line 2: no tab"),
        ({"table.gz": b"nonsense"}, "cannot be unpacked"),
        ({"s": b"a"}, "two files, a source and a target, or from one"),
        ({"s": b"a", "t": b"b", "table": b"a\tb"}, "or from one"),
    ],
)
def test_files_that_do_not_belong_together(tmp_path, files, message):
    names = {"s": "", "t": "", "table": ""}
    for name, lines in files.items():
        (tmp_path / name).write_bytes(lines)
        names[name.partition(".")[0]] = str(tmp_path / name)
    with pytest.raises(InputError, match=message):
        own_pairs.load(*names.values())


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="Cannot read"):
        own_pairs.load("", "", str(tmp_path / "none"))


def test_no_source_is_in_two_splits(numbers, tmp_path):
    lines = numbers.read_text(encoding="utf-8").split("\n")[:-1]
    twice = write(tmp_path / "twice.tsv", "\n".join(lines + lines[:50]) + "\n")
    config = Config(train_pairs=twice, validation_share=0.2)
    splits = translation.texts(config, None)
    assert sum(map(len, splits.values())) == len(lines) + 50
    sources = [{source for source, _ in split} for split in splits.values()]
    assert not sources[0] & sources[1] and not sources[0] & sources[2]
    assert not sources[1] & sources[2] and all(sources)
    test = write(tmp_path / "test.tsv", "1 1 1\tone one one\n")
    reverse = Config(train_pairs=twice, test_pairs=test, reverse=True)
    splits = translation.texts(reverse, None)
    assert splits["test"] == [("one one one", "1 1 1")]
    assert set(splits["train"][0][0]) & set("abcdefghijklmnopqrstuvwxyz")
    half = Config(train_target=twice)
    with pytest.raises(InputError, match="two files, a source and a target"):
        translation.texts(half, None)
    # What is reversed is split by what is then the source.
    many = write(
        tmp_path / "many.tsv", "".join(f"{n}\t{n % 9}\n" for n in range(99))
    )
    splits = translation.texts(Config(train_pairs=many, reverse=True), None)
    sources = [{source for source, _ in split} for split in splits.values()]
    assert not sources[0] & sources[1] and not sources[0] & sources[2]
    few = write(tmp_path / "few.tsv", "a\tA\nb\tB\n")
    with pytest.raises(InputError, match="2 different sentences are too few"):
        translation.texts(Config(train_pairs=few), None)


def test_another_data_set_beside_ones_own(tmp_path):
    """Dates, beside a file of two of them that stay unseen there."""
    made = dates.pairs(400, 1)["train"]
    known = made[0]
    mine = [known, ("no date", made[1][1]), ("neither", "none")]
    mine += [(f"mine {place}", f"{place}") for place in range(40)]
    lines = "".join(f"{one}\t{other}\n" for one, other in mine)
    test = "".join(f"{one}\t{other}\n" for one, other in mine[:2])
    config = Config(
        train_pairs=write(tmp_path / "mine.tsv", lines),
        test_pairs=write(tmp_path / "test.tsv", test),
        pair="any-iso",
        beside="dates",
        examples=400,
        validation_share=0.2,
    )
    splits, tokenizer = translation.data(config, None)
    whole = set(splits["beside"])
    assert known not in whole and made[2] in whole
    # Not even what is to be written is known before.
    assert made[1][1] not in {target for _, target in whole}
    assert len(splits["train"]) < 43 < len(whole)
    assert not set(splits["train"]) & whole
    # The vocabulary is that of both.
    assert UNKNOWN not in tokenizer.source.encode(made[5][0])
    about = translation.about(config, splits)
    assert about["name"] == f"mine.tsv; {dates.DATA['name']}"
    assert about["version"] == "none; 1"
    beside = content.sha256({"train": splits["beside"]})
    mine, _, last = about["sha256"].rpartition("; ")
    assert mine.count("'") == 4 and last == beside
    alone = Config(examples=400)
    assert translation.data(alone, None)[0]["beside"] == []


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"beside": "date"}, "Did you mean 'dates'"),
        ({"beside": "dates"}, "`beside` is `data`: dates"),
        ({"data": "multi30k", "beside": "tatoeba"}, "pair of tatoeba"),
        ({"train_pairs": "a", "beside": "tatoeba"}, "pair of tatoeba"),
    ],
)
def test_what_cannot_stand_beside(arguments, message):
    with pytest.raises(InputError, match=message):
        Config(**arguments)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"data": "multi30k", "pair": "en-cs"}, "`pair` must be one of en-de"),
        ({"data": "dates", "pair": "de-en"}, "`pair` must be one of any-iso"),
        ({"data": "wmt"}, "`data` must be one of"),
        ({"test_pairs": "x"}, "needs your own training data"),
        ({"test_target": "x"}, "needs your own training data"),
        ({"tokens": "words"}, "`tokens` must be one of"),
        ({"word_dropout": 1.0}, "`word_dropout`"),
        ({"batch_tokens": 0}, "`batch_tokens`"),
        ({"beams": 0}, "`beams`"),
        ({"examples": 0}, "`examples`"),
    ],
)
def test_configurations_that_cannot_be(arguments, message):
    with pytest.raises(InputError, match=message):
        Config(**arguments)


def test_tatoeba_is_split_by_what_hangs_together():
    tatoeba = pytest.importorskip("recipes.datasets.tatoeba")
    random = np.random.default_rng(0)
    pairs = [
        (f"en {random.integers(900)}", f"fr {random.integers(900)}")
        for _ in range(500)
    ]
    found = tatoeba.split_of(pairs)
    assert set(found) == set(tatoeba.SPLITS)
    for side in range(2):
        of_text = collections.defaultdict(set)
        for pair, split in zip(pairs, found, strict=True):
            of_text[pair[side]].add(split)
        assert all(len(splits) == 1 for splits in of_text.values())
    backwards = tatoeba.split_of(pairs[::-1])
    assert backwards == found[::-1]


@pytest.mark.data
@pytest.mark.parametrize(
    "data, pair, counts",
    [
        ("multi30k", "en-fr", (29_000, 1_014, 1_000)),
        pytest.param(
            "tatoeba",
            "fr-en",
            (160_306, 3_406, 3_418),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_data_sets_from_copies(
    data, pair, counts, shared_data, tmp_path, monkeypatch
):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    config = Config(data=data, pair=pair)
    splits = translation.texts(config, shared_data.parent)
    assert tuple(map(len, splits.values())) == counts
    if data == "multi30k":
        sources = {source for source, _ in splits["train"]}
        assert "Two young, White males are outside near many bushes." in sources
    for side in (0, 1) if data == "tatoeba" else ():
        train, test = ({p[side] for p in splits[s]} for s in ("train", "test"))
        assert not train & test


def test_data_that_are_not_there(tmp_path):
    config = Config(data="multi30k")
    with pytest.raises(InputError, match="--data-dir"):
        translation.texts(config, tmp_path)
    manager = types.SimpleNamespace(manual_dir=tmp_path)
    # Copies of other data sets are none of this one.
    assert manual_copies(manager, ["a.gz", "b.gz"]) is None
    (tmp_path / "a.gz").write_bytes(b"other")
    with pytest.raises(InputError, match="has no b.gz"):
        manual_copies(manager, ["a.gz", "b.gz"])
    with pytest.raises(InputError, match="its SHA-256 is another"):
        verified(tmp_path / "a.gz", "0" * 64)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_source_that_is_too_long_is_refused_before_training(split, tmp_path):
    lines = [f"{n}\t{n % 9}\n" for n in range(99)]
    long = "1 2 " * 600 + "\t3\n"
    train = write(tmp_path / "train.tsv", "".join(lines))
    test = write(tmp_path / "test.tsv", long if split == "test" else lines[0])
    if split == "validation":
        # All of it too long, so that what is set aside is.
        train = write(
            tmp_path / "train.tsv",
            "".join(f"{n} {long}" for n in range(9)),
        )
    config = Config(train_pairs=train, test_pairs=test, vocabulary_size=60)
    with pytest.raises(InputError, match=f"of the {split} set has 2,"):
        translation.data(config, None)
