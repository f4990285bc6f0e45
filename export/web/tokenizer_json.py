"""Tokenizers as JSON that JavaScript reads without knowing Python's Unicode.

words       what is changed in a text one after the other, the words in the
            form that comes of it, and what each id adds to a text
characters  the characters, and by character its id where several have the same
bytes       nothing
subwords    a Hugging Face tokenizer.json (export.web.huggingface)
"""

import functools
import re
import sys
import unicodedata
from collections.abc import Iterable

from export.web import huggingface
from zoo.text import (
    CharacterTokenizer,
    SubwordTokenizer,
    TextSubwordTokenizer,
    TextTokenizer,
    WordTokenizer,
    word_rules,
)

SUBWORDS = "subwords"
# Unassigned, private and half characters have no case.
_CASELESS = {"Cn", "Co", "Cs"}
_SIGMA, _LAST_SIGMA = "\u03a3", "\u03c2"
# Of Korean, a browser takes the syllables apart by itself.
_SYLLABLES = range(0xAC00, 0xD7A4)


def described(tokenizer: TextTokenizer | SubwordTokenizer) -> tuple[str, dict]:
    """What `tokenizer` of zoo.mjs takes.

    Args:
        tokenizer: of a text, or of one side of a translation.

    Returns:
        The kind, and what the file holds.

    Raises:
        ConversionError: for subwords by rules that are not the usual ones.
    """
    if isinstance(tokenizer, TextSubwordTokenizer):
        tokenizer = tokenizer.subwords
    if isinstance(tokenizer, SubwordTokenizer):
        return SUBWORDS, huggingface.described(tokenizer)
    content: dict = {}
    if isinstance(tokenizer, WordTokenizer):
        content = {
            "changes": _changes(tokenizer.rules),
            "vocabulary": tokenizer.words_inside,
            "pieces": tokenizer.pieces(),
        }
    elif isinstance(tokenizer, CharacterTokenizer):
        content = {"vocabulary": tokenizer.vocabulary}
        if tokenizer.fold_case:
            content["ids"] = tokenizer.known
    return tokenizer.kind, content


def _changes(rules: int) -> list[list]:
    """The rules of words, as JavaScript writes patterns and replacements."""
    changes: list[list] = []
    for kind, *how in word_rules.described(rules, look_behind=True):
        if kind == "pattern":
            pattern, becomes = how
            becomes = re.sub(r"\\(\d)", r"$\1", becomes.replace("$", "$$"))
            changes.append([kind, pattern, becomes])
        elif kind == "table":
            (table,) = how
            kept = {
                one: becomes
                for one, becomes in table.items()
                if ord(one) not in _SYLLABLES
            }
            changes.append([kind, kept])
        else:
            changes.append(["lower", _lower_case()])
    return changes


@functools.cache
def _lower_case() -> dict:
    """`str.lower` of this Python as data.

    Returns:
        `capitals`, by character what it becomes; and, for the sigma that ends
        a word, `cased` and `ignorable`: what must stand before it, and what
        may stand in between, as the inside of a class of a pattern.
    """
    every = [
        one
        for one in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(one) not in _CASELESS and one != "\n"
    ]
    cased = _before_last_sigma(every, "")
    ignorable = _before_last_sigma(every, "a") - cased
    return {
        "capitals": {one: one.lower() for one in every if one != one.lower()},
        "cased": _ranges(sorted(cased)),
        "ignorable": _ranges(sorted(ignorable)),
    }


def _before_last_sigma(characters: list[str], first: str) -> set[str]:
    """Those behind which, and behind `first`, a sigma is that of an end."""
    # One text of lines, for a million calls take seconds.
    lines = "\n".join(f"{first}{one}{_SIGMA}" for one in characters).lower()
    return {
        one
        for one, line in zip(characters, lines.split("\n"), strict=True)
        if line.endswith(_LAST_SIGMA)
    }


def _ranges(characters: Iterable[str]) -> str:
    """Characters in ascending order as the inside of a class of a pattern."""
    ranges: list[list[int]] = []
    for point in map(ord, characters):
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(
        f"\\u{{{first:x}}}" + (f"-\\u{{{last:x}}}" if last > first else "")
        for first, last in ranges
    )
