"""Tokenizers of many texts as TensorFlow operations, for the SavedModel."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from export.errors import ConversionError
from zoo.text import (
    ByteTokenizer,
    CharacterTokenizer,
    TextSubwordTokenizer,
    TextTokenizer,
    word_rules,
)
from zoo.text.ids import FIRST_KNOWN, PADDING, UNKNOWN
from zoo.text.words import WordTokenizer

# What lower case is of letters for which Turkish, Azerbaijani and Lithuanian
# have rules of their own: ICU goes by the language of the machine.
_BY_LANGUAGE = {
    "I": "i",
    "\u0130": "i\u0307",
    "J": "j",
    "\u012e": "\u012f",
    "\u00cc": "\u00ec",
    "\u00cd": "\u00ed",
    "\u0128": "\u0129",
}
# What no character becomes.
_ITSELF = "\x00"


def graph_of(tokenizer: TextTokenizer) -> tf.Module:
    """A function of strings to ids, as the tokenizer gives them.

    Raises:
        ConversionError: for a tokenizer that TensorFlow has no operations for,
            or where tensorflow-text is needed and not installed.
    """
    graphs: dict[type, Any] = {
        WordTokenizer: WordGraph,
        CharacterTokenizer: CharacterGraph,
        ByteTokenizer: ByteGraph,
        TextSubwordTokenizer: SubwordGraph,
    }
    for kind, graph in graphs.items():
        if isinstance(tokenizer, kind):
            return graph(tokenizer)
    raise ConversionError(
        "TensorFlow has no operations for a tokenizer of "
        f"{tokenizer.kind}: export --formats onnx"
    )


def tensorflow_text() -> Any:
    """The package of that name, whose operations read SentencePiece models.

    Raises:
        ConversionError: where it is not installed.
    """
    try:
        import tensorflow_text
    except ImportError as error:
        raise ConversionError(
            "The SavedModel of a model of subwords needs tensorflow-text: pip "
            "install 'recurrent-zoo[export]', or export --formats onnx"
        ) from error
    return tensorflow_text


def load(folder: Path) -> Any:
    """What `tf.saved_model.load` returns, also of a model of subwords.

    Raises:
        ConversionError: where that needs tensorflow-text, and it is missing.
    """
    try:
        return tf.saved_model.load(str(folder))
    except (RuntimeError, tf.errors.OpError) as error:
        # Its operations are known from when it is imported.
        if "Sentencepiece" not in str(error):
            raise
        tensorflow_text()
        return tf.saved_model.load(str(folder))


class WordGraph(tf.Module):
    """Texts to ids inside a graph: the rules of `WordTokenizer`, its ids.

    Args:
        tokenizer: whose vocabulary becomes a lookup table.
    """

    def __init__(self, tokenizer: WordTokenizer):
        super().__init__()
        self.rules = tokenizer.rules
        if self.rules > 1:
            becomes = word_rules.table()
            self.characters = tf.lookup.StaticHashTable(
                tf.lookup.KeyValueTensorInitializer(
                    tf.constant(list(becomes), tf.string),
                    tf.constant(list(becomes.values()), tf.string),
                ),
                _ITSELF,
            )
        words = tf.constant(tokenizer.words_inside, tf.string)
        ids = tf.range(FIRST_KNOWN, tokenizer.size, dtype=tf.int32)
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(words, ids), UNKNOWN
        )

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """Strings of shape `(batch,)` to int32 ids `(batch, time)`."""
        texts = tf.strings.regex_replace(texts, word_rules.LINE_BREAK, " ")
        if self.rules > 1:
            texts = self._by_table(texts)
        else:
            texts = _by_patterns(texts)
        # Not `split()`, which would take spaces of Unicode for separators.
        words = tf.strings.split(texts, " ")
        words = tf.ragged.boolean_mask(words, tf.strings.length(words) > 0)
        return _padded(words.with_flat_values(self.table.lookup(words.values)))

    def _by_table(self, texts):
        """What the second rules make of texts, words apart by spaces."""
        characters = tf.strings.unicode_split(texts, "UTF-8")
        becomes = self.characters.lookup(characters.values)
        becomes = tf.where(becomes == _ITSELF, characters.values, becomes)
        texts = tf.strings.reduce_join(
            characters.with_flat_values(becomes), axis=1
        )
        for pattern, new in word_rules.PATTERNS:
            texts = tf.strings.regex_replace(texts, pattern, new)
        return texts


class CharacterGraph(tf.Module):
    """Texts to ids inside a graph: the code points of `CharacterTokenizer`.

    Args:
        tokenizer: whose vocabulary becomes a lookup table.
    """

    def __init__(self, tokenizer: CharacterTokenizer):
        super().__init__()
        known = tokenizer.known
        points = tf.constant([ord(one) for one in known], tf.int32)
        ids = tf.constant(list(known.values()), tf.int32)
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(points, ids), UNKNOWN
        )

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """Strings of shape `(batch,)` to int32 ids `(batch, time)`."""
        points = tf.strings.unicode_decode(texts, "UTF-8")
        ids = self.table.lookup(points.values)
        return _padded(points.with_flat_values(ids))


class ByteGraph(tf.Module):
    """Texts to ids inside a graph: the bytes of `ByteTokenizer`.

    Args:
        tokenizer: all of them are equal.
    """

    def __init__(self, tokenizer: ByteTokenizer):
        super().__init__()

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """Strings of shape `(batch,)` to int32 ids `(batch, time)`."""
        parts = tf.strings.bytes_split(texts)
        ids = tf.cast(tf.io.decode_raw(parts.values, tf.uint8), tf.int32)
        # Each part is one byte; of no part at all the shape is not known.
        ids = tf.reshape(ids, [-1]) + 1
        return _padded(parts.with_flat_values(ids))


class SubwordGraph(tf.Module):
    """Texts to ids inside a graph, by operations of tensorflow-text.

    Args:
        tokenizer: whose SentencePiece model becomes part of the graph.
    """

    def __init__(self, tokenizer: TextSubwordTokenizer):
        super().__init__()
        self.tokenizer = tensorflow_text().SentencepieceTokenizer(
            tokenizer.subwords.content, out_type=tf.int32
        )

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """Strings of shape `(batch,)` to int32 ids `(batch, time)`."""
        return _padded(self.tokenizer.tokenize(texts))


def _by_patterns(texts):
    """What the first rules make of texts, words apart by spaces."""
    texts = tf.strings.regex_replace(texts, word_rules.SEPARATOR, " ")
    texts = tf.strings.regex_replace(texts, word_rules.OWN_WORD, r" \1 ")
    for capital, small in _BY_LANGUAGE.items():
        texts = tf.strings.regex_replace(texts, capital, small)
    return tf.strings.lower(texts, encoding="utf-8")


def _padded(ids: tf.RaggedTensor) -> tf.Tensor:
    """Ids as a matrix with one column at least."""
    dense = ids.to_tensor(PADDING)
    at_least_one = tf.maximum(1, tf.shape(dense)[1])
    return tf.pad(dense, [[0, 0], [0, at_least_one - tf.shape(dense)[1]]])
