"""A linear cell, run over a whole sequence as one scan."""

import keras
from keras import ops

from zoo.backend.tensor import Tensor
from zoo.layers.linear_scan import fastest_form, linear_scan, shifted


def cell_scan(
    cell: keras.layers.Layer,
    inputs: Tensor,
    states: list[Tensor],
    mask: Tensor | None = None,
    training: bool = False,
) -> tuple[Tensor, list[Tensor]]:
    """Runs a cell that has `terms` over axis 1 of `inputs`.

    Args:
        cell: a linear cell; `zoo.cells.linear_step` says what its `terms`
            takes and gives.
        inputs: Tensor of shape `(batch, time, features)`.
        states: List of tensors of shape `(batch, size)`.
        mask: Optional boolean tensor of shape `(batch, time)`, false where a
            step leaves the states as they were; its output means nothing.
        training: bool. Whether a gradient will be asked for.

    Returns:
        The outputs, of shape `(batch, time, units)`, and the list of final
        states.
    """
    keep = None if mask is None else mask[:, :, None]
    form = fastest_form(training)

    def previous(x, first):
        """Of each step, `x` of the last step before it that is not masked."""
        if keep is None:
            return shifted(x, first)
        kept = ops.cast(keep, x.dtype)

        def past_gaps():
            a = ops.broadcast_to(1 - kept, ops.shape(x))
            return linear_scan(a, kept * x, first, form=form)

        def past_padding():
            return kept * x + (1 - kept) * first[:, None]

        # Padding stands before or behind all that counts, and is cheaper.
        return shifted(ops.cond(_gaps(mask), past_gaps, past_padding), first)

    def last(x, first):
        if keep is None:
            return x[:, -1]
        places = ops.arange(1, ops.shape(x)[1] + 1, dtype="int32")
        place = ops.max(ops.where(mask, places, 0), axis=1)
        x = ops.concatenate([first[:, None], x], axis=1)
        return ops.take_along_axis(x, place[:, None, None], axis=1)[:, 0]

    a, b, output, others = cell.terms(inputs, states, previous)
    if keep is not None:
        a, b = ops.where(keep, a, 1), ops.where(keep, b, 0)
    h = linear_scan(a, b, states[0], form=form)
    final = [
        last(x, first) for x, first in zip(others, states[1:], strict=True)
    ]
    return output(h), [h[:, -1], *final]


def _gaps(mask):
    """Whether a row has masked steps between two that are not."""
    starts = ops.logical_and(mask[:, 1:], ops.logical_not(mask[:, :-1]))
    starts = ops.concatenate([mask[:, :1], starts], axis=1)
    return ops.any(ops.sum(ops.cast(starts, "int32"), axis=1) > 1)
