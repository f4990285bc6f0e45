"""Recurrent layers for LiteRT: a stack, each cell in its fastest form.

LSTM              one fused operator (`fused_lstm`), unless its final states are
                  asked for
cells with terms  a few products over the whole sequence, and a scan of as many
                  rounds as the length has doublings
any other         a `WHILE` over its step

Padding is moved behind all else first, and its outputs are zeros, so a mask
means what it means to the Keras layer, wherever it is false.
"""

import dataclasses

import keras

from export.litert import loops
from export.litert.fused_lstm import lstm
from zoo.backend.tensor import Tensor
from zoo.cells import LSTMCell
from zoo.layers import Bidirectional, Recurrent, Stacked


@dataclasses.dataclass(frozen=True)
class Padding:
    """Where the padding of a batch is, moved behind all else.

    Attributes:
        lengths: int32 of shape `(batch,)`: steps that are no padding.
        keep: float of shape `(batch, time, 1)`: 0 where there is padding.
    """

    lengths: Tensor
    keep: Tensor


def stack(layer: Stacked, x: Tensor, mask: Tensor | None) -> Tensor:
    """Runs a stack from states of zeros.

    Args:
        layer: the stack.
        x: Tensor of shape `(batch, time, features)`, its batch known.
        mask: Optional boolean tensor of shape `(batch, time)`.

    Returns:
        What the layer returns, without its states.
    """
    import tensorflow as tf

    x, padding, back = _right_padded(x, mask)
    ys, _ = _run(layer, x, padding, states=False)
    if layer.return_sequences:
        return back(tf.concat(ys, axis=-1))
    last = [_last(ys[0], padding)]
    # Backwards, the last step is the first of the sequence.
    last += [y[:, 0] for y in ys[1:]]
    return tf.concat(last, axis=-1)


def with_states(
    layer: Stacked, x: Tensor, mask: Tensor | None
) -> tuple[Tensor, list[Tensor]]:
    """The same with the outputs of every step, and the final states in the
    layer's order.
    """
    import tensorflow as tf

    x, padding, back = _right_padded(x, mask)
    ys, final = _run(layer, x, padding, states=True)
    return back(tf.concat(ys, axis=-1)), final


def _run(layer, x, padding, states):
    """Outputs of each direction of the top layer, and final states of all."""
    import tensorflow as tf

    ys: list[Tensor] = [x]
    found = []
    for recurrent in layer.recurrent_layers:
        directions = [recurrent]
        if isinstance(recurrent, Bidirectional):
            directions = [recurrent.forward_layer, recurrent.backward_layer]
        x, ys = tf.concat(ys, axis=-1), []
        for one in directions:
            y, final = _direction(one, x, padding, states)
            ys.append(y if padding is None else y * padding.keep)
            found.extend(final)
    return ys, found


def _direction(layer: Recurrent, x, padding, states):
    cell = layer.cell
    if type(cell) is LSTMCell and not states:
        return _fused(layer, x, padding), []
    if hasattr(cell, "terms"):
        return _linear(layer, x, padding)

    def step(x, states):
        return cell.call(x, states, training=False)

    return loops.step_by_step(
        step,
        x,
        cell.state_size,
        cell.output_size,
        layer.reverse,
        None if padding is None else padding.lengths,
    )


def _fused(layer, x, padding):
    import tensorflow as tf

    keep = None if padding is None else padding.keep
    if layer.reverse:
        x = tf.reverse(x, [1])
        keep = None if keep is None else tf.reverse(keep, [1])
    y = lstm(layer.name, layer.cell, x, keep)
    return tf.reverse(y, [1]) if layer.reverse else y


def _linear(layer, x, padding):
    import tensorflow as tf

    def turned(value):
        return tf.reverse(value, [1]) if layer.reverse else value

    cell: keras.layers.Layer = layer.cell
    x = turned(x)
    keep = None if padding is None else turned(padding.keep)
    states = [tf.zeros((x.shape[0], size)) for size in cell.state_size]

    def kept(value):
        return value if keep is None else value * keep

    def previous(value, first):
        # Zeros before the first step, and while only padding was there.
        return tf.concat([first[:, None], kept(value)[:, :-1]], axis=1)

    a, b, output, others = cell.terms(x, states, previous)
    if keep is not None:
        a, b = a * keep + (1 - keep), b * keep
    h = loops.linear(a, b, _positions(x)[0])

    def last(value):
        if layer.reverse:
            # Padding came first.
            return kept(value)[:, -1]
        return _last(kept(value), padding)

    final = [h[:, -1], *(last(value) for value in others)]
    return turned(output(h)), final


def _positions(x):
    """0, 1, 2, ... of each row: int32 of shape `(batch, time)`."""
    import tensorflow as tf

    ones = tf.ones_like(x[:, :, 0], "int32")
    return tf.cumsum(ones, axis=1, exclusive=True)


def _last(y, padding):
    """The last step that is no padding; the first where there is none."""
    import tensorflow as tf

    if padding is None:
        return y[:, -1]
    place = tf.maximum(padding.lengths - 1, 0)
    return tf.gather(y, place[:, None], axis=1, batch_dims=1)[:, 0]


def _right_padded(x, mask):
    """`x` with its padding behind all else, a `Padding` or `None`, and what
    puts outputs where they belong.
    """
    import tensorflow as tf

    if mask is None:
        return x, None, lambda y: y
    kept = tf.cast(mask, "int32")
    lengths = tf.reduce_sum(kept, axis=1)
    positions = _positions(x)
    time = tf.shape(x)[1]
    # Tokens in their order, then padding.
    _, order = tf.math.top_k(kept * (time - positions), time)
    x = tf.gather(x, order, axis=1, batch_dims=1)
    keep = tf.cast(positions < lengths[:, None], x.dtype)[:, :, None]
    place = tf.cumsum(kept, axis=1, exclusive=True)
    # Behind the last token that would be one too many; padding is zeros.
    place = place * kept

    def back(y):
        y = tf.gather(y, place, axis=1, batch_dims=1)
        return y * tf.cast(kept, y.dtype)[:, :, None]

    return x, Padding(lengths, keep), back
