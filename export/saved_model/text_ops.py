"""Tokenizers of many texts as TensorFlow operations, for the SavedModel."""

import tensorflow as tf

from zoo.text import CharacterTokenizer
from zoo.text.ids import FIRST_KNOWN, PADDING, UNKNOWN
from zoo.text.words import LINE_BREAK, OWN_WORD, SEPARATOR, WordTokenizer


class TextGraph(tf.Module):
    """Texts to ids inside a graph: the rules of `WordTokenizer`, its ids.

    Args:
        tokenizer: whose vocabulary becomes a lookup table.
    """

    def __init__(self, tokenizer: WordTokenizer):
        super().__init__()
        words = tf.constant(tokenizer.vocabulary, tf.string)
        ids = tf.range(FIRST_KNOWN, tokenizer.size, dtype=tf.int32)
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(words, ids), UNKNOWN
        )

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """Strings of shape `(batch,)` to int32 ids `(batch, time)`."""
        texts = tf.strings.regex_replace(texts, LINE_BREAK, " ")
        texts = tf.strings.regex_replace(texts, SEPARATOR, " ")
        texts = tf.strings.regex_replace(texts, OWN_WORD, r" \1 ")
        texts = tf.strings.lower(texts, encoding="utf-8")
        # Not `split()`, which would take spaces of Unicode for separators.
        words = tf.strings.split(texts, " ")
        words = tf.ragged.boolean_mask(words, tf.strings.length(words) > 0)
        return _padded(words.with_flat_values(self.table.lookup(words.values)))


class CharacterGraph(tf.Module):
    """Texts to ids inside a graph: the code points of `CharacterTokenizer`.

    Args:
        tokenizer: whose vocabulary becomes a lookup table.
    """

    def __init__(self, tokenizer: CharacterTokenizer):
        super().__init__()
        points = tf.constant([ord(c) for c in tokenizer.vocabulary], tf.int32)
        ids = tf.range(FIRST_KNOWN, tokenizer.size, dtype=tf.int32)
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(points, ids), UNKNOWN
        )

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """Strings of shape `(batch,)` to int32 ids `(batch, time)`."""
        points = tf.strings.unicode_decode(texts, "UTF-8")
        ids = self.table.lookup(points.values)
        return _padded(points.with_flat_values(ids))


def _padded(ids: tf.RaggedTensor) -> tf.Tensor:
    """Ids as a matrix with one column at least."""
    dense = ids.to_tensor(PADDING)
    at_least_one = tf.maximum(1, tf.shape(dense)[1])
    return tf.pad(dense, [[0, 0], [0, at_least_one - tf.shape(dense)[1]]])
