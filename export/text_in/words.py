"""Words as `zoo.text.word_rules` makes them, as nodes of an ONNX graph.

The regular expressions are RE2's, as in the SavedModel. What depends on Unicode
is a table by character, of the first rules too: `StringLower` of
onnxruntime-extensions knows ASCII alone, and RE2's classes are of another
version of Unicode than the vocabulary.
"""

import functools
import re
import sys

import export.text_in.strings as nodes
from export.onnx.graph import Graph
from zoo.text import WordTokenizer, final_sigma, word_rules
from zoo.text.ids import FIRST_KNOWN, PADDING, UNKNOWN

# What both rules treat as they do NUL.
NUL = "\x01"


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
            f"([{letter}][{ignored}]*){final_sigma.CAPITAL}([{ignored}]*)"
            f"([^{letter}{ignored}]|$)"
        )
        new = rf"\1{final_sigma.FINAL}\2\3"
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
    letters, ignored = (
        final_sigma.ranges(
            (one for one in some if one not in _separators()), "x"
        )
        for some in final_sigma.cased_and_ignorable()
    )
    return letters, ignored


@functools.cache
def _separators() -> frozenset[str]:
    return frozenset("".join(re.findall(word_rules.SEPARATOR, _characters())))


@functools.cache
def _characters() -> str:
    """All but halves of characters."""
    points = [*range(0xD800), *range(0xE000, sys.maxunicode + 1)]
    return "".join(map(chr, points))
