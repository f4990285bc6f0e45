"""Beam search: several texts grow at once, and the most probable survive."""

from collections.abc import Callable

import numpy as np
from keras import ops

from zoo.backend.tensor import Tensor
from zoo.backend.time_loop import time_loop


def beam_search(
    step: Callable,
    logits: Tensor,
    states: list[Tensor],
    beams: int,
    length: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """The most probable continuations that a beam finds.

    Written in `keras.ops`, so it runs inside a graph.

    Args:
        step: function of int32 tokens of shape `(beams, 1)` and a list of
            states to logits of shape `(beams, vocabulary)` and new states.
        logits: Tensor of shape `(1, vocabulary)`: for the first token.
        states: List of tensors of shape `(1, size)`: behind the prompt.
        beams: number of texts that are kept at every step.
        length: number of tokens to add.

    Returns:
        Tokens and parents, float32 of shape `(beams, length)`: parents say
        which text of the step before each one goes on from; the
        log-probabilities, float32 of shape `(beams,)`, best first, minus
        infinity where there are fewer texts than beams.
    """
    vocabulary = logits.shape[-1]
    first = ops.where(ops.arange(beams) == 0, 0.0, -np.inf)
    logits = ops.repeat(logits, beams, axis=0)
    states = [ops.repeat(state, beams, axis=0) for state in states]

    def grow(_, carried):
        scores, logits, *states = carried
        every = scores[:, None] + ops.log_softmax(logits)
        scores, places = ops.top_k(ops.reshape(every, (-1,)), beams)
        places = ops.cast(places, "int32")
        parents, tokens = places // vocabulary, places % vocabulary
        states = [ops.take(state, parents, axis=0) for state in states]
        logits, states = step(tokens[:, None], states)
        chosen = ops.stack([tokens, parents], axis=1)
        return ops.cast(chosen, "float32"), [scores, logits, *states]

    chosen, (scores, *_) = time_loop(
        grow, ops.zeros((beams, length, 1)), [first, logits, *states]
    )
    return chosen[:, :, 0], chosen[:, :, 1], scores


def traced_back(tokens: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """The texts of a beam, int32 of shape `(beams, length)`."""
    texts = np.empty(tokens.shape, "int32")
    place = np.arange(len(tokens))
    for t in reversed(range(tokens.shape[1])):
        texts[:, t] = tokens[place, t]
        place = parents[place, t].astype("int32")
    return texts
