"""Words and short sequences of them, each with a score of its own."""

from typing import Any

import keras
from keras import ops

from zoo.argument_checks import at_least
from zoo.backend.tensor import Tensor
from zoo.choices import check_ngrams

# What the tokens of a sequence are multiplied with, the last one first.
FOR_SLOT = (20_011, 15_013, 11_003)
FOR_MARK = (1_009, 1_511, 1_811)
# Marks are whole numbers that float16 holds; 0 marks an empty slot.
MARKS = 2_039


def windows(padded: Tensor, length: int) -> list[Tensor]:
    """The last token of every n-gram, the one before, and so on.

    Args:
        padded: ids of shape `(batch, length - 1 + time)`, or without the
            batch, the first `length - 1` of which are 0.
        length: of the n-grams.

    Returns:
        `length` arrays of shape `(batch, time)`, or `(time,)`.
    """
    return [
        padded[..., length - 1 - back : -back or None] for back in range(length)
    ]


def places(tokens: list[Tensor], slots: int) -> tuple[Tensor, Tensor]:
    """Where n-grams stand in a table, and their marks there.

    Args:
        tokens: int32 or int64 arrays or tensors of one shape: the last token
            of each n-gram, the one before, and so on.
        slots: size of the table.

    Returns:
        The slot, from 0 to `slots - 1`, and the mark, from 1 to 2,039.
    """
    slot: Tensor = len(tokens)
    mark: Tensor = len(tokens)
    for token, for_slot, for_mark in zip(
        tokens, FOR_SLOT, FOR_MARK, strict=False
    ):
        slot = slot + (token * for_slot) % slots
        mark = mark + (token * for_mark) % MARKS
    return slot % slots, mark % MARKS + 1


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class WithNgrams(keras.layers.Layer):
    """Logits of a network, and what n-grams alone say, in equal parts.

    A model without order, but for that of neighbours: each n-gram `g` that
    the table knows has a score `w_c(g)` for each class `c`. For a text of `n`
    tokens:

        s_c = b_c + sum_g w_c(g) / sqrt(n)      over the n-grams of the text
        out = (logits + s) / 2

    In training the logits go through as they are, so that neither part leans
    on the other: the network learns from states alone, and the table is not
    trained but given (`recipes.methods.nbsvm`).

    The table is a dictionary without its keys: an n-gram stands in the slot
    that a hash of its tokens says, and is known by a mark, which another hash
    says. One in 2,039 of the n-grams that hit a slot of another one is taken
    for it.

    Args:
        longest: int from 1 to 3. Number of tokens of the longest n-gram.
        slots: int, at most 2 ** 20. Size of the table.

    Call arguments:
        logits: Tensor of shape `(batch, classes)`.
        token_ids: int32 tensor of shape `(batch, time)`, of ids from 0 to
            100,000, right-padded with 0.

    Returns:
        A tensor of shape `(batch, classes)`.

    Raises:
        InputError: for a size outside of these bounds.

    Reference:
        - [Wang and Manning, 2012](https://aclanthology.org/P12-2018) for
          scores of n-grams,
          [Mesnil et al., 2014](https://arxiv.org/abs/1412.5335) for the mean
          with a recurrent network.
    """

    def __init__(self, longest: int = 3, slots: int = 131_071, **kwargs: Any):
        super().__init__(**kwargs)
        at_least(1, longest=longest)
        check_ngrams(longest, slots)
        self.longest = longest
        self.slots = slots

    def build(self, logits_shape, token_ids_shape):
        classes = logits_shape[-1]

        def zeros(name, shape):
            return self.add_weight(
                shape=shape, initializer="zeros", trainable=False, name=name
            )

        self.scores = zeros("scores", (self.slots, classes))
        self.marks = zeros("marks", (self.slots,))
        self.bias = zeros("bias", (classes,))

    def call(self, logits, token_ids, training=False):
        if training:
            return logits
        return (logits + self.judged(token_ids)) / 2

    def judged(self, token_ids: Tensor) -> Tensor:
        """`s` of token ids, of shape `(batch, classes)`."""
        ids = ops.cast(token_ids, "int32")
        padded = ops.pad(ids, [[0, 0], [self.longest - 1, 0]])
        back = windows(padded, self.longest)
        total: Tensor = 0
        for length in range(1, self.longest + 1):
            tokens = back[:length]
            slot, mark = places(tokens, self.slots)
            found = ops.take(self.marks, slot, axis=0)
            known = ops.equal(found, ops.cast(mark, found.dtype))
            # The first token is missing before the text, the last behind it.
            for token in (tokens[0], tokens[-1]):
                known = ops.logical_and(known, ops.not_equal(token, 0))
            known = ops.cast(known, self.compute_dtype)[..., None]
            score = ops.take(self.scores, slot, axis=0)
            total = total + ops.sum(known * score, axis=1)
        count = ops.sum(ops.cast(ops.not_equal(ids, 0), total.dtype), axis=1)
        count = ops.maximum(count, 1)[:, None]
        return self.bias + total / ops.sqrt(count)

    def compute_output_shape(self, logits_shape, token_ids_shape):
        return logits_shape

    def get_config(self):
        return {
            **super().get_config(),
            "longest": self.longest,
            "slots": self.slots,
        }
