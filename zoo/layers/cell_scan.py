"""A linear cell, run over a whole sequence as one scan."""

from keras import ops

from zoo.layers.linear_scan import fastest_form, linear_scan, shifted


def cell_scan(cell, inputs, states, mask=None, training=False):
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

    def held(x, first):
        """`x`, and at masked steps that of the last one before them."""
        if keep is None:
            return x
        kept = ops.cast(keep, x.dtype)
        a = ops.broadcast_to(1 - kept, ops.shape(x))
        return linear_scan(a, kept * x, first, form=form)

    def previous(x, first):
        return shifted(held(x, first), first)

    a, b, output, others = cell.terms(inputs, states, previous)
    if keep is not None:
        a, b = ops.where(keep, a, 1), ops.where(keep, b, 0)
    h = linear_scan(a, b, states[0], form=form)
    final = [
        held(x, first)[:, -1]
        for x, first in zip(others, states[1:], strict=True)
    ]
    return output(h), [h[:, -1], *final]
