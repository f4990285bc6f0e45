"""Beam search for a translation, over many sentences side by side.

Written in `keras.ops`, to run inside a graph; it stops as soon as all beams of
every sentence have ended. What comes out for a sentence does not depend on
those beside it.
"""

from collections.abc import Callable

from keras import ops

from zoo.backend.tensor import Tensor
from zoo.decoding.search_settings import BeamSearch
from zoo.decoding.top_k import top_tokens
from zoo.text.ids import END, START

# Below every sum of log-probabilities, and finite: that a translation is not
# there, and that it had to be cut off.
NEVER, CUT_OFF = -1e9, -1e6


def search_beams(
    step: Callable,
    states: list[Tensor],
    limits: Tensor,
    length: Tensor,
    search: BeamSearch,
    source_mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The translations that a beam finds, by `BeamSearch`.

    Args:
        step: as of `greedy_or_sample`; its rows are the beams of one sentence
            after the other.
        states: List of tensors of shape `(sentences, size)`.
        limits: most tokens of a translation of each sentence, its end
            included: int32 of shape `(sentences,)`.
        length: the highest of them, or above.
        search: how.
        source_mask: for a coverage penalty, float tensor of shape
            `(sentences, source_time)`, 0 for padding.

    Returns:
        As `finalize_beams`.
    """
    beams = init_beams(states, length, search, source_mask)
    beams = expand_beams(step, beams, limits, length, search, source_mask)
    return finalize_beams(beams, limits, search, source_mask)


def init_beams(
    states: list[Tensor],
    length: Tensor,
    search: BeamSearch,
    source_mask: Tensor | None = None,
) -> list[Tensor]:
    """The beams of a search before the first token.

    Returns:
        A list of the number of the step, int32 of shape `()`; of what has
        ended, scores of shape `(sentences, beams)` and tokens of shape
        `(sentences, beams, length)`; of what goes on, log-probabilities,
        tokens and the sums of attention in the like shapes; and its states,
        of shape `(sentences * beams, size)`.
    """
    shape = (ops.shape(states[0])[0], search.beams)
    nothing = ops.full(shape, NEVER, "float32")
    empty = ops.zeros((*shape, length), "int32")
    looked = 1
    if search.coverage_penalty:
        looked = ops.shape(source_mask)[1]
    return [
        ops.convert_to_tensor(0, "int32"),
        nothing,
        empty,
        # At first all beams are the same, and one of them is enough.
        ops.where(ops.arange(search.beams) == 0, 0.0, nothing),
        empty,
        ops.zeros((*shape, looked)),
        *(ops.repeat(state, search.beams, axis=0) for state in states),
    ]


def expand_beams(
    step: Callable,
    beams: list[Tensor],
    limits: Tensor,
    until: Tensor,
    search: BeamSearch,
    source_mask: Tensor | None = None,
) -> list[Tensor]:
    """The beams as they are at step `until`, or once all have ended.

    Args:
        step: as of `search_beams`, like the rest.
        beams: what `init_beams` or this function returned.
        limits: most tokens of a translation of each sentence.
        until: number of a step, `length` at most.
        search: how.
        source_mask: for a coverage penalty.
    """
    count = search.beams
    rows, _, length = ops.shape(beams[2])
    places = ops.arange(length, dtype="int32")
    limits = limits[:, None]

    def of_rows(values, parents):
        """Of every sentence, the values of these of its beams."""
        first = ops.arange(rows, dtype="int32")[:, None] * count
        flat = ops.reshape(parents + first, (-1,))
        return ops.take(values, flat, axis=0)

    def waits(t, best):
        """Whether a sentence has beams that may end yet."""
        missing = ops.any(best <= CUT_OFF, axis=1, keepdims=True)
        return ops.logical_and(t < limits, missing)

    def unfinished(t, best, *_):
        return ops.logical_and(t < until, ops.any(waits(t, best)))

    def body(t, best, ended, old_total, old_tokens, old_looked, *old_states):
        last = ops.sum(ops.where(places == t - 1, old_tokens, 0), axis=-1)
        last = ops.where(t == 0, START, ops.reshape(last, (-1,)))
        logits, a, states = step(last[:, None], [*old_states])
        # Every beam has one way to end, so as many as there are beams do not.
        total, parents, token = top_tokens(old_total, logits, 2 * count)
        shape = (rows, 2 * count)
        tokens = ops.reshape(old_tokens, (rows * count, length))
        tokens = ops.reshape(of_rows(tokens, parents), (*shape, length))
        tokens = ops.where(places == t, token[:, :, None], tokens)
        width = ops.shape(old_looked)[2]
        looked = ops.reshape(old_looked, (rows * count, width))
        if search.coverage_penalty:
            looked = looked + a
        looked = ops.reshape(of_rows(looked, parents), (*shape, width))
        # Only what is among the best as it ends is set aside.
        ends = token == END
        going_on = waits(t, best)
        counts = ops.logical_and(ends, ops.arange(2 * count) < count)
        counts = ops.logical_and(counts, going_on)
        score = _score(total, t + 1, looked, search, source_mask)
        new = ops.where(counts, score, NEVER)
        best, ended = _best(best, ended, new, tokens, count)
        total, kept = ops.top_k(ops.where(ends, NEVER, total), count)
        kept = ops.cast(kept, "int32")
        parents = ops.take_along_axis(parents, kept, axis=1)
        tokens = ops.take_along_axis(tokens, kept[:, :, None], axis=1)
        looked = ops.take_along_axis(looked, kept[:, :, None], axis=1)
        states = [of_rows(state, parents) for state in states]
        # What is cut off stays as it was then.
        total = ops.where(going_on, total, old_total)
        tokens = ops.where(going_on[:, :, None], tokens, old_tokens)
        looked = ops.where(going_on[:, :, None], looked, old_looked)
        return t + 1, best, ended, total, tokens, looked, *states

    return list(ops.while_loop(unfinished, body, tuple(beams)))


def finalize_beams(
    beams: list[Tensor],
    limits: Tensor,
    search: BeamSearch,
    source_mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """What a search found.

    Returns:
        The tokens, int32 of shape `(sentences, beams, length)`, padded behind
        their end, best first; the scores, float32 of shape
        `(sentences, beams)`, lowered by `CUT_OFF` where there was no end, and
        below that where there are fewer translations than beams.
    """
    _, best, ended, total, tokens, looked = beams[:6]
    score = _score(total, limits[:, None], looked, search, source_mask)
    # What never ended comes behind all that did.
    cut_off = ops.maximum(score + CUT_OFF, NEVER)
    best, ended = _best(best, ended, cut_off, tokens, search.beams)
    return ended, best


def _score(total, n, looked, search, source_mask):
    """Scores of translations of `n` tokens, as `BeamSearch` has them."""
    n = ops.cast(n, "float32")
    result = total / ((5 + n) / 6) ** search.length_penalty
    result = ops.where(total <= CUT_OFF, NEVER, result)
    if not search.coverage_penalty:
        return result
    covered = ops.log(ops.clip(looked, 1e-10, 1.0)) * source_mask[:, None]
    return result + search.coverage_penalty * ops.sum(covered, axis=-1)


def _best(scores, tokens, more_scores, more_tokens, beams):
    """The best of two sets of translations of each sentence."""
    scores = ops.concatenate([scores, more_scores], axis=1)
    tokens = ops.concatenate([tokens, more_tokens], axis=1)
    scores, places = ops.top_k(scores, beams)
    places = ops.cast(places, "int32")[:, :, None]
    return scores, ops.take_along_axis(tokens, places, axis=1)
