"""Prompts to ids, and ids to texts, as TensorFlow operations."""

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
    """Prompts to ids and back inside a graph, as the tokenizer does it.

    An empty prompt is read as a line end, so that there is something to go on
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

    def encode(self, prompts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Prompts to ids, and how many of them there are.

        Args:
            prompts: strings of shape `(batch,)`.

        Returns:
            Int32 ids of shape `(batch, time)`, right-padded, and the lengths,
            int32 of shape `(batch,)`, each at least 1.
        """
        if self.of_texts is not None:
            ids = self.of_texts(prompts)
            # What has no id is padding, of which an empty text has one too.
            known = tf.ragged.boolean_mask(ids, ids != PADDING)
            end = tf.fill([tf.shape(ids)[0], 1], PADDING)
            rows = tf.concat([end, known], axis=1)
        else:
            rows = self._of_characters(prompts)
        lengths = tf.cast(rows.row_lengths(), tf.int32)
        return rows.to_tensor(PADDING), lengths

    def _of_characters(self, prompts):
        prompts = tf.where(tf.strings.length(prompts) > 0, prompts, "\n")
        if not self.of_bytes:
            points = tf.strings.unicode_decode(prompts, "UTF-8")
            ids = self.table.lookup(points.values)
            return points.with_flat_values(ids)
        parts = tf.strings.bytes_split(prompts)
        ids = tf.cast(tf.io.decode_raw(parts.values, tf.uint8), tf.int32)
        # Each part is one byte; of no part at all the shape is not known.
        return parts.with_flat_values(tf.reshape(ids, [-1]) + 1)

    def decode(self, ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Ids to strings of shape `(batch,)`.

        Args:
            ids: int32 of shape `(batch, time)`.
            lengths: int32 of shape `(batch,)`: how many of each row count.
        """
        counted = tf.sequence_mask(lengths, tf.shape(ids)[1])
        texts = tf.where(counted, tf.gather(self.texts, ids), "")
        return tf.strings.reduce_join(texts, axis=1)
