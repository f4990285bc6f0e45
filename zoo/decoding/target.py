"""The target of a translation, token by token: chosen, drawn or searched for.

Written in `keras.ops`, to run inside a graph, over many sentences side by
side; it stops as soon as every one of them has ended. What comes out for a
sentence does not depend on those beside it.
"""

import dataclasses
import math
from collections.abc import Callable

from keras import ops

from zoo.decoding.sampling import Sampling, filtered
from zoo.errors import InputError
from zoo.names import at_least
from zoo.text.ids import END, PADDING, START

# Below every sum of log-probabilities, and finite: that a translation is not
# there, and that it had to be cut off.
NEVER, CUT_OFF = -1e9, -1e6


@dataclasses.dataclass(frozen=True)
class BeamSearch:
    """How a translation is searched for.

    For a translation `y` of length `n`, its end included, of a source `x` with
    attention weights `a`:

        score = log p(y | x) / ((5 + n) / 6) ** length_penalty
                + coverage_penalty * sum_j log(min(sum_t a_tj, 1))

    At every step the `beams` most probable ways to go on are kept. One that
    ends is set aside with its score; when as many as `beams` are, the search
    is over. Without a length penalty short translations win; with a coverage
    penalty, those that leave nothing of the source out.

    Args:
        beams: number of translations that are kept at every step.
        length_penalty: see above; 0 for none.
        coverage_penalty: see above; 0 for none. It needs attention.

    Raises:
        InputError: for a value outside its range.

    Reference:
        - [Wu et al., 2016](https://arxiv.org/abs/1609.08144), equation 14
    """

    beams: int = 5
    length_penalty: float = 1.0
    coverage_penalty: float = 0.0

    def __post_init__(self):
        at_least(1, beams=self.beams)
        for name in ("length_penalty", "coverage_penalty"):
            value = getattr(self, name)
            number = isinstance(value, (int, float))
            if not number or not 0 <= value < math.inf:
                raise InputError(
                    f"`{name}` must be 0 or above. Received: {value!r}"
                )


def chosen(
    step: Callable,
    states: list,
    limits,
    length,
    uniform=None,
    sampling: Sampling | None = None,
) -> tuple:
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
        sampling: how, in that case.

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
        log_p = ops.log_softmax(logits)
        if uniform is None:
            token = ops.cast(ops.argmax(log_p, axis=-1), "int32")
        else:
            here = ops.cast(places == t, "float32")
            u = ops.sum(uniform * here, axis=1, keepdims=True)
            token = _drawn(filtered(log_p, sampling), u)
        alive = last != PADDING
        token = ops.where(alive, token, PADDING)
        gain = ops.take_along_axis(log_p, token[:, None], axis=1)[:, 0]
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


def searched(
    step: Callable,
    states: list,
    limits,
    length,
    search: BeamSearch,
    source_mask=None,
) -> tuple:
    """The translations that a beam finds, by `BeamSearch`.

    Args:
        step: as of `chosen`; its rows are sentences times beams.
        states: List of tensors of shape `(sentences, size)`.
        limits: most tokens of a translation of each sentence, its end
            included: int32 of shape `(sentences,)`.
        length: the highest of them, or above.
        search: how.
        source_mask: for a coverage penalty, float tensor of shape
            `(sentences, source_time)`, 0 for padding.

    Returns:
        The tokens, int32 of shape `(sentences, beams, length)`, padded behind
        their end, best first; the scores, float32 of shape
        `(sentences, beams)`, lowered by `CUT_OFF` where there was no end, and
        below that where there are fewer translations than beams.
    """
    beams = search.beams
    rows = ops.shape(states[0])[0]
    places = ops.arange(length, dtype="int32")
    covers = search.coverage_penalty > 0

    def of_rows(values, parents):
        """Of every sentence, the values of these of its beams."""
        first = ops.arange(rows, dtype="int32")[:, None] * beams
        flat = ops.reshape(parents + first, (-1,))
        return ops.take(values, flat, axis=0)

    limits = limits[:, None]

    def score(total, n, looked):
        n = ops.cast(n, "float32")
        result = total / ((5 + n) / 6) ** search.length_penalty
        result = ops.where(total <= CUT_OFF, NEVER, result)
        if not covers:
            return result
        covered = ops.log(ops.clip(looked, 1e-10, 1.0)) * source_mask[:, None]
        return result + search.coverage_penalty * ops.sum(covered, axis=-1)

    def unfinished(t, best, *_):
        waits = ops.logical_and(t < limits, best <= CUT_OFF)
        return ops.logical_and(t < length, ops.any(waits))

    def body(t, best, ended, old_total, old_tokens, old_looked, *states):
        total, tokens, looked = old_total, old_tokens, old_looked
        last = ops.sum(ops.where(places == t - 1, tokens, 0), axis=-1)
        last = ops.where(t == 0, START, ops.reshape(last, (-1,)))
        logits, a, states = step(last[:, None], [*states])
        vocabulary = logits.shape[-1]
        log_p = ops.reshape(ops.log_softmax(logits), (rows, beams, vocabulary))
        every = ops.reshape(total[:, :, None] + log_p, (rows, -1))
        # Every beam has one way to end, so as many as `beams` do not.
        total, place = ops.top_k(every, 2 * beams)
        place = ops.cast(place, "int32")
        parents, token = place // vocabulary, place % vocabulary
        tokens = ops.reshape(tokens, (-1, length))
        tokens = ops.reshape(
            of_rows(tokens, parents), (rows, 2 * beams, length)
        )
        tokens = ops.where(places == t, token[:, :, None], tokens)
        if covers:
            looked = ops.reshape(looked, ops.shape(a)) + a
            looked = of_rows(looked, parents)
            shape = (rows, 2 * beams, ops.shape(a)[-1])
            looked = ops.reshape(looked, shape)
        # Only what is among the best as it ends is set aside.
        ends = token == END
        counts = ops.logical_and(ends, ops.arange(2 * beams) < beams)
        going_on = ops.any(best <= CUT_OFF, axis=1, keepdims=True)
        going_on = ops.logical_and(going_on, t < limits)
        counts = ops.logical_and(counts, going_on)
        new = ops.where(counts, score(total, t + 1, looked), NEVER)
        best, ended = _best(best, ended, new, tokens, beams)
        total, kept = ops.top_k(ops.where(ends, NEVER, total), beams)
        kept = ops.cast(kept, "int32")
        parents = ops.take_along_axis(parents, kept, axis=1)
        tokens = ops.take_along_axis(tokens, kept[:, :, None], axis=1)
        if covers:
            looked = ops.take_along_axis(looked, kept[:, :, None], axis=1)
        states = [of_rows(state, parents) for state in states]
        # What is cut off stays as it was then.
        total = ops.where(going_on, total, old_total)
        tokens = ops.where(going_on[:, :, None], tokens, old_tokens)
        if covers:
            looked = ops.where(going_on[:, :, None], looked, old_looked)
        return t + 1, best, ended, total, tokens, looked, *states

    nothing = ops.full((rows, beams), NEVER, "float32")
    # At first all beams are the same, and one of them is enough.
    total = ops.where(ops.arange(beams) == 0, 0.0, nothing)
    empty = ops.zeros((rows, beams, length), "int32")
    looked = ops.zeros((rows, beams, 1))
    if covers:
        source_time = ops.shape(source_mask)[1]
        looked = ops.zeros((rows, beams, source_time))
    states = [ops.repeat(state, beams, axis=0) for state in states]
    _, best, ended, total, tokens, looked, *_ = ops.while_loop(
        unfinished,
        body,
        (
            ops.convert_to_tensor(0, "int32"),
            nothing,
            empty,
            total,
            empty,
            looked,
            *states,
        ),
    )
    # What never ended comes behind all that did.
    cut_off = ops.maximum(score(total, limits, looked) + CUT_OFF, NEVER)
    best, ended = _best(best, ended, cut_off, tokens, beams)
    return ended, best


def _best(scores, tokens, more_scores, more_tokens, beams):
    """The best of two sets of translations of each sentence."""
    scores = ops.concatenate([scores, more_scores], axis=1)
    tokens = ops.concatenate([tokens, more_tokens], axis=1)
    scores, places = ops.top_k(scores, beams)
    places = ops.cast(places, "int32")[:, :, None]
    return scores, ops.take_along_axis(tokens, places, axis=1)
