"""Words of any language, the same wherever they are made."""

import os
import runpy
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from zoo.errors import InputError
from zoo.io.files import sha256
from zoo.text import WordTokenizer, load_tokenizer, word_rules

_MAKER = Path(__file__).parents[2] / "bench" / "make_word_table.py"
E_ACUTE, APART = "\u00e9", "e\u0301"


@pytest.mark.parametrize(
    "text, words",
    [
        ("", []),
        ("A quiet, moving film.", ["a", "quiet", "moving", "film"]),
        ("good.<br /><br />Bad", ["good", "bad"]),
        ("I didn\u2019t!! “Really?”", "i didn't ! ! really ?".split()),
        ("wait\u2026what\u2014no\u2013yes", ["wait", "what", "no", "yes"]),
        ("‘rock ’n’ roll’ o'neil's", ["rock", "n", "roll", "o'neil's"]),
        ("no\u00a0break\u202fat\u200ball", ["no", "break", "at", "all"]),
        ("so\u00adft \ufeffmark wor\u2060d", ["soft", "mark", "word"]),
        ("كيف، حالك؟", ["كيف", "حالك", "?"]),
        ("नमस्ते। दुनिया॥", ["नमस्ते", "दुनिया"]),
        ("٣٤ ४२ ２０", ["34", "42", "20"]),
        (
            "Love\U0001f44d\U0001f3fdit\u2764\ufe0f",
            "love \U0001f44d it \u2764".split(),
        ),
        # Joined emoji are what they consist of.
        ("\U0001f468\u200d\U0001f467", ["\U0001f468", "\U0001f467"]),
        ("£10 US$5 3€", ["£", "10", "us", "$", "5", "3", "€"]),
        ("我喜欢，很好！", ["我", "喜", "欢", "很", "好", "!"]),
        ("ﬁne ＦＵＬＬ ẞ Straße", ["fine", "full", "ss", "strasse"]),
        ("İSTANBUL I\u0307stanbul istanbul", ["istanbul"] * 3),
        ("ΣΑΣ", ["σασ"]),
        ("a\ud800b", ["a", "?", "b"]),
    ],
)
def test_words(text, words):
    assert word_rules.split(text, 2) == words


@pytest.mark.parametrize("word", ["été", "tiếng", "việt", "한국어", "Ångström"])
def test_composed_and_decomposed_letters_are_one(word):
    forms = [unicodedata.normalize(form, word) for form in ("NFC", "NFD")]
    assert forms[0] != forms[1]
    tokenizer = WordTokenizer.from_texts(forms[:1], 10)
    assert tokenizer.encode(" ".join(forms)) == [2, 2]
    # A reader gets the letters as they are usually typed.
    assert tokenizer.vocabulary == [unicodedata.normalize("NFC", word.lower())]
    assert WordTokenizer(forms[1:]).encode(forms[0]) == [2]


def test_a_tone_mark_that_was_typed_last():
    # As keyboards for Vietnamese write it.
    assert word_rules.split("vi\u00ea\u0323t", 2) == word_rules.split("việt", 2)


@pytest.mark.parametrize(
    "marks",
    [
        "\u0302\u0306\u0323",
        "\u0301\u0323\u0301\u0323",
        "\u0307\u0307",
        "\u031b\u0301\u0323",
    ],
)
def test_marks_in_any_order(marks):
    """As far as Unicode's normal forms say that they are the same."""
    words = {
        tuple(word_rules.split(unicodedata.normalize(form, f"o{marks}"), 2))
        for form in ("NFC", "NFD")
    }
    assert words == {tuple(word_rules.split(f"o{marks}", 2))}
    (word,) = words.pop()
    assert word_rules.split(word, 2) == [word]
    tokenizer = WordTokenizer.from_texts([f"o{marks} i{marks} i"], 9)
    assert 1 not in tokenizer.encode(f"o{marks}")


def test_arabic_vowels_and_a_shadda():
    typed = "\u0645\u062d\u0645\u0651\u064e\u062f"
    assert unicodedata.normalize("NFC", typed) != typed
    assert word_rules.split(typed, 2) == word_rules.split(
        unicodedata.normalize("NFC", typed), 2
    )


@pytest.mark.thorough
@pytest.mark.parametrize("rules", [1, 2])
def test_the_graph_makes_the_same_of_random_texts(rules):
    from export.saved_model.text_ops import WordGraph

    random = np.random.default_rng(0)
    some = "aI\u0130\u00e9\u0301\u0302\u0323\u0307\u031b'\u2019!?.\u2026 "
    some += "\t\v\f\u00a0\u200b\u6211\uac00"
    some += "\u0651\u064e\u3000\u00df\u0643\U0001f44d\U0001f3fd\ufb01"
    parts = [*some, "<br", "/>", "<br />", "''"]
    texts = [
        "".join(random.choice(parts, random.integers(12))) for _ in range(3_000)
    ]
    tokenizer = WordTokenizer.from_texts(texts, 20_000, rules)
    ids = WordGraph(tokenizer)(texts).numpy()
    np.testing.assert_array_equal(ids, tokenizer.encode_batch(texts))


def test_one_word_twice_in_two_forms_is_refused():
    with pytest.raises(InputError, match="distinct words"):
        WordTokenizer([f"{E_ACUTE}t", f"{APART}t"])


def test_words_are_stable():
    """A word of a text is itself the text of that word."""
    for point in [*range(0x3000), *range(0xF900, 0x10000), 0x1F44D, 0xAC01]:
        for word in word_rules.split(f"a{chr(point)}b", 2):
            assert word_rules.split(word, 2) == [word]


def test_a_file_says_by_which_rules(tmp_path):
    path = tmp_path / "tokenizer.json"
    text = f"{APART}t\u00e9\u2026"
    for rules in (1, 2):
        tokenizer = WordTokenizer.from_texts([text], 10, rules)
        tokenizer.save(path)
        again = load_tokenizer(path)
        assert again.rules == rules
        assert again.encode(text) == tokenizer.encode(text) == [2]
    # Files of before say nothing.
    path.write_text('{"kind": "words", "vocabulary": ["a"]}')
    assert load_tokenizer(path).rules == 1
    for rules in ("9", "true", "[]", "1.0"):
        path.write_text(
            f'{{"kind": "words", "rules": {rules}, "vocabulary": ["a"]}}'
        )
        with pytest.raises(InputError, match="`rules` must be 1 or 2"):
            load_tokenizer(path)


def test_the_table_never_changes():
    assert sha256(word_rules._TABLE) == (
        "689648f59715e6862d5aab8a9e319c7738761cca71135e42b74491f483343566"
    )


@pytest.mark.thorough
def test_the_table_is_what_unicode_says():
    """Of what this Python knows; of emoji the table knows newer ones too."""
    becomes = runpy.run_path(str(_MAKER))["becomes"]
    table = word_rules.table()
    for point in range(sys.maxunicode + 1):
        one = chr(point)
        if unicodedata.category(one) in ("Cn", "Cs", "Co"):
            continue
        if not 0xAC00 <= point < 0xAC00 + 11_172:
            assert table.get(one, one) == becomes(one), hex(point)
        else:
            assert table[one] == unicodedata.normalize("NFD", one)


_IN_A_GRAPH = """
import sys
from export.saved_model.text_ops import WordGraph
from zoo.text import WordTokenizer
texts = ["I LIKE İSTANBUL", "J\u0301 I\u0300 \u00cc \u0128 \u012e"]
for rules in (1, 2):
    tokenizer = WordTokenizer.from_texts(texts, 100, rules)
    ids = WordGraph(tokenizer)(texts).numpy()
    print((ids == tokenizer.encode_batch(texts)).all())
"""


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["tr_TR.UTF-8", "lt_LT.UTF-8"])
def test_the_language_of_a_machine_changes_no_answer(language):
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_GRAPH],
        env={**os.environ, "LC_ALL": language, "LANG": language},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["True", "True"], done.stderr
