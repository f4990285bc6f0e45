"""A plain LSTM as `UNIDIRECTIONAL_SEQUENCE_LSTM`, which LiteRT has a kernel of.

The operator keeps its states from call to call, has no mask, and gives no final
states. Two more features of the input make up for the first two. Of a step
whose feature is set, they shut gates, whatever else comes in:

start     all three: the first step, put before the sequence, ends in states of
          zeros, so that no call depends on the one before
padding   the input gate, with the forget gate open: the memory stays as it is

Where a layer's final states are asked for, it runs as a loop instead
(`export.litert.recurrent`).
"""

import keras
import numpy as np

from zoo.backend.tensor import Tensor

# sigmoid(-30) is 1e-13: nothing of a state of at most 1 is left in float32.
_SHUT = 30.0


def lstm(
    name: str, cell: keras.layers.Layer, x: Tensor, keep: Tensor | None
) -> Tensor:
    """Runs an LSTM from states of zeros.

    Args:
        name: by which no other LSTM of the same model goes.
        cell: an `LSTMCell`.
        x: Tensor of shape `(batch, time, features)`, its batch known.
        keep: float tensor of shape `(batch, time, 1)`, 0 where there is
            padding, which stands before or behind all else, not between;
            `None` where there is none.

    Returns:
        Outputs of shape `(batch, time, units)`, which mean nothing where there
        is padding.
    """
    import tensorflow as tf

    batch, _, features = x.shape
    units = cell.units
    kernel, recurrent_kernel, bias, value = _weights(cell, keep is not None)
    start = np.zeros((batch, 1, len(kernel)), "float32")
    start[:, :, features] = value
    columns = [x, tf.zeros_like(x[:, :, :1])]
    if keep is not None:
        columns = [x * keep, columns[1], (1 - keep) * value]
    x = tf.concat([start, tf.concat(columns, axis=-1)], axis=1)
    zeros = tf.zeros((batch, units))
    run = tf.function(
        _standard_lstm,
        autograph=False,
        # By these the converter knows what it is.
        experimental_attributes={
            "api_implements": f"lstm_{name}",
            "api_preferred_device": "CPU",
            "time_major": False,
            "go_backwards": False,
        },
    )
    _, outputs, *_ = run(x, zeros, zeros, kernel, recurrent_kernel, bias)
    return outputs[:, 1:]


def _weights(cell, padded):
    """The weights with those of the features that shut gates, and the value
    of such a feature where it is set.
    """
    import tensorflow as tf

    with tf.init_scope():
        weights = {w.name: np.asarray(w) for w in cell.weights}
    kernel, recurrent = weights["kernel"], weights["recurrent_kernel"]
    bias = weights.get("bias", np.zeros(kernel.shape[1], "float32"))
    # A state is never above 1, so this is the most that a gate can sum up to.
    most = np.abs(recurrent).sum(axis=0) + np.abs(bias)
    # No larger than the weights are, whose scale it is with 8 bits.
    blocks = np.split(kernel, 4, axis=1)
    scales = [float(np.abs(block).max()) or 1.0 for block in blocks]
    value = (float(most.max()) + _SHUT) / min(scales)
    i, f, _, o = (np.full(cell.units, scale, "float32") for scale in scales)
    none = np.zeros_like(i)
    rows = [np.concatenate([-i, -f, none, -o])]
    if padded:
        rows.append(np.concatenate([-i, f, none, none]))
    return np.concatenate([kernel, rows]), recurrent, bias, np.float32(value)


def _standard_lstm(inputs, h, c, kernel, recurrent_kernel, bias):
    """What the operator takes the place of; arguments and results are those
    that the converter expects.
    """
    import tensorflow as tf

    xs = tf.transpose(inputs, (1, 0, 2))
    length = tf.shape(xs)[0]
    outputs = tf.TensorArray(tf.float32, length, element_shape=h.shape)

    def body(t, h, c, outputs):
        z = tf.matmul(xs[t], kernel) + tf.matmul(h, recurrent_kernel) + bias
        i, f, g, o = tf.split(z, 4, axis=1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        h = tf.sigmoid(o) * tf.tanh(c)
        return t + 1, h, c, outputs.write(t, h)

    _, h, c, outputs = tf.while_loop(
        lambda t, *_: t < length, body, (0, h, c, outputs)
    )
    ys = tf.transpose(outputs.stack(), (1, 0, 2))
    return h, ys, h, c, tf.constant(1.0)
