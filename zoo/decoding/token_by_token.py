"""The target of a translation, token by token: the most probable, or drawn.

Written in `keras.ops`, to run inside a graph, over many sentences side by
side; it stops as soon as every one of them has ended. What comes out for a
sentence does not depend on those beside it.
"""

from collections.abc import Callable

from keras import ops

from zoo.backend.tensor import Tensor
from zoo.decoding.sampling import Sampling, filtered
from zoo.text.ids import END, PADDING, START


def greedy_or_sample(
    step: Callable,
    states: list[Tensor],
    limits: Tensor,
    length: Tensor,
    uniform: Tensor | None = None,
    sampling: Sampling | None = None,
) -> tuple[Tensor, Tensor]:
    """The most probable token at every step, or one that is drawn.

    Args:
        step: function of int32 tokens of shape `(rows, 1)` and a list of
            states; to logits of shape `(rows, vocabulary)`, attention weights
            of shape `(rows, source_time)` or `None`, and new states.
        states: List of tensors of shape `(rows, size)`.
        limits: most tokens of each translation, its end included: int32 of
            shape `(rows,)`.
        length: the highest of them, or above.
        uniform: numbers in [0, 1) of shape `(rows, length)`, if tokens are
            drawn.
        sampling: how, in that case; by default, from the whole distribution.

    Returns:
        The tokens, int32 of shape `(rows, length)`, padded behind their end,
        and their log-probabilities, float32 of shape `(rows,)`.
    """
    rows = ops.shape(states[0])[0]
    places = ops.arange(length, dtype="int32")

    def unfinished(t, tokens, last, total, *states):
        return ops.logical_and(t < length, ops.any(last != PADDING))

    def body(t, tokens, last, total, *states):
        # A row that has ended is asked on, and not listened to.
        logits, _, states = step(ops.maximum(last, START)[:, None], [*states])
        if uniform is None:
            token = ops.cast(ops.argmax(logits, axis=-1), "int32")
        else:
            here = ops.cast(places == t, "float32")
            u = ops.sum(uniform * here, axis=1, keepdims=True)
            token = _drawn(filtered(logits, sampling or Sampling()), u)
        alive = last != PADDING
        token = ops.where(alive, token, PADDING)
        gain = ops.take_along_axis(logits, token[:, None], axis=1)[:, 0]
        gain = gain - ops.logsumexp(logits, axis=-1)
        total = total + ops.where(alive, gain, 0.0)
        tokens = ops.where(places == t, token[:, None], tokens)
        over = ops.logical_or(token == END, t + 1 >= limits)
        last = ops.where(over, PADDING, token)
        return t + 1, tokens, last, total, *states

    _, tokens, _, total, *_ = ops.while_loop(
        unfinished,
        body,
        (
            ops.convert_to_tensor(0, "int32"),
            ops.zeros((rows, length), "int32"),
            ops.full((rows,), START, "int32"),
            ops.zeros((rows,)),
            *states,
        ),
    )
    return tokens, total


def _drawn(logits, u):
    """The token at which the sum of probabilities passes `u`."""
    p = ops.cumsum(ops.softmax(logits), axis=-1)
    # Of the last sum, which rounding may leave below 1.
    below = p <= u * p[:, -1:]
    return ops.sum(ops.cast(below, "int32"), axis=-1)
