"""Tokenizers as JSON that JavaScript reads without knowing Python's Unicode.

words       what is changed in a text one after the other, the words in the
            form that comes of it, and what each id adds to a text
characters  the characters, and by character its id where several have the same
bytes       nothing
subwords    a Hugging Face tokenizer.json (export.web.huggingface)
"""

import functools
import re

from export.web import huggingface
from zoo.text import (
    CharacterTokenizer,
    SubwordTokenizer,
    TextSubwordTokenizer,
    TextTokenizer,
    WordTokenizer,
    final_sigma,
    word_rules,
)

SUBWORDS = "subwords"
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
    cased, ignorable = final_sigma.cased_and_ignorable()
    return {
        "capitals": {
            one: one.lower()
            for one in final_sigma.assigned()
            if one != one.lower()
        },
        "cased": final_sigma.ranges(cased, "u"),
        "ignorable": final_sigma.ranges(ignorable, "u"),
    }
