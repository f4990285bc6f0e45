"""Words, characters or subwords: chosen by trying, without the test."""

import dataclasses

import numpy as np
import pytest

from recipes.config import fit_to_texts, flags
from recipes.config.imdb_sentiment import Config
from recipes.data.examples import Examples
from recipes.datasets import reviews
from recipes.methods import tfidf_ngrams, token_choice

SLOTS = 8_191


@pytest.mark.training
def test_tokens_are_chosen_by_trying():
    # The class shows in parts of words; no word comes twice.
    random = np.random.default_rng(0)

    def word(end):
        return "".join(random.choice(list("abcdefgh"), 6)) + end

    ends = ["ing", "tion"]
    texts = [f"{word('')} {word(ends[one % 2])}" for one in range(60)]
    labels = ["a", "b"] * 30
    found = token_choice.compared(texts, labels)
    assert set(found) == {"words", "characters", "subwords"}
    assert found["characters"] > 0.9 > found["words"]
    known = fit_to_texts.facts(texts, labels, token_choice.compared)
    assert fit_to_texts._tokens_of("no_such_run,other") == {}
    config, lines = fit_to_texts.fitted(Config(train_file="a.csv"), [], known)
    assert config.tokens != "words" and config.ngrams == 3
    assert "by cross-validation, right with words" in lines[1]
    # By hand.
    asked = Config(train_file="a.csv", tokens="words")
    config, lines = fit_to_texts.fitted(asked, ["tokens"], known)
    assert (config.tokens, config.ngrams) == ("words", 2)
    assert "cross-validation" not in lines[1]
    # Nothing to gain: words.
    same = dataclasses.replace(known, compared={"words": 0.5, "bytes": 0.5})
    assert fit_to_texts.settings(same)["tokens"] == "words"
    many = [f"{text} {n}" for n in range(20) for text in texts]
    for some, classes in ((many, labels * 20), (texts[:1], labels[:1])):
        assert token_choice.compared(some, classes) == {}


def test_no_text_of_the_test_is_looked_at_before(tmp_path):
    random = np.random.default_rng(0)
    path = tmp_path / "mine.csv"
    rows = [
        f"{' '.join(random.choice(list('abcdef'), 9))} {n}" for n in range(300)
    ]
    lines = [f"{row},{'xy'[n % 2]}" for n, row in enumerate(rows)]
    path.write_text("\n".join(["text,label", *lines, ""]))
    seen = []

    def compare(texts, labels):
        seen.extend(texts)
        return {}

    for more in ([], ["--test-share", "0.3"]):
        seen.clear()
        parser = flags.parser("imdb_sentiment", Config, {}, "")
        flags.add_prepared(parser)
        words = ["--train-file", str(path), *more]
        config, values = flags.parse(parser, words, Config, {})
        found, _ = fit_to_texts.asked_for(config, values, tmp_path, compare)
        test = reviews.texts(None, **found.text_settings).splits["test"][0]
        assert len(test) == (90 if more else 60)
        assert not set(test) & set(seen) and len(seen) + len(test) == 300


def test_texts_without_anything_to_tell_them_apart():
    texts = ["." * n for n in range(1, 9)] + ["-" * n for n in range(1, 9)]
    found = token_choice.compared(texts, ["a"] * 8 + ["b"] * 8)
    assert found["characters"] == 1 and found["words"] <= 0.5
    assert token_choice.compared(["...", "---"] * 9, ["a", "b"] * 9) == {}
    empty = Examples(
        np.zeros(0, "int32"), np.zeros(4, "int64"), np.array([0, 1, 0], "int32")
    )
    _, marks, bias = tfidf_ngrams.fit(empty, 2, 2, SLOTS, [])
    assert not marks.any() and bias[0] > bias[1]


@pytest.mark.training
def test_equal_texts_do_not_tell_each_others_class():
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(list("abcdefgh"), 6)) for _ in range(40)]
    labels = random.choice(["x", "y"], 40).tolist()
    found = token_choice.compared(texts * 5, labels * 5)
    assert max(found.values()) < 0.75
    # Nor does the order of the file count.
    again = token_choice.compared(texts[::-1], labels[::-1])
    assert again == found
