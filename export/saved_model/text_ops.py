"""The word tokenizer as TensorFlow operations, for the SavedModel."""

import tensorflow as tf

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
        ids = self.table.lookup(words.flat_values)
        ids = words.with_flat_values(ids).to_tensor(PADDING)
        at_least_one = tf.maximum(1, tf.shape(ids)[1])
        return tf.pad(ids, [[0, 0], [0, at_least_one - tf.shape(ids)[1]]])
