"""One text to ids and back as TensorFlow operations."""

import numpy as np
import tensorflow as tf

from export.saved_model.text_ops import graph_of
from zoo.text import (
    ByteTokenizer,
    TextSubwordTokenizer,
    TextTokenizer,
    WordTokenizer,
)
from zoo.text.ids import PADDING, UNKNOWN


class TokenGraph(tf.Module):
    """One text to ids and back inside a graph, as the tokenizer does it.

    An empty text is read as a line end, so that there is something to go on
    from; words and subwords are read behind the end of a text. Ids of bytes
    become a string that need not be UTF-8.

    Args:
        tokenizer: of one text.

    Attributes:
        logit_bias: float32 `(vocabulary,)`, minus infinity for ids that stand
            for no text, else 0.
    """

    def __init__(self, tokenizer: TextTokenizer):
        super().__init__()
        logit_bias = np.zeros(tokenizer.size, "float32")
        logit_bias[list(tokenizer.reserved)] = -np.inf
        self.logit_bias = tf.constant(logit_bias)
        self.of_bytes = tokenizer.kind == ByteTokenizer.kind
        self.of_texts = None
        if isinstance(tokenizer, (WordTokenizer, TextSubwordTokenizer)):
            self.of_texts = graph_of(tokenizer)
            self.texts = tf.constant(tokenizer.pieces())
            return
        first = tokenizer.size - len(tokenizer.vocabulary)
        texts: list[bytes] = [b""] * first
        if self.of_bytes:
            texts += [bytes([one]) for one in tokenizer.vocabulary]
        else:
            texts += [one.encode("utf-8") for one in tokenizer.vocabulary]
            points = [ord(one) for one in tokenizer.vocabulary]
            self.table = tf.lookup.StaticHashTable(
                tf.lookup.KeyValueTensorInitializer(
                    tf.constant(points, tf.int32),
                    tf.range(first, tokenizer.size, dtype=tf.int32),
                ),
                UNKNOWN,
            )
        self.texts = tf.constant(texts)

    def encode(self, text: tf.Tensor) -> tf.Tensor:
        """A scalar string to int32 ids of shape `(length,)`."""
        if self.of_texts is not None:
            ids = self.of_texts(text[None])[0]
            # An empty text has one place too, of padding.
            known = tf.boolean_mask(ids, ids != PADDING)
            return tf.concat([[PADDING], known], 0)
        text = tf.where(tf.strings.length(text) > 0, text, "\n")
        if self.of_bytes:
            return tf.cast(tf.io.decode_raw(text, tf.uint8), tf.int32) + 1
        return self.table.lookup(tf.strings.unicode_decode(text, "UTF-8"))

    def decode(self, ids: tf.Tensor) -> tf.Tensor:
        """Int32 ids of shape `(length,)` to a scalar string."""
        return tf.strings.reduce_join(tf.gather(self.texts, ids))
