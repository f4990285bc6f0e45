"""Texts and vocabularies that would take days in quadratic time."""

import re
import time

import numpy as np
import pytest

from zoo.text import word_rules

ACUTE, GRAVE_BELOW, CEDILLA, SHADDA = "\u0301", "\u0316", "\u0327", "\u0651"
RUNS = ("'", ACUTE, GRAVE_BELOW, CEDILLA, ACUTE + GRAVE_BELOW, "' ", SHADDA)


@pytest.mark.parametrize("run", RUNS)
def test_a_run_of_marks_is_read_in_linear_time(run):
    text = f"a{run * 200_000}b"
    started = time.process_time()
    for version in (1, 2):
        word_rules.split(text, version)
        word_rules.inside(text, version)
    assert time.process_time() - started < 10


def test_words_are_the_same_alone_and_together():
    random = np.random.default_rng(1)
    letters = [*"ab'' \n<br>", "\u00e9", "\ud800", "\ufdfa", "\u4e00", *RUNS]
    words = [
        "".join(random.choice(letters, random.integers(0, 6)))
        for _ in range(3000)
    ]
    for version in (1, 2):
        alone = [word_rules.inside(word, version) for word in words]
        assert word_rules.all_inside(words, version) == alone
    for words in ([], [""], ["\u00e9"], ["a\ue000b", "\u00e9"]):
        alone = [word_rules.inside(word, 2) for word in words]
        assert word_rules.all_inside(words, 2) == alone


def test_words_are_those_of_the_patterns():
    """As `PATTERNS` says it, which TensorFlow's RE2 reads as well."""

    def by_patterns(text):
        text = text.translate(word_rules._by_code_point())
        for pattern, becomes in word_rules.PATTERNS:
            text = re.sub(pattern, becomes, text)
        return [word for word in text.split(" ") if word]

    random = np.random.default_rng(0)
    letters = [*"a'' i!\n", "\u4e00", "\u0307", "\u064b", *RUNS]
    for _ in range(5000):
        text = "".join(random.choice(letters, random.integers(0, 12)))
        assert word_rules.split(text, 2) == by_patterns(text)
