"""A recurrence over a whole sequence with a backward pass of its own.

The gradient of a loop makes, for every step, the products for the gradients of
the weights and of the input, and adds them up. Here only what one step needs
of the next stays in the loop; the products of all steps are one each, in front
of it and behind it. (TensorFlow only.)
"""

import functools
from typing import Any

from zoo.backend.few_sizes import FewSizes
from zoo.backend.recurrence_programs import programs
from zoo.backend.tensor import Tensor
from zoo.backend.time_loop import time_loop


def whole_sequence(
    gradient: Any,
    inputs: Tensor,
    weights: list[Tensor],
    states: list[Tensor],
    mask: Tensor | None = None,
    drop: Tensor | None = None,
    compiled: bool | Tensor = False,
) -> tuple[Tensor, list[Tensor]]:
    """Runs a cell over axis 1 of `inputs`.

    The states are float32 at least, whatever the dtype of the inputs; the
    products in front of the loop and behind it are of that dtype.

    Args:
        gradient: of a step of the cell, `zoo.cells.step_gradients`.
        inputs: Tensor of shape `(batch, time, features)`.
        weights: the kernel, of shape `(features, blocks * units)`; the
            recurrent kernel, of shape `(units, blocks * units)`; and, unless
            the cell has none, the bias, of shape `(blocks * units,)`, or
            `(2, blocks * units)` for a cell of two sums.
        states: List of tensors of shape `(batch, units)`.
        mask: Optional boolean tensor of shape `(batch, time)`, false where a
            step leaves the states as they were; its output means nothing.
        drop: Optional tensor of shape `(batch, units)`, by which the first
            state is multiplied in the product.
        compiled: whether XLA compiles the loop: a bool, or a boolean scalar.

    Returns:
        The outputs, of shape `(batch, time, units)`, and the list of final
        states.
    """
    import tensorflow as tf

    # Variables would have to be named to `custom_gradient` one by one.
    kernel, recurrent_kernel, *bias = map(tf.convert_to_tensor, weights)
    shape = (gradient.sums, kernel.shape[1])
    biases = (
        tf.reshape(bias[0], shape) if bias else tf.zeros(shape, kernel.dtype)
    )

    @tf.custom_gradient
    def run(*given):
        outputs, saved = _forward(gradient, given, mask, drop, compiled)

        def first(*upstream):
            # It, too, has a gradient, in all that it is made of.
            @tf.custom_gradient
            def back(*both):
                found = _backward(gradient, given, upstream, *saved)
                return found, lambda *above: second(both, above)

            return back(*given, *upstream)

        def second(both, above):
            given, upstream = both[: -len(outputs)], both[-len(outputs) :]
            with tf.GradientTape() as outer:
                outer.watch(both)
                with tf.GradientTape() as tape:
                    tape.watch(given)
                    again = _loop(gradient, given, mask, drop)
                found = tape.gradient(again, given, upstream)
            zero = tf.UnconnectedGradients.ZERO
            return outer.gradient(
                found, both, above, unconnected_gradients=zero
            )

        return outputs, first

    outputs, *states = run(inputs, kernel, recurrent_kernel, biases, *states)
    return outputs, states


def _forward(gradient, given, mask, drop, compiled):
    """Outputs and final states; and all that the way back needs."""
    import tensorflow as tf

    # Of a program of XLA, TensorFlow must not look for the gradient.
    inputs, kernel, recurrent_kernel, biases, *states = map(
        tf.stop_gradient, given
    )
    drop = None if drop is None else tf.stop_gradient(drop)
    dtype, sizes = inputs.dtype, FewSizes(inputs, compiled)
    wide = "float64" if dtype == "float64" else "float32"
    x = sizes.fill_steps(inputs)
    sums = tf.reshape(x, (-1, kernel.shape[0])) @ kernel
    sums = tf.reshape(sums, (*tf.unstack(tf.shape(x)[:2]), kernel.shape[1]))
    units = recurrent_kernel.shape[0]
    program = programs(gradient, units, mask is not None, drop is not None)
    forward = functools.partial(program.forward, compiled)
    backward = functools.partial(program.backward, compiled)
    keep = None if mask is None else sizes.fill_steps(mask[:, :, None])
    drop = None if drop is None else sizes.fill(tf.cast(drop, wide))
    # What both ways take; a program takes tensors only.
    fixed = [
        tf.cast(recurrent_kernel, wide),
        tf.constant(0) if keep is None else keep,
        tf.constant(0) if drop is None else drop,
        sizes.steps,
        [sizes.fill(tf.cast(state, wide)) for state in states],
    ]
    steps, final = forward(tf.cast(sums, wide), tf.cast(biases, wide), *fixed)
    outputs = [sizes.cut_steps(steps[0]), *map(sizes.cut, final)]
    outputs = [tf.cast(output, dtype) for output in outputs]
    outputs[0].set_shape((*inputs.shape[:2], units))
    return outputs, (backward, sizes, x, fixed, steps)


def _backward(gradient, given, upstream, backward, sizes, x, fixed, steps):
    """The gradients of what was given."""
    import tensorflow as tf

    inputs, kernel, *_ = map(tf.stop_gradient, given)
    recurrent_kernel, _, drop, length, states = fixed
    dtype, wide = inputs.dtype, recurrent_kernel.dtype
    d_outputs, *d_final = [tf.cast(tf.stop_gradient(d), wide) for d in upstream]
    d_sums, d_states = backward(
        sizes.fill_steps(d_outputs),
        [sizes.fill(d) for d in d_final],
        steps,
        *fixed,
    )

    def rows(x):
        """All rows of all steps, of shape `(steps * rows, size)`."""
        return tf.cast(tf.reshape(x[:length], (-1, x.shape[-1])), dtype)

    h = tf.concat([states[0][None], steps[0][:-1]], axis=0)
    h = rows(h * drop if drop.shape.rank else h)
    # Twice the same where x W and h U are added up.
    d_x, d_u = rows(d_sums[0]), rows(d_sums[-1])
    # A product is several times as fast as TensorFlow's sum over rows.
    ones = tf.ones((1, tf.shape(d_x)[0]), dtype)
    d_biases = [tf.matmul(ones, d) for d in (d_x, d_u)[: gradient.sums]]
    d_inputs = tf.matmul(d_x, kernel, transpose_b=True)
    d_inputs = sizes.cut_steps(tf.reshape(d_inputs, tf.shape(x[:length])))
    d_inputs.set_shape(inputs.shape)
    return [
        d_inputs,
        tf.matmul(rows(x), d_x, transpose_a=True),
        tf.matmul(h, d_u, transpose_a=True),
        tf.concat(d_biases, axis=0),
        *[tf.cast(sizes.cut(d), dtype) for d in d_states],
    ]


def _loop(gradient, given, mask, drop):
    """The same by a loop of TensorFlow, whose gradients have gradients."""
    inputs, kernel, recurrent_kernel, biases, *states = given

    def step(x, states):
        x = x @ kernel + biases[0]
        h = states[0] if drop is None else states[0] * drop
        u = h @ recurrent_kernel
        sums = [x + u] if gradient.sums == 1 else [x, u + biases[1]]
        states, _ = gradient.forward(sums, states)
        return states[0], states

    outputs, states = time_loop(step, inputs, states, mask, training=True)
    return [outputs, *states]
