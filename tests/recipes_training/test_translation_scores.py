"""Scores of translations into scripts with and without spaces."""

import pytest

from recipes.evaluation.translation import of_sentences, scores
from zoo.text import scripts

pytest.importorskip("sacrebleu")


def test_shares_of_scripts():
    found = scripts.shares(["\u591c\u6d77 ab", "12 !?"])
    assert found["CJK"] == 0.5 and found["THAI"] == 0
    assert not any(scripts.shares(["", "1"]).values())
    assert scripts.shares(["\ud55c\uad6d\uc5b4"])["CJK"] == 0


def test_full_width_punctuation_is_punctuation():
    """What is right but for that is right; without spaces there are tokens."""
    reference = ["\u591c\u6d77\uff0c\u4ed6\u7968\u751f\uff01"] * 3
    written = ["\u591c\u6d77,\u4ed6\u7968\u751f!"] * 3
    found = scores(written, reference)
    assert found["bleu"] == 100 == found["chrf"] and found["exact_match"] == 1
    assert "tok:zh" in found["bleu_signature"]
    near = scores(["\u591c\u6d77,\u4ed6\u7968\u5929!"] * 3, reference)
    assert 20 < near["bleu"] < 100 and near["exact_match"] == 0
    assert of_sentences(written[:1], "\u591c\u6d77,\u4ed6\u7968\u751f!") == [
        pytest.approx(100)
    ]


@pytest.mark.parametrize(
    "reference, tokens",
    [
        ("a man, who sleeps.", "13a"),
        (
            "\u043c\u0443\u0436 \u0441\u043f\u0438\u0442",
            "13a",
        ),
        ("\u7537\u306e\u4eba\u304c\u5bdd\u3066\u3044\u308b", "char"),
        ("\u0e1c\u0e39\u0e49\u0e0a\u0e32\u0e22", "char"),
    ],
)
def test_tokens_by_script(reference, tokens):
    found = scores([reference], [reference])
    assert f"tok:{tokens}" in found["bleu_signature"]
    assert found["exact_match"] == 1


def test_words_are_compared_as_they_are():
    """Published scores are of texts that nobody normalised."""
    found = scores(["a \u00bd of it all..."], ["a 1\u20442 of it all\u2026"])
    assert found["exact_match"] == 0 and found["chrf"] < 100
