"""Words to ids: the rules, the file, and the same in a TensorFlow graph."""

import numpy as np
import pytest

from zoo.errors import InputError
from zoo.text import WordTokenizer, load_tokenizer
from zoo.text.words import split_words

HARD = [
    "",
    " ",
    "A quiet, moving film.<br /><br />I didn't like it!!",
    "<BR><br><br/><b>bold</b>",
    "tabs\tand\nlines\r\nand\x00NUL\x1f\x7f",
    "naïve Étude ÜNÏCÖDÉ ΑΣ ΑΣΑ İstanbul ẞ ǅ",
    "电影很好 фильм Ужас ภาพยนตร์ 🎬🎬 e\u0301\u00a0x\u3000y\u2028z",
    "'quoted' rock'n'roll it's '' ' 10/10 $5.00 <tag> a_b [c] {d} ~e^f`g",
    "long " * 1000,
]


@pytest.mark.parametrize(
    "text, words",
    [
        ("", []),
        ("A quiet, moving film.", ["a", "quiet", "moving", "film"]),
        ("good.<br /><br />Bad", ["good", "bad"]),
        ("I didn't!!", ["i", "didn't", "!", "!"]),
        ("so-so\x00x 9/10", ["so", "so", "x", "9", "10"]),
        ("ÉTUDE 电影", ["étude", "电影"]),
        ("a\ud800b", ["a", "?", "b"]),
    ],
)
def test_words(text, words):
    assert split_words(text) == words


def test_ids_and_padding():
    tokenizer = WordTokenizer(["a", "film"])
    assert tokenizer.size == 4
    assert tokenizer.encode("A quiet film.") == [2, 1, 3]
    ids = tokenizer.encode_batch(["a film", "film", ""])
    assert ids.dtype == np.int32
    np.testing.assert_array_equal(ids, [[2, 3], [3, 0], [0, 0]])
    assert tokenizer.encode_batch([""]).shape == (1, 1)


def test_the_most_frequent_words_ties_by_alphabet():
    tokenizer = WordTokenizer.from_texts(["b a c", "c b a c", "d"], size=5)
    assert tokenizer.vocabulary == ["c", "a", "b"]


def test_file_round_trip(tmp_path):
    tokenizer = WordTokenizer(["a", "été", "电影", "🎬", "it's"])
    tokenizer.save(tmp_path / "tokenizer.json")
    again = load_tokenizer(tmp_path / "tokenizer.json")
    assert again.vocabulary == tokenizer.vocabulary


@pytest.mark.parametrize(
    "content, message",
    [
        ("[]", "must hold a JSON object"),
        ("{", "must be JSON"),
        (
            '{"kind": "pieces", "vocabulary": []}',
            "kind` must be one of words, characters, bytes",
        ),
        ('{"kind": "words"}', "must hold a list"),
        ('{"kind": "words", "vocabulary": ["a", "a"]}', "distinct"),
        ('{"kind": "words", "vocabulary": [1]}', "Received: 1"),
        ('{"kind": "words", "vocabulary": [""]}', "Received: ''"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(tmp_path, content, message):
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        load_tokenizer(path)


def test_the_graph_gives_the_same_ids():
    from export.text_graph import TextGraph

    tokenizer = WordTokenizer.from_texts(HARD, size=1000)
    graph = TextGraph(tokenizer)
    np.testing.assert_array_equal(graph(HARD), tokenizer.encode_batch(HARD))
    np.testing.assert_array_equal(graph([""]), [[0]])


def test_the_graph_changes_every_letter_to_the_same_lower_case():
    import tensorflow as tf

    from zoo.text.words import SEPARATOR

    letters = [
        chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000
    ]
    graph = tf.strings.regex_replace(letters, SEPARATOR, " ")
    graph = tf.strings.lower(graph, encoding="utf-8").numpy()
    wrong = [
        letter
        for letter, lower in zip(letters, graph, strict=True)
        if split_words(letter) != [w for w in lower.decode().split(" ") if w]
        and letter not in "!?"
    ]
    assert wrong == []
