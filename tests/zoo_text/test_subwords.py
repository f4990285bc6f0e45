"""Subword units: reserved ids, hard text, and one file for all readers."""

import sys
import unicodedata

import numpy as np
import pytest

from zoo.errors import InputError
from zoo.text import (
    PairTokenizer,
    SubwordTokenizer,
    TextSubwordTokenizer,
    load_tokenizer,
)
from zoo.text.ids import END, PADDING, START, UNKNOWN
from zoo.text.subwords import UNITS

TEXTS = [
    "Ein Hund läuft über die Wiese.",
    "Zwei Männer stehen auf dem Dach und reden.",
    "the writer of the books is here, and reads.",
    "naïve café, déjà vu",
] * 5
HARD = [
    "double  spaces ",
    " leading, trailing\t\n",
    "emoji 🐕🏽 and 👨‍👩‍👧",
    "combining e\u0301 n\u0303, precomposed é ñ",
    "unseen 中文 и кириллица, हिन्दी",
    "control \x07\x00 characters\u200b and \u202f spaces",
    "ligature ﬁ, fraction ½, fullwidth ＡＢ",
    "",
    "   ",
    "▁ itself",
]


@pytest.fixture(scope="module", params=UNITS)
def tokenizer(request):
    size = 48 if request.param == "unigram" else 70
    return SubwordTokenizer.from_texts(TEXTS, size, request.param)


def test_reserved_ids(tokenizer):
    assert tokenizer.pieces[:4] == ["<pad>", "<unk>", "<s>", "</s>"]
    for text in TEXTS + HARD:
        ids = tokenizer.encode(text)
        assert not {PADDING, START, END} & set(ids)
        assert max(ids, default=0) < tokenizer.size


def test_known_text_comes_back(tokenizer):
    for text in TEXTS:
        ids = tokenizer.encode(text)
        assert UNKNOWN not in ids
        assert tokenizer.decode(ids) == text
        assert tokenizer.join(tokenizer.split(text)) == text
        padded = np.array([START, *ids, END, PADDING, PADDING])
        assert tokenizer.decode(padded) == text


def test_normalisation_is_that_of_the_docstring(tokenizer):
    for one, other in (
        ("déjà  vu", "déjà vu"),
        ("de\u0301ja\u0300 vu", "déjà vu"),
        ("\tdéjà\nvu ", "déjà vu"),
        ("ﬁ", "fi"),
        ("ａｂ", "ab"),
    ):
        assert tokenizer.encode(one) == tokenizer.encode(other)
    assert tokenizer.encode(" \t ") == [] == tokenizer.encode("")


def test_a_split_has_a_unit_for_each_id(tokenizer):
    for text in HARD:
        assert len(tokenizer.split(text)) == len(tokenizer.encode(text))
    assert "中文" in "".join(tokenizer.split("ein 中文 hier"))


def test_lone_surrogates_are_no_error(tokenizer):
    assert tokenizer.encode("a\ud800b") == tokenizer.encode("a?b")


def test_the_same_units_each_time():
    first, second = (SubwordTokenizer.from_texts(TEXTS, 70) for _ in "12")
    assert first.content == second.content


@pytest.mark.parametrize("shared", [True, False])
def test_a_pair_from_its_files(tmp_path, shared):
    source = SubwordTokenizer.from_texts(TEXTS[:2], 45)
    target = source if shared else SubwordTokenizer.from_texts(TEXTS[2:], 40)
    pair = PairTokenizer(source, target)
    pair.save(tmp_path / "tokenizer.json")
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {"tokenizer.json", *pair.files}
    copy = load_tokenizer(tmp_path / "tokenizer.json")
    assert copy.shared == shared and copy.sizes == pair.sizes
    assert copy.vocabulary == pair.vocabulary
    assert copy.target.encode("reads") == target.encode("reads")
    if shared:
        # Any SentencePiece reads the file.
        import sentencepiece

        reader = sentencepiece.SentencePieceProcessor(
            model_file=str(tmp_path / "tokenizer.model")
        )
        for text in HARD:
            assert reader.encode(text) == source.encode(text)


@pytest.mark.skipif(sys.platform == "win32", reason="no tensorflow-text")
def test_tensorflow_text_gives_the_same_ids(tokenizer):
    import tensorflow as tf
    import tensorflow_text

    graph = tensorflow_text.SentencepieceTokenizer(tokenizer.content)
    rows = graph.tokenize(tf.constant(TEXTS + HARD)).to_list()
    for text, row in zip(TEXTS + HARD, rows, strict=True):
        assert row == tokenizer.encode(text), text
    back = graph.detokenize(tf.ragged.constant(rows, tf.int32)).numpy()
    for row, text in zip(rows, back, strict=True):
        assert text.decode() == tokenizer.decode(row)


@pytest.mark.parametrize(
    "texts, size, units, message",
    [
        (TEXTS, 5_000, "bpe", "more than these texts allow. Use at most"),
        (TEXTS, 5_000, "unigram", "more than these texts allow. Use at most"),
        (TEXTS, 12, "bpe", "too small for the characters"),
        (TEXTS, 3, "bpe", "`vocabulary_size`"),
        ([], 50, "bpe", "No units can be learned|Use at most 4"),
        (["", "  "], 50, "bpe", "No units can be learned|Use at most 4"),
        (TEXTS, 50, "words", "`units` must be one of"),
    ],
)
def test_units_that_cannot_be_learned(texts, size, units, message):
    with pytest.raises(InputError, match=message):
        SubwordTokenizer.from_texts(texts, size, units)


def test_files_that_are_no_models(tmp_path):
    for content in (b"", b"nonsense" * 10):
        with pytest.raises(InputError, match="SentencePiece model"):
            SubwordTokenizer(content)
    one = SubwordTokenizer.from_texts(TEXTS, 70)
    PairTokenizer(one, one).save(tmp_path / "tokenizer.json")
    model = tmp_path / "tokenizer.model"
    model.write_bytes(b"damaged")
    with pytest.raises(InputError, match="tokenizer.model"):
        load_tokenizer(tmp_path / "tokenizer.json")
    model.unlink()
    with pytest.raises(InputError, match="is missing"):
        load_tokenizer(tmp_path / "tokenizer.json")


def test_another_ones_reserved_ids_are_refused():
    import io

    import sentencepiece

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS),
        model_writer=written,
        vocab_size=40,
        minloglevel=2,
    )
    with pytest.raises(InputError, match="must have the ids 0, 1, 2, 3"):
        SubwordTokenizer(written.getvalue())


@pytest.mark.skipif(sys.platform == "win32", reason="no tensorflow-text")
def test_all_that_is_read_can_be_written():
    import tensorflow_text

    texts = [
        "我喜欢这个，很好！",
        "un\u202fmot\u00a0: «\u00a0voilà\u00a0»",
        "Tiếng Việt, ａｂ ﬁ ① 한국어",
    ]
    tokenizer = SubwordTokenizer.from_texts(
        texts, 200, "bpe", "nfc", exactly=False
    )
    graph = tensorflow_text.SentencepieceTokenizer(tokenizer.content)
    for text in texts:
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        assert graph.tokenize(text).numpy().tolist() == ids
        assert graph.detokenize(ids).numpy().decode() == text
        # Letters may be typed in parts, tone marks last of all.
        assert tokenizer.encode(unicodedata.normalize("NFD", text)) == ids
    typed = texts[2].replace("\u1ec7", "\u00ea\u0323")
    assert typed != texts[2]
    assert tokenizer.encode(typed) == tokenizer.encode(texts[2])
    assert tokenizer.decode(tokenizer.encode("à\t\tlà")) == "à là"
    # The others change what they read.
    usual = SubwordTokenizer.from_texts(texts, 200, exactly=False)
    assert usual.decode(usual.encode(texts[0])) == "我喜欢这个,很好!"


def test_units_of_texts(tmp_path):
    tokenizer = TextSubwordTokenizer.from_texts([*TEXTS, "Die Bücher"], 90)
    assert tokenizer.encode("DIE BÜCHER").tolist() == (
        tokenizer.encode("die bu\u0308cher").tolist()
    )
    ids = tokenizer.encode("die Bücher")
    assert "".join(tokenizer.split("die Bücher")) == " die bücher"
    assert tokenizer.decode([0, *ids, 1]) == "\n die bücher\ufffd"
    decode = tokenizer.decoder()
    assert "".join(decode([one]) for one in ids) == tokenizer.decode(ids)
    tokenizer.save(tmp_path / "tokenizer.json")
    copy = load_tokenizer(tmp_path / "tokenizer.json")
    assert isinstance(copy, TextSubwordTokenizer)
    assert copy.vocabulary == tokenizer.vocabulary
    assert copy.encode("die Bücher").tolist() == ids.tolist()
    (tmp_path / "tokenizer.model").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="tokenizer.model: .*SentencePiece"):
        load_tokenizer(tmp_path / "tokenizer.json")
    keeps = TextSubwordTokenizer.from_texts(["Die die"], 90, lower_case=False)
    assert keeps.encode("Die").tolist() != keeps.encode("die").tolist()


@pytest.mark.skipif(sys.platform == "win32", reason="no tensorflow-text")
def test_the_graph_makes_the_same_of_repeated_letters():
    from export.saved_model.text_ops import SubwordGraph

    random = np.random.default_rng(0)
    texts = [
        "".join(letter * random.integers(9) for letter in "soah! ?aE\u0301")
        for _ in range(500)
    ]
    tokenizer = TextSubwordTokenizer.from_texts(texts[:100], 60)
    ids = SubwordGraph(tokenizer)(texts).numpy()
    for row, text in zip(ids, texts, strict=True):
        assert row[row > 0].tolist() == tokenizer.encode(text).tolist()
