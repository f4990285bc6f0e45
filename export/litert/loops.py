"""Recurrences as LiteRT runs them best: a `WHILE` over steps, or over spans.

All of them start from zeros. Shapes stay the same from round to round, as
LiteRT would allocate its memory anew at each of them otherwise.
"""

from collections.abc import Callable

from zoo.backend.tensor import Tensor

# How many outputs are put together before they go to the others: each time,
# LiteRT copies all that are there.
#
# No operator that works in place may take what a `WHILE` gives: LiteRT 2.3 lets
# both share memory that is used for something else meanwhile, and answers were
# wrong now and then at the first call behind a new length. Such operators are
# `RESHAPE` (of `tf.reshape`, `[None]` and the like) and `DYNAMIC_UPDATE_SLICE`.
_SPAN = 16


def step_by_step(
    step: Callable[[Tensor, list[Tensor]], tuple[Tensor, list[Tensor]]],
    x: Tensor,
    sizes: list[int],
    units: int,
    reverse: bool,
    lengths: Tensor | None,
) -> tuple[Tensor, list[Tensor]]:
    """Runs a step over time.

    Args:
        step: from one input of shape `(batch, features)` and a list of states
            to an output of shape `(batch, units)` and new states.
        x: Tensor of shape `(batch, time, features)`, its batch known.
        sizes: of the states.
        units: size of the output.
        reverse: whether time runs from the last step to the first.
        lengths: int32 tensor of shape `(batch,)`: how many steps each row has,
            padding behind them; `None` where there is no padding.

    Returns:
        Outputs of shape `(batch, time, units)`, which mean nothing where there
        is padding, and the final states.
    """
    import tensorflow as tf

    batch = x.shape[0]
    xs = tf.transpose(x, (1, 0, 2))
    time = tf.shape(xs)[0]
    count = time if lengths is None else tf.reduce_max(lengths)

    def advance(number, span, *states):
        t = count - 1 - number if reverse else number
        output, new = step(tf.gather(xs, t), list(states))
        if lengths is not None and batch > 1:
            # A single row ends where its padding begins.
            keep = (t < lengths)[:, None]
            pairs = zip(new, states, strict=True)
            new = [tf.where(keep, after, before) for after, before in pairs]
        here = tf.range(_SPAN)[None, :, None, None] == number % _SPAN
        return number + 1, tf.where(here, output[None, None], span), *new

    def advance_a_span(number, outputs, *states):
        end = tf.minimum(number + _SPAN, count)
        span = tf.zeros((1, _SPAN, batch, units))
        end, span, *states = tf.while_loop(
            lambda number, *_: number < end, advance, (number, span, *states)
        )
        outputs = tf.tensor_scatter_nd_update(
            outputs, [[number // _SPAN]], span
        )
        return end, outputs, *states

    spans = (time + _SPAN - 1) // _SPAN
    outputs = tf.zeros(tf.stack([spans, _SPAN, batch, units]))
    states = [tf.zeros((batch, size)) for size in sizes]
    _, outputs, *states = tf.while_loop(
        lambda number, *_: number < count, advance_a_span, (0, outputs, *states)
    )
    place = tf.range(time)
    if reverse:
        place = tf.maximum(count - 1 - place, 0)
    place = tf.stack([place // _SPAN, place % _SPAN], axis=1)
    outputs = tf.gather_nd(outputs, place)
    return tf.transpose(outputs, (1, 0, 2)), states


def linear(a: Tensor, b: Tensor, positions: Tensor) -> Tensor:
    """`h_t = a_t * h_{t-1} + b_t` in a round for each doubling of the length.

    After round `k`, `b_t` is what the last `2 ** k` steps add up to, and `a_t`
    the share that is kept over them.

    Args:
        a: Tensor of shape `(batch, time, units)`.
        b: Tensor of the same shape.
        positions: int32 tensor of shape `(time,)`: 0, 1, 2, ...

    Returns:
        `h`, of the same shape.
    """
    import tensorflow as tf

    length = tf.shape(b)[1]

    def body(span, a, b):
        earlier = positions - span
        there = (earlier >= 0)[None, :, None]
        place = tf.maximum(earlier, 0)
        a_before = tf.where(there, tf.gather(a, place, axis=1), 1.0)
        b_before = tf.where(there, tf.gather(b, place, axis=1), 0.0)
        return 2 * span, a * a_before, a * b_before + b

    return tf.while_loop(lambda span, *_: span < length, body, (1, a, b))[2]
