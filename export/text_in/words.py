"""Words as `zoo.text.word_rules` makes them, as nodes of an ONNX graph.

The regular expressions are RE2's, as in the SavedModel. What depends on Unicode
is a table by character, of the first rules too: `StringLower` of
onnxruntime-extensions knows ASCII alone, and RE2's classes are of another
version of Unicode than the vocabulary.
"""

import functools
import re
import sys
import unicodedata

import export.text_in.strings as nodes
from export.onnx.graph import Graph
from zoo.text import WordTokenizer, word_rules
from zoo.text.ids import FIRST_KNOWN, PADDING, UNKNOWN

# What both rules treat as they do NUL.
NUL = "\x01"
_SIGMA, _FINAL_SIGMA = "\u03a3", "\u03c2"


def ids(graph: Graph, text: str, tokenizer: WordTokenizer) -> str:
    """Adds what makes ids of texts, int64 of shape `(rows, words)`.

    Args:
        graph: where to.
        text: name of strings of shape `(rows,)`, where `NUL` stands for NUL.
        tokenizer: whose rules and vocabulary it has.
    """
    text = nodes.replace(graph, text, word_rules.LINE_BREAK, " ")
    if tokenizer.rules == 1:
        letter, ignored = _around_sigma()
        pattern = (
            f"([{letter}][{ignored}]*){_SIGMA}([{ignored}]*)"
            f"([^{letter}{ignored}]|$)"
        )
        new = rf"\1{_FINAL_SIGMA}\2\3"
        text = nodes.replace(graph, text, pattern, new)
        table = first_rules()
    else:
        table = word_rules.table()
    units, offsets = nodes.split(graph, text, nodes.CHARACTER)
    units = nodes.by_table(graph, units, table)
    empty = nodes.strings(graph, [""])
    text = nodes.join(graph, nodes.dense(graph, units, offsets, empty))
    for pattern, new in word_rules.PATTERNS if tokenizer.rules > 1 else ():
        text = nodes.replace(graph, text, pattern, new)
    # Of the white space of ASCII, spaces alone are left.
    words, _ = graph.add("StringSplit", text, outputs=2)
    known = {
        word: place
        for place, word in enumerate(tokenizer.words_inside, FIRST_KNOWN)
    }
    return nodes.lookup(graph, words, {"": PADDING, **known}, UNKNOWN)


@functools.cache
def first_rules() -> dict[str, str]:
    """What each character becomes by the first rules, if not itself."""
    table = {one: one.lower() for one in _characters() if one != one.lower()}
    own = re.findall(word_rules.OWN_WORD, _characters())
    return (
        table
        | dict.fromkeys(_separators(), " ")
        | {one: f" {one} " for one in own}
    )


@functools.cache
def _around_sigma() -> tuple[str, str]:
    """Characters that make a sigma behind them final, if no such one follows;
    and those that count as not there: as ranges of a regular expression.
    """
    letters, ignored = [], []
    for one in _characters():
        # Not assigned, or for private use: 85 of 100.
        if unicodedata.category(one) in ("Cn", "Co") or one in _separators():
            continue
        if f"{one}{_SIGMA}".lower()[-1] == _FINAL_SIGMA:
            letters.append(ord(one))
        elif f"a{one}{_SIGMA}".lower()[-1] == _FINAL_SIGMA:
            ignored.append(ord(one))
    return _ranges(letters), _ranges(ignored)


def _ranges(points: list[int]) -> str:
    found: list[list[int]] = []
    for point in points:
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in found)


@functools.cache
def _separators() -> frozenset[str]:
    return frozenset("".join(re.findall(word_rules.SEPARATOR, _characters())))


@functools.cache
def _characters() -> str:
    """All but halves of characters."""
    points = [*range(0xD800), *range(0xE000, sys.maxunicode + 1)]
    return "".join(map(chr, points))
