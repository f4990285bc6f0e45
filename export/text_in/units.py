"""Ids of a tokenizer's units, as nodes of an ONNX graph from strings."""

import numpy as np

import export.text_in.strings as nodes
import export.text_in.words as words
from export.errors import ConversionError
from export.onnx.graph import Graph
from zoo.text import (
    ByteTokenizer,
    CharacterTokenizer,
    SubwordTokenizer,
    TextSubwordTokenizer,
    TextTokenizer,
    WordTokenizer,
)
from zoo.text.ids import PADDING, UNKNOWN

# Stands for NUL where nothing else is like it: a byte that no UTF-8 has.
_NO_TEXT = b"\xff"
# What may stand for NUL to SentencePiece: the first that gives the same ids.
_LIKE_NUL = ("\ufffe", "\x01", " ", "")
_WITH_NUL = ("a\0b", "a \0 b", "\0", "\0a", "a\0")


def ids(
    graph: Graph, text: str, tokenizer: TextTokenizer | SubwordTokenizer
) -> str:
    """Adds what makes ids of texts.

    Args:
        graph: where to.
        text: name of strings of shape `(batch,)`.
        tokenizer: what makes them in Python.

    Returns:
        The name of ids, int64 of shape `(batch or 1, time)`, padded on the
        right; where there is no text, of one empty one.

    Raises:
        ConversionError: for a tokenizer that has no such operators.
    """
    if isinstance(tokenizer, WordTokenizer):
        text = nodes.at_least_one_row(graph, text, words.NUL)
        return words.ids(graph, text, tokenizer)
    if isinstance(tokenizer, CharacterTokenizer):
        known = tokenizer.known
        table: dict = {**known, _NO_TEXT: known.get("\0", UNKNOWN)}
        return _split(graph, text, nodes.CHARACTER, table, UNKNOWN)
    if isinstance(tokenizer, ByteTokenizer):
        table = {bytes([byte]): byte + 1 for byte in range(1, 255)}
        return _split(graph, text, nodes.BYTE, table, 1)
    if isinstance(tokenizer, TextSubwordTokenizer):
        tokenizer = tokenizer.subwords
    if isinstance(tokenizer, SubwordTokenizer):
        return _subwords(graph, text, tokenizer)
    raise ConversionError(
        f"There are no operators for a tokenizer of {tokenizer.kind}. Leave "
        "out --text-in."
    )


def _split(graph, text, unit, table, default):
    text = nodes.at_least_one_row(graph, text, _NO_TEXT)
    units, offsets = nodes.split(graph, text, unit)
    found = nodes.lookup(graph, units, table, default)
    return nodes.dense(graph, found, offsets, graph.constant([PADDING]))


def _subwords(graph, text, tokenizer):
    nul = next(
        (
            one
            for one in _LIKE_NUL
            if all(
                tokenizer.encode(text.replace("\0", one))
                == tokenizer.encode(text)
                for text in _WITH_NUL
            )
        ),
        _LIKE_NUL[0],
    )
    text = nodes.at_least_one_row(graph, text, nul)
    no = graph.constant(np.array([False]))
    found, offsets = graph.add(
        "SentencepieceTokenizer",
        text,
        graph.constant(np.array([0])),
        graph.constant(np.array([0], "float32")),
        no,
        no,
        no,
        no,
        domain=nodes.DOMAIN,
        model=tokenizer.content,
        outputs=2,
    )
    found = graph.add("Cast", found, to=7)
    return nodes.dense(graph, found, offsets, graph.constant([PADDING]))
