"""Words to ids: the rules, the file, and the same in a TensorFlow graph."""

import numpy as np
import pytest

from zoo.errors import InputError
from zoo.text import (
    ByteTokenizer,
    CharacterTokenizer,
    TextSubwordTokenizer,
    WordTokenizer,
    load_tokenizer,
    word_rules,
)

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
def test_words_of_the_first_rules(text, words):
    assert word_rules.split(text, 1) == words


def test_ids_and_padding():
    tokenizer = WordTokenizer(["a", "film"])
    assert tokenizer.size == 4
    assert tokenizer.encode("A quiet film.") == [2, 1, 3]
    ids = tokenizer.encode_batch(["a film", "film", ""])
    assert ids.dtype == np.int32
    np.testing.assert_array_equal(ids, [[2, 3], [3, 0], [0, 0]])
    assert tokenizer.encode_batch([""]).shape == (1, 1)


def test_characters_without_case(tmp_path):
    tokenizer = CharacterTokenizer.from_texts(["AaBé", "É中１ẞ"], 10, True)
    assert tokenizer.vocabulary == ["a", "é", "1", "b", "ẞ", "中"]
    ids = tokenizer.encode("aAＡ bBéÉx1１中")
    np.testing.assert_array_equal(ids, [2, 2, 2, 1, 5, 5, 3, 3, 1, 4, 4, 7])
    tokenizer.save(tmp_path / "tokenizer.json")
    again = load_tokenizer(tmp_path / "tokenizer.json")
    np.testing.assert_array_equal(again.encode("aAＡ bBéÉx1１中"), ids)


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
        ('{"kind": "characters"}', "must hold a list"),
        ('{"kind": "characters", "vocabulary": ["ab"]}', "single characters"),
        ('{"kind": "characters", "vocabulary": ["a", "a"]}', "Received: 'a'"),
        ('{"kind": "characters", "vocabulary": [7]}', "Received: 7"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(tmp_path, content, message):
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        load_tokenizer(path)


@pytest.mark.parametrize("rules", [1, 2])
def test_the_graph_gives_the_same_ids(rules):
    from export.saved_model.text_ops import WordGraph

    tokenizer = WordTokenizer.from_texts(HARD, size=1000, rules=rules)
    graph = WordGraph(tokenizer)
    np.testing.assert_array_equal(graph(HARD), tokenizer.encode_batch(HARD))
    np.testing.assert_array_equal(graph([""]), [[0]])


@pytest.mark.parametrize("texts", [["", ""], ["", "a"], [" "]])
def test_graphs_of_next_to_nothing(texts):
    from export.saved_model.text_ops import graph_of

    for tokenizer in (
        ByteTokenizer(),
        CharacterTokenizer("ab"),
        TextSubwordTokenizer.from_texts(["ab a"], 9),
        WordTokenizer(["a"]),
    ):
        ids = np.asarray(graph_of(tokenizer)(texts))
        rows = [list(tokenizer.encode(text)) for text in texts]
        assert ids.shape == (len(texts), max(1, *map(len, rows), 0))
        assert [row[row > 0].tolist() for row in ids] == rows


def test_the_graph_of_characters_gives_the_same_ids():
    from export.saved_model.text_ops import CharacterGraph

    texts = [*HARD, "", "\U0001f3ac\u0301\r\n\x00", "never seen: \u4e00"]
    tokenizer = CharacterTokenizer.from_texts(HARD, size=40)
    graph = CharacterGraph(tokenizer)
    ids = np.asarray(graph(texts))
    for text, row in zip(texts, ids, strict=True):
        expected = tokenizer.encode(text)
        np.testing.assert_array_equal(row[: len(text)], expected)
        assert not row[len(text) :].any()
    np.testing.assert_array_equal(graph([""]), [[0]])


@pytest.mark.thorough
def test_the_graph_changes_every_letter_to_the_same_lower_case():
    import tensorflow as tf

    from zoo.text.word_rules import SEPARATOR

    letters = [
        chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000
    ]
    graph = tf.strings.regex_replace(letters, SEPARATOR, " ")
    graph = tf.strings.lower(graph, encoding="utf-8").numpy()
    wrong = [
        letter
        for letter, lower in zip(letters, graph, strict=True)
        if word_rules.split(letter, 1)
        != [w for w in lower.decode().split(" ") if w]
        and letter not in "!?"
    ]
    assert wrong == []


@pytest.mark.parametrize("text", [*HARD, "", "\x00\r\n", "e\u0301\U0001f3ac"])
def test_characters_and_bytes_come_back_as_they_were(text, tmp_path):
    for tokenizer in (CharacterTokenizer(sorted(set(text))), ByteTokenizer()):
        ids = tokenizer.encode(text)
        assert ids.dtype == np.int32
        assert not np.isin(ids, tokenizer.reserved).any()
        assert ids.max(initial=0) < tokenizer.size
        assert tokenizer.decode(ids.tolist()) == text
        tokenizer.save(tmp_path / "tokenizer.json")
        again = load_tokenizer(tmp_path / "tokenizer.json")
        assert type(again) is type(tokenizer)
        assert list(again.vocabulary) == list(tokenizer.vocabulary)
        np.testing.assert_array_equal(again.encode(text), ids)


def test_what_characters_and_bytes_do_not_know():
    tokenizer = CharacterTokenizer("ba")
    assert tokenizer.encode("ab\u4e2d\U0010ffff\ud800").tolist() == [
        *(3, 2, 1, 1, 1)
    ]
    assert tokenizer.decode([3, 0, 1, 2]) == "a\ufffdb"
    assert ByteTokenizer().encode("\u00e9\ud800").tolist() == [196, 170, 64]
    assert ByteTokenizer().decode([0, 256, 98, 0]) == "\ufffda"


def test_a_decoder_waits_for_whole_characters():
    tokenizer = ByteTokenizer()
    decode = tokenizer.decoder()
    pieces = [decode([one]) for one in tokenizer.encode("a\u4e2db")]
    assert pieces == ["a", "", "", "\u4e2d", "b"]
    decode(tokenizer.encode("\u4e2d")[:2])
    assert decode([], final=True) == "\ufffd"
