"""Settings that suit a user's own text, texts or pairs of sentences."""

import argparse
import gzip
import shlex

import numpy as np
import pytest

from recipes.config import (
    char_lm,
    fit_to_language,
    fit_to_pairs,
    flags,
    own_files,
    translation,
    word_lm,
)
from recipes.data.pairs import not_too_long
from recipes.data.windows import windows
from recipes.methods import translation_data
from zoo.errors import InputError


def asked(module, recipe, words, run_dir, fitted):
    parser = flags.parser(recipe, module.Config, module.PRESETS, "")
    flags.add_prepared(parser)
    config, values = flags.parse(parser, words, module.Config, module.PRESETS)
    return fitted(config, values, run_dir)


@pytest.mark.parametrize("length", [300, 3_000, 15_000, 100_000, 10**6, 10**8])
def test_a_text_of_any_length_is_read_often_enough(length):
    found = fit_to_language.char_settings(length)
    assert tuple(sorted(found)) == tuple(sorted(char_lm.FITTED))
    config = char_lm.Config(train_file="a.txt", **found)
    train = int(length * (1 - config.validation_share))
    per_pass = train // (config.batch_size * config.window)
    steps = per_pass * config.epochs
    assert 2 <= config.epochs <= 60
    assert steps >= 2_000 or config.epochs == 60
    assert steps <= 4_000 or config.epochs == 2
    if length > 2_000:
        assert windows(
            np.zeros(train, "int32"), config.batch_size, config.window, 1
        ).steps
    words = fit_to_language.word_settings("words", length, 700, 90)
    assert tuple(sorted(words)) == tuple(sorted(word_lm.FITTED))
    assert words["tokens"] == "words" and words["vocabulary_size"] == 702
    chinese = fit_to_language.word_settings("subwords", length, 0, 3_000)
    assert chinese["tokens"] == "subwords"
    assert chinese["vocabulary_size"] >= 6_100
    for suited in (
        config,
        word_lm.Config(train_file="a.txt", **words),
        word_lm.Config(train_file="a.txt", **chinese),
    ):
        # Given as a command, it is the same again, at its default or not.
        recipe = type(suited).__module__.rpartition(".")[2]
        line = shlex.split(flags.command(recipe, suited))[3:]
        parser = flags.parser(recipe, type(suited), {}, "")
        assert flags.parse(parser, line, type(suited), {})[0] == suited


def test_a_text_of_characters(tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("ab\u00e9 " * 5_000, "utf-8")
    words = ["--train-file", str(mine), "--units", "7"]
    found, lines = asked(
        char_lm, "char_lm", words, tmp_path, fit_to_language.char_fitted
    )
    assert found.units == 7 and found.epochs == 60
    assert "20,000 characters" in lines[1] and "60 passes" in lines[0]
    (tmp_path / "mine.txt.gz").write_bytes(gzip.compress(mine.read_bytes()))
    words = ["--train-file", f"{mine}.gz", "--tokens", "bytes"]
    _, lines = asked(
        char_lm, "char_lm", words, tmp_path, fit_to_language.char_fitted
    )
    assert "25,000 bytes" in lines[1]
    (tmp_path / "bad.gz").write_bytes(b"\x1f\x8bnonsense")
    for name, message in (("bad.gz", "cannot be read"), ("no.txt", "no text")):
        with pytest.raises(InputError, match=message):
            asked(
                char_lm,
                "char_lm",
                ["--train-file", str(tmp_path / name)],
                tmp_path,
                fit_to_language.char_fitted,
            )
    # What was asked for by name holds, and so do other data.
    for words in (["--preset", "tiny", "--train-file", str(mine)], []):
        found, lines = asked(
            char_lm, "char_lm", words, tmp_path, fit_to_language.char_fitted
        )
        assert lines == [] and found.batch_size == 64


def test_texts_of_words(tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("one two three\none two four\n" * 9 + "once\n", "utf-8")
    words = ["--train-file", str(mine)]
    found, lines = asked(
        word_lm, "word_lm", words, tmp_path, fit_to_language.word_fitted
    )
    # All but what comes once.
    assert found.vocabulary_size == 6 and found.word_rules == 2
    assert "19 texts, 55 words, 4 different ones more than once" in lines[1]
    words += ["--from", "reviews_gru_base"]
    found, _ = asked(
        word_lm, "word_lm", words, tmp_path, fit_to_language.word_fitted
    )
    assert (found.vocabulary_size, found.units) == (20_000, 512)
    mine.write_text("我喜欢这个\n很好的东西\n" * 9, "utf-8")
    found, lines = asked(
        word_lm, "word_lm", words[:2], tmp_path, fit_to_language.word_fitted
    )
    assert found.tokens == "subwords" and found.vocabulary_size == 2_000
    by_hand = [*words[:2], "--tokens", "characters"]
    letters, _ = asked(
        word_lm, "word_lm", by_hand, tmp_path, fit_to_language.word_fitted
    )
    assert (letters.tokens, letters.vocabulary_size) == ("characters", 12)
    assert "100 % of letters need no spaces" in lines[1]


def test_pairs_of_sentences(tmp_path):
    mine = tmp_path / "mine.tsv"
    mine.write_text("one word\tein Wort\n" * 299 + f"{'x ' * 200}y\ty\n")
    parser = flags.parser("translation", translation.Config, {}, "")

    def fitted(*more):
        words = ["--train-pairs", str(mine), *more]
        config, values = flags.parse(parser, words, translation.Config, {})
        return fit_to_pairs.fitted(config, values, tmp_path)

    found, lines = fitted("--units", "5")
    assert (found.tokens, found.normalisation) == ("bpe", "nfc")
    assert (found.longest, found.units) == (400, 5)
    assert found.validation_share == 0.1 and found.epochs == 150
    assert found.best_by == "loss"
    assert "300 pairs, the longest side has 401 characters" in lines[1]
    line = shlex.split(flags.command("translation", found))[3:]
    assert flags.parse(parser, line, translation.Config, {})[0] == found
    # Of a model to start from, tokens and sizes are there already.
    start, _ = fitted("--from", "dates_gru_base")
    assert (start.tokens, start.units, start.epochs) == ("characters", 128, 4)
    assert start.longest == 400
    many = fit_to_pairs.settings([("a b c d " * 8, "e f g h " * 8)] * 30_000)
    assert many["epochs"] < 60 and many["vocabulary_size"] > 4_000
    chinese = fit_to_pairs.settings([("我喜欢这个", "i like this")] * 300)
    assert chinese["vocabulary_size"] >= 2 * 5


def test_all_that_stands_in_translations_can_be_written(tmp_path):
    numbers = dict(zip("one two five".split(), "一二五", strict=True))
    sources = [f"{a} and {b}" for a in numbers for b in numbers] * 9
    pairs = [
        (source, f"{numbers[source.split()[0]]}\u202f，\u00a0{end}")
        for source, end in zip(sources, "！。？" * 27, strict=True)
    ]
    mine = tmp_path / "mine.tsv"
    mine.write_text("".join(f"{s}\t{t}\n" for s, t in pairs), "utf-8")
    parser = flags.parser("translation", translation.Config, {}, "")
    words = ["--train-pairs", str(mine)]
    config, values = flags.parse(parser, words, translation.Config, {})
    config, _ = fit_to_pairs.fitted(config, values, tmp_path)
    splits, tokenizer = translation_data.data(config, None)
    for split in splits.values():
        for _, target in split:
            ids = tokenizer.target.encode(target)
            assert tokenizer.target.decode(ids) == target
    assert not_too_long(splits["train"], tokenizer, config.longest, False)


def test_a_run_that_was_begun_goes_on_as_it_was(tmp_path):
    config = char_lm.Config(train_file="mine.txt", epochs=7)
    run = tmp_path / "run"
    run.mkdir()
    flags_of = argparse.Namespace(preset=None, config=None, prepared=None)
    for name in char_lm.Config.__dataclass_fields__:
        setattr(flags_of, name, None)
    mine = tmp_path / "mine.txt"
    mine.write_text("as it was")

    def fit(config, given):
        raise AssertionError("nothing is to be chosen")

    def again():
        return own_files.asked_for(
            config,
            flags_of,
            run,
            recipe="char_lm",
            files=[str(mine)],
            fit=fit,
        )

    from zoo.io.files import sha256, write_json

    recorded = {"recipe": "char_lm", "config": {"epochs": 9, "units": 3}}
    recorded["data"] = {"sha256": sha256(mine)}
    write_json(run / "config.json", recorded)
    assert again()[0] == char_lm.Config(epochs=9, units=3)
    # So it is recorded of a run that began with another model.
    both = f"{sha256(mine)}; before that: {'0' * 64}"
    for digests in (both, [sha256(mine), "0" * 64], f"['{sha256(mine)}']; x"):
        recorded["data"] = {"sha256": digests}
        write_json(run / "config.json", recorded)
        assert again()[0].epochs == 9
    packed = tmp_path / "mine.txt.gz"
    packed.write_bytes(gzip.compress(mine.read_bytes()))
    mine, unpacked = packed, mine
    assert again()[0].epochs == 9
    mine = unpacked
    mine.write_text("changed")
    with pytest.raises(InputError, match="has changed since the run in"):
        again()


def test_texts_of_a_table_of_any_form(tmp_path):
    mine = tmp_path / "mine.csv"
    mine.write_bytes(
        "n;Text\n1;caf\u00e9 caf\u00e9\n2\n3;two two".encode("latin-1")
    )
    words = ["--train-file", str(mine), "--text-column", "text"]
    words += ["--delimiter", ";", "--encoding", "latin-1", "--skip-bad-rows"]
    found, lines = asked(
        word_lm, "word_lm", words, tmp_path, fit_to_language.word_fitted
    )
    assert "2 texts, 4 words, 2 different ones more than once" in lines[1]
    assert found.data_key["encoding"] == "latin-1"
    assert "encoding" not in word_lm.Config().data_key
