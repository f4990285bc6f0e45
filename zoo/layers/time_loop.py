"""One cell step, repeated over the time axis: the loop of each backend."""

import keras
from keras import ops


def time_loop(step, inputs, states, mask=None, reverse=False):
    """Runs `step` over axis 1 of `inputs`.

    A masked step leaves the states as they were and repeats the output of
    the step before it (zeros where there was none).

    Args:
        step: function of one input of shape `(batch, features)` and a list
            of states, to an output of shape `(batch, units)` and a list of
            new states. Its output must have the shape and dtype of the
            first state.
        inputs: Tensor of shape `(batch, time, features)`.
        states: List of tensors of shape `(batch, ...)`.
        mask: Optional boolean tensor of shape `(batch, time)`, false where a
            step is to be left out.
        reverse: bool. Whether time runs from the last step to the first.
            The outputs keep the order of the inputs either way.

    Returns:
        The outputs, of shape `(batch, time, units)`, the output of the step
        that ran last, and the list of final states.

    Raises:
        ValueError: on a Keras backend other than TensorFlow and JAX.
    """
    loops = {"tensorflow": _tensorflow_loop, "jax": _jax_loop}
    backend = keras.backend.backend()
    if backend not in loops:
        raise ValueError(
            "recurrent-zoo runs on the Keras backends tensorflow and jax. "
            f"Received: {backend!r}. Set KERAS_BACKEND to one of them."
        )

    def masked_step(x, keep, output, states):
        new_output, new_states = step(x, states)
        if keep is None:
            return new_output, new_states
        new_output = ops.where(keep, new_output, output)
        new_states = [
            ops.where(keep, new, old)
            for new, old in zip(new_states, states, strict=True)
        ]
        return new_output, new_states

    xs = ops.swapaxes(inputs, 0, 1)
    keeps = None
    if mask is not None:
        keeps = ops.swapaxes(ops.cast(mask, "bool"), 0, 1)[:, :, None]
    if reverse:
        # Reversed here, not by counting down in the loop: tf2onnx stacks what
        # a loop writes in the order of its steps, whatever the index was.
        xs = ops.flip(xs, axis=0)
        keeps = None if keeps is None else ops.flip(keeps, axis=0)
    output = ops.zeros_like(states[0])
    ys, output, states = loops[backend](
        masked_step, xs, keeps, output, list(states)
    )
    if reverse:
        ys = ops.flip(ys, axis=0)
    return ops.swapaxes(ys, 0, 1), output, states


def _tensorflow_loop(step, xs, keeps, output, states):
    import tensorflow as tf

    length = tf.shape(xs)[0]

    def array(values):
        empty = tf.TensorArray(
            values.dtype, length, element_shape=values.shape[1:]
        )
        return empty.unstack(values)

    x_array = array(xs)
    keep_array = None if keeps is None else array(keeps)
    y_array = tf.TensorArray(output.dtype, length, element_shape=output.shape)

    def body(t, y_array, output, states):
        keep = None if keep_array is None else keep_array.read(t)
        output, new_states = step(x_array.read(t), keep, output, states)
        for new, old in zip(new_states, states, strict=True):
            new.set_shape(old.shape)
        output.set_shape(y_array.element_shape)
        return t + 1, y_array.write(t, output), output, new_states

    _, y_array, output, states = tf.while_loop(
        lambda t, *_: t < length,
        body,
        (0, y_array, output, states),
        maximum_iterations=length,
    )
    ys = y_array.stack()
    ys.set_shape(xs.shape[:1].concatenate(output.shape))
    return ys, output, states


def _jax_loop(step, xs, keeps, output, states):
    import jax

    def body(carry, x_and_keep):
        x, keep = x_and_keep
        output, states = step(x, keep, *carry)
        return (output, states), output

    (output, states), ys = jax.lax.scan(body, (output, states), (xs, keeps))
    return ys, output, states
