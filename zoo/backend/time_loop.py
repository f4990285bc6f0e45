"""One cell step, repeated over the time axis: the loop of each backend."""

from collections.abc import Callable

import keras
from keras import ops

from zoo.backend.tensor import Tensor


def time_loop(
    step: Callable[[Tensor, list[Tensor]], tuple[Tensor, list[Tensor]]],
    inputs: Tensor,
    states: list[Tensor],
    mask: Tensor | None = None,
    training: bool = False,
) -> tuple[Tensor, list[Tensor]]:
    """Runs `step` over axis 1 of `inputs`.

    Args:
        step: function of one input of shape `(batch, features)` and a list
            of states, to an output of shape `(batch, units)` and a list of
            new states.
        inputs: Tensor of shape `(batch, time, features)`.
        states: List of tensors of shape `(batch, ...)`.
        mask: Optional boolean tensor of shape `(batch, time)`, false where a
            step leaves the states as they were; its output means nothing.
        training: bool. Whether a gradient will be asked for.

    Returns:
        The outputs, of shape `(batch, time, units)`, and the list of final
        states.

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
    loop = loops[backend]
    if training and backend == "tensorflow":
        loop = _tensorflow_training_loop

    def masked_step(x, keep, states):
        output, new_states = step(x, states)
        if keep is not None:
            new_states = [
                ops.where(keep, new, old)
                for new, old in zip(new_states, states, strict=True)
            ]
        return output, new_states

    if inputs.shape[1] == 1:
        # One step of a text that is being written: no loop at all.
        keep = None if mask is None else mask[:, :1]
        output, states = masked_step(inputs[:, 0], keep, list(states))
        return output[:, None], states
    xs = ops.swapaxes(inputs, 0, 1)
    keeps = None
    if mask is not None:
        keeps = ops.swapaxes(mask, 0, 1)[:, :, None]
    ys, states = loop(masked_step, xs, keeps, list(states))
    return ops.swapaxes(ys, 0, 1), states


def _tensorflow_loop(step, xs, keeps, states):
    import tensorflow as tf

    length = tf.shape(xs)[0]

    def array(values):
        empty = tf.TensorArray(
            values.dtype, length, element_shape=values.shape[1:]
        )
        return empty.unstack(values)

    x_array = array(xs)
    keep_array = None if keeps is None else array(keeps)
    y_array = tf.TensorArray(xs.dtype, length)

    def body(t, y_array, states):
        keep = None if keep_array is None else keep_array.read(t)
        output, new_states = step(x_array.read(t), keep, states)
        for new, old in zip(new_states, states, strict=True):
            new.set_shape(old.shape)
        return t + 1, y_array.write(t, output), new_states

    _, y_array, states = tf.while_loop(
        lambda t, *_: t < length,
        body,
        (0, y_array, states),
        maximum_iterations=length,
    )
    ys = y_array.stack()
    ys.set_shape(xs.shape[:1].concatenate(ys.shape[1:]))
    return ys, states


def _tensorflow_training_loop(step, xs, keeps, states):
    """The same with stacks for arrays, so that its gradient is linear in time.

    The gradient of reading one place of an array is an array, and those of
    all steps are added up, so time grows with the square of the length. What
    is popped from a stack is pushed back. (tf2onnx knows arrays only.)
    """
    import tensorflow as tf

    raw = tf.raw_ops
    values = [xs] if keeps is None else [xs, keeps]

    def shape(value):
        known = [-1 if size is None else size for size in value.shape[1:]]
        return tf.constant(known, "int32")

    def pop(stack, value):
        stack, top = raw.TensorListPopBack(
            input_handle=stack,
            element_shape=shape(value),
            element_dtype=value.dtype,
        )
        top.set_shape(value.shape[1:])
        return stack, top

    length = tf.shape(xs)[0]
    stacks = [
        raw.TensorListFromTensor(
            tensor=tf.reverse(value, [0]), element_shape=shape(value)
        )
        for value in values
    ]
    outputs = raw.EmptyTensorList(
        element_shape=-1, max_num_elements=length, element_dtype=xs.dtype
    )

    output_shape = None

    def body(t, outputs, stacks, states):
        stacks, tops = zip(*map(pop, stacks, values), strict=True)
        x, keep = tops if len(tops) == 2 else (*tops, None)
        output, new_states = step(x, keep, states)
        for new, old in zip(new_states, states, strict=True):
            new.set_shape(old.shape)
        outputs = raw.TensorListPushBack(input_handle=outputs, tensor=output)
        nonlocal output_shape
        output_shape = [-1 if size is None else size for size in output.shape]
        return t + 1, outputs, list(stacks), new_states

    _, outputs, _, states = tf.while_loop(
        lambda t, *_: t < length,
        body,
        (0, outputs, stacks, states),
        maximum_iterations=length,
    )
    ys = raw.TensorListStack(
        input_handle=outputs,
        element_shape=output_shape,
        element_dtype=xs.dtype,
    )
    ys.set_shape(xs.shape[:1].concatenate(ys.shape[1:]))
    return ys, states


def _jax_loop(step, xs, keeps, states):
    import jax

    def body(states, x_and_keep):
        output, states = step(*x_and_keep, states)
        return states, output

    states, ys = jax.lax.scan(body, states, (xs, keeps))
    return ys, states
