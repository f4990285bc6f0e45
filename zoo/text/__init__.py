"""Tokenizers: texts to ids and back.

May import `zoo.io` and what stands below it.
"""

from zoo.text.characters import CharacterTokenizer
from zoo.text.pairs import PairTokenizer
from zoo.text.registry import (
    load_text_tokenizer,
    load_tokenizer,
    tokenizer_from,
)
from zoo.text.subwords import SubwordTokenizer
from zoo.text.text_subwords import TextSubwordTokenizer
from zoo.text.tokenizer import TextTokenizer, Tokenizer
from zoo.text.utf8_bytes import ByteTokenizer
from zoo.text.words import WordTokenizer

__all__ = [
    "ByteTokenizer",
    "CharacterTokenizer",
    "PairTokenizer",
    "SubwordTokenizer",
    "TextSubwordTokenizer",
    "TextTokenizer",
    "Tokenizer",
    "WordTokenizer",
    "load_text_tokenizer",
    "load_tokenizer",
    "tokenizer_from",
]
