"""Pretrained folders whose tokenizer is hostile, and sealed."""

import pickle
import struct

import numpy as np
import pytest
from hostile import refused
from sealing import put, rewrite

from zoo.errors import InputError
from zoo.io import sentencepiece_reader


def vocabulary(value):
    return lambda folder, marker: rewrite(
        folder, "tokenizer.json", lambda t: t.update(vocabulary=value)
    )


def kind(value):
    return lambda folder, marker: rewrite(
        folder, "tokenizer.json", lambda t: t.update(kind=value)
    )


TOKENIZERS = {
    "an unknown kind": (kind("pickle"), "kind` must be one of"),
    "a kind that is a list": (kind([]), "kind` must be one of"),
    "a kind with files that are not there": (kind("subwords"), "has no source"),
    "no vocabulary": (vocabulary(None), "must hold a list"),
    "an object": (vocabulary({"a": 1}), "must hold a list"),
    "numbers": (vocabulary([1, 2]), "distinct words"),
    "lists": (vocabulary([["a"]]), "distinct words"),
    "a word twice": (vocabulary(["a", "a"]), "distinct words"),
    "an empty word": (vocabulary([""]), "distinct words"),
    "half a character": (vocabulary(["a", "\ud800"]), "halves of characters"),
    "more words than the model": (
        vocabulary([f"w{number}" for number in range(100_000)]),
        "the tokenizer has 100002 ids",
    ),
}


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_tokenizer_that_is_hostile_is_refused(folder, tmp_path, marker, name):
    change, message = TOKENIZERS[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


def field(number, content):
    """A field of a protocol buffer, of less than 16,384 bytes."""
    size = bytes([len(content) & 127 | 128, len(content) >> 7])
    return bytes([number << 3 | 2]) + size + content


def piece(text=b"x", score=0.0, kind=1):
    return field(
        1,
        field(1, text) + b"\x15" + struct.pack("<f", score) + bytes([24, kind]),
    )


def table(units, texts=b"\0"):
    """A normaliser's settings with a trie of these units."""
    packed = np.array(units, "<u4").tobytes()
    content = struct.pack("<I", len(packed)) + packed + texts
    return field(3, field(2, content))


def more(content):
    """What stands in a SentencePiece model, and something behind it."""
    return lambda whole: whole + content


def exchanged(whole):
    """One unit of the trie that its root's letters lead to leads away."""
    start = whole.index(b"\x0a\x08nmt_nfkc\x12") + 14
    units = np.frombuffer(whole[start + 4 : start + 4 + 40_000], "<u4").copy()
    units |= np.uint32(0x7FFFFE00)
    return whole[: start + 4] + units.tobytes() + whole[start + 4 + 40_000 :]


SUBWORDS = {
    "nothing": (lambda whole: b"", "empty"),
    "a pickle": (lambda whole: pickle.dumps(1), "no SentencePiece model"),
    "the first half": (lambda whole: whole[: len(whole) // 2], "damaged"),
    "zeros": (lambda whole: bytes(100), "no SentencePiece model"),
    "a piece more": (more(piece()), "the tokenizer has"),
    "a piece of its users": (more(piece(kind=4)), "Piece 2"),
    "a piece that is not used": (more(piece(kind=5)), "Piece 2"),
    "a piece of a byte": (more(piece(kind=6)), "Piece 2"),
    "a score of NaN": (more(piece(score=float("nan"))), "scored by no number"),
    "an infinite score": (more(piece(score=float("inf"))), "scored by no"),
    "an empty piece": (more(piece(b"")), "is empty"),
    "no UTF-8": (more(piece(b"\xff")), "damaged"),
    "a field more": (more(field(9, b"")), "a field 9"),
    "a test of itself": (more(field(4, field(1, b"x"))), "test itself"),
    "a trie that leads away": (exchanged, "leads astray"),
    "a trie of one unit": (more(table([0x7FFFFC00])), "leads astray"),
    "a trie without texts": (more(table([0] * 256, b"")), "no texts"),
    "texts without an end": (more(table([0] * 256, b"x")), "no texts"),
    "a long text": (more(table([0] * 256, b"x" * 999 + b"\0")), "no texts"),
    "an answer outside": (
        more(table([0x100 | 256 << 10] + [0] * 255 + [999] * 256)),
        "leads astray",
    ),
}


@pytest.mark.parametrize("name", SUBWORDS)
def test_a_sentencepiece_model_that_is_hostile_is_refused(
    translator, tmp_path, name
):
    change, message = SUBWORDS[name]
    whole = (translator / "tokenizer.model").read_bytes()
    put(translator, "tokenizer.model", change(whole))
    refused(translator, tmp_path, message)


def test_too_many_pieces_are_not_given_to_the_library(monkeypatch):
    monkeypatch.setattr(sentencepiece_reader, "_MOST_PIECES", 9)
    with pytest.raises(InputError, match="must have 1 to 9 pieces"):
        sentencepiece_reader.check(piece() * 10)
