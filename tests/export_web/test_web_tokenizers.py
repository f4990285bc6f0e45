"""Tokenizers of a page give the ids of those in Python, on any text."""

import pytest
from web_texts import NODE, NODE_MODULES, SCRIPTS, node, page_folder, texts

from export.web import tokenizer_json
from zoo.text import (
    ByteTokenizer,
    CharacterTokenizer,
    SubwordTokenizer,
    TextSubwordTokenizer,
    WordTokenizer,
)

pytestmark = pytest.mark.skipif(NODE is None, reason="no Node")

KNOWN = "the quick brown fox don't \u03b1\u03c3\u03c2 stra\u00dfe na\u00efve "
KNOWN += "e\u0301t\u00e9 ti\u1ebfng \u4e2d \u6587 \u043c\u0438\u0440 i\u0307 "
KNOWN += "\ud55c\uad6d\uc5b4 ! ? 10 \U00010428 \u0645\u064e\u0651 a\u03c2"


def words(rules):
    return WordTokenizer.from_texts([KNOWN], 100, rules)


def subwords(units, normalisation):
    return SubwordTokenizer.from_texts(
        [KNOWN] * 3 + ["banana cabana", "aaaa aaa aa a bananana"],
        400,
        units,
        normalisation,
        exactly=False,
    )


def answers(folder, tokenizers, given):
    cases = []
    for tokenizer in tokenizers:
        kind, content = tokenizer_json.described(tokenizer)
        cases.append({"kind": kind, "content": content, "texts": given})
    return node(
        SCRIPTS / "tokens.mjs",
        {"folder": str(folder), "cases": cases},
    )


def test_words_characters_and_bytes(tmp_path):
    tokenizers = [
        words(1),
        words(2),
        CharacterTokenizer(dict.fromkeys(KNOWN.replace("\u0307", ""))),
        CharacterTokenizer("aeon\u03c3\u03c2\u00ff", fold_case=True),
        ByteTokenizer(),
    ]
    given = texts(KNOWN)
    found = answers(page_folder(tmp_path), tokenizers, given)
    for tokenizer, answer in zip(tokenizers, found, strict=True):
        ids = [[*map(int, tokenizer.encode(text))] for text in given]
        assert answer["ids"] == ids
        decode = tokenizer.decoder
        assert answer["written"] == [decode()(row) for row in ids]


@pytest.mark.skipif(not NODE_MODULES.is_dir(), reason="npm install has not run")
@pytest.mark.thorough
def test_subwords(tmp_path):
    tokenizers = [
        subwords(units, normalisation)
        for units in ("bpe", "unigram", "characters")
        for normalisation in ("nmt_nfkc", "nmt_nfkc_cf", "nfc")
    ]
    given = texts(KNOWN)
    found = answers(page_folder(tmp_path), tokenizers, given)
    for tokenizer, answer in zip(tokenizers, found, strict=True):
        ids = tokenizer.encode_batch(given)
        assert answer["ids"] == ids
        assert answer["decoded"] == [tokenizer.decode(row) for row in ids]
        of_texts = TextSubwordTokenizer(tokenizer)
        assert answer["written"] == [of_texts.decode(row) for row in ids]
