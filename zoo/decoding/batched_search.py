"""Beam search over a batch that shrinks as its sentences end."""

import keras
import numpy as np

from zoo.backend.compile import compiled
from zoo.decoding.beam_search import (
    CUT_OFF,
    BeamSearch,
    expand_beams,
    finalize_beams,
    init_beams,
    search_beams,
)
from zoo.decoding.translator_step import max_target_lengths, read, stepper
from zoo.errors import InputError

# Steps between two looks at what has ended, and the share of a batch that has
# to have ended to be worth a smaller one.
_STEPS, _SHARE = 3, 0.15


class BatchedSearch:
    """Finds the translations that `search_beams` finds, with less to compute.

    The longest of many sentences takes far more steps than most; those that
    have ended are taken out of the batch every few steps. A backend that
    compiles anew for every size of a batch searches it as a whole.

    Args:
        encoder: the encoder form.
        step_model: the step form.
        bias: what to add to the logits.
        search: how to search.

    Raises:
        InputError: for a coverage penalty without attention.
    """

    def __init__(
        self,
        encoder: keras.Model,
        step_model: keras.Model,
        bias: np.ndarray,
        search: BeamSearch,
    ):
        attentive = "attention" in step_model.output
        if search.coverage_penalty and not attentive:
            raise InputError("`coverage_penalty` needs attention.")

        def whole(source_ids):
            memory, states = read(encoder, source_ids)
            step = stepper(step_model, memory, bias)
            mask = memory.get("source_mask")
            return search_beams(
                step, states, *max_target_lengths(source_ids), search, mask
            )

        def begin(source_ids):
            memory, states = read(encoder, source_ids)
            room, length = max_target_lengths(source_ids)
            mask = memory.get("source_mask")
            return memory, room, init_beams(states, length, search, mask)

        def go_on(until, memory, room, beams):
            step = stepper(step_model, memory, bias)
            mask = memory.get("source_mask")
            return expand_beams(step, beams, room, until, search, mask)

        def rank(memory, room, beams):
            return finalize_beams(
                beams, room, search, memory.get("source_mask")
            )

        self.beams = search.beams
        functions = (whole, begin, go_on, rank)
        self._whole, self._begin, self._go_on, self._rank = (
            compiled(function, step_model) for function in functions
        )

    def __call__(self, source_ids: np.ndarray) -> tuple:
        """Tokens and scores, as `finalize_beams` returns them.

        Args:
            source_ids: int32 of shape `(sentences, source_time)`.
        """
        if keras.backend.backend() == "jax":
            return self._whole(source_ids)
        memory, room, beams = self._begin(source_ids)
        whole_memory, whole_room = memory, np.asarray(room)
        kept, places = None, np.arange(len(source_ids))
        until, longest = 0, int(whole_room.max())
        while True:
            until = min(until + _STEPS, longest)
            beams = self._go_on(np.int32(until), memory, room, beams)
            t, *arrays = (np.asarray(array) for array in beams)
            # The states of what has ended are of no use to anyone.
            if kept is None:
                kept = [array.copy() for array in arrays[:5]]
            else:
                for array, part in zip(kept, arrays, strict=False):
                    array[places] = part
            waits = (arrays[0] <= CUT_OFF).any(axis=1)
            waits &= t < np.asarray(room)
            if not waits.any():
                break
            if waits.mean() <= 1 - _SHARE:
                chosen = np.flatnonzero(waits)
                places = places[chosen]
                rows = chosen[:, None] * self.beams + np.arange(self.beams)
                memory, room = keras.tree.map_structure(
                    lambda array, chosen=chosen: np.asarray(array)[chosen],
                    (memory, room),
                )
                beams = [t, *(array[chosen] for array in arrays[:5])]
                beams += [array[rows.ravel()] for array in arrays[5:]]
        return self._rank(whole_memory, whole_room, [t, *kept])
