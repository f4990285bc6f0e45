"""One primitive: `h_t = a_t * h_{t-1} + b_t` over a whole sequence."""

import functools

import keras
from keras import ops

from zoo.argument_checks import one_of
from zoo.backend.devices import on_cpu, xla_compiles
from zoo.backend.tensor import Tensor

FORMS = ("sequential", "compiled", "associative")


def linear_scan(
    a: Tensor,
    b: Tensor,
    initial: Tensor | None = None,
    reverse: bool = False,
    form: str | None = None,
) -> Tensor:
    """A first-order linear recurrence over axis 1, with its own gradient.

        h_t = a_t * h_{t-1} + b_t,    t = 0 .. time - 1,    h_{-1} = initial

    The gradient is the same recurrence in the other direction: with `g_t`
    what arrives at `h_t` from above,

        d_t = a_{t+1} * d_{t+1} + g_t          gradient of b_t
        d_t * h_{t-1}                          gradient of a_t
        a_0 * d_0                              gradient of the initial state

    so `a` and `h` are all that is kept from the way forward. Computed in
    float32 at least, whatever the dtype of `b`.

    Args:
        a: Tensor of shape `(batch, time, units)`: the share that is kept.
        b: Tensor of the same shape: what is added.
        initial: Optional tensor of shape `(batch, units)`. Zeros by default.
        reverse: bool. Whether time runs from the last step to the first;
            `h_{t-1}` is then `h_{t+1}`. Defaults to `False`.
        form: `"sequential"`, a loop of one multiplication and one addition a
            step; `"compiled"`, the same loop under XLA, compiled once for
            every batch size and length (where the length is not known
            beforehand, for every multiple of 32); `"associative"`, in a
            number of rounds that grows with the logarithm of the length. The
            default, `None`, is `fastest_form(training=False)`.

    Returns:
        `h`, of the shape and dtype of `b`.

    Raises:
        InputError: for an unknown form.

    Reference:
        - [Martin and Cundy, 2018](https://arxiv.org/abs/1709.04057), section
          2: the associative form and the gradient.
    """
    form = one_of("form", form or fastest_form(training=False), FORMS)
    wide = "float64" if b.dtype == "float64" else "float32"
    if b.shape[1] == 0:
        return b
    if initial is None:
        initial = ops.zeros_like(b[:, 0])
    wide_a, wide_b, initial = (ops.cast(x, wide) for x in (a, b, initial))
    if b.shape[1] == 1:
        return ops.cast(wide_a * initial[:, None] + wide_b, b.dtype)
    return ops.cast(_scan(wide_a, wide_b, initial, reverse, form), b.dtype)


def fastest_form(training: bool) -> str:
    """The form of `linear_scan` that is fastest on the device at hand.

    Args:
        training: bool. Whether a gradient will be asked for, and the same few
            shapes come again and again, so that compiling for each pays.
    """
    if not on_cpu():
        return "associative"
    # JAX compiles every loop.
    return "compiled" if training and xla_compiles() else "sequential"


def _scan(a, b, initial, reverse, form):
    run = _FORMS[keras.backend.backend()][form]

    @ops.custom_gradient
    def scan(a, b, initial):
        h = run(a, b, initial, reverse)

        def gradient(upstream):
            # What step t passes on is multiplied by a of the step after it.
            after = shifted(a, ops.zeros_like(initial), not reverse)
            zeros = ops.zeros_like(initial)
            d = _scan(after, upstream, zeros, not reverse, form)
            before = shifted(h, initial, reverse)
            first = -1 if reverse else 0
            return d * before, d, a[:, first] * d[:, first]

        return h, gradient

    return scan(a, b, initial)


def shifted(x: Tensor, first: Tensor, reverse: bool = False) -> Tensor:
    """Every step moved to the next one; at the start stands `first`.

    Args:
        x: Tensor of shape `(batch, time, units)`.
        first: Tensor of shape `(batch, units)`.
        reverse: bool. Whether time runs from the last step to the first.
    """
    first = first[:, None]
    if reverse:
        return ops.concatenate([x[:, 1:], first], axis=1)
    return ops.concatenate([first, x[:, :-1]], axis=1)


def _tensorflow_sequential(a, b, initial, reverse):
    import tensorflow as tf

    length = tf.shape(b)[1]
    h_array = tf.TensorArray(b.dtype, length, element_shape=initial.shape)

    def body(count, h, h_array):
        t = length - 1 - count if reverse else count
        # Steps are read where they lie: to bring time to the front first, as
        # a TensorArray would have it, costs more than it saves.
        h = a[:, t] * h + b[:, t]
        return count + 1, h, h_array.write(t, h)

    _, _, h_array = tf.while_loop(
        lambda count, *_: count < length,
        body,
        (0, initial, h_array),
        maximum_iterations=length,
    )
    h = tf.transpose(h_array.stack(), (1, 0, 2))
    h.set_shape(b.shape)
    return h


def _tensorflow_compiled(a, b, initial, reverse):
    import tensorflow as tf

    length = tf.shape(b)[1]
    # Steps that leave the state as it is, where another length may come; where
    # none are needed, nothing is copied.
    more = -length % 32 if b.shape[1] is None else 0
    pads = [[0, 0], [0, more], [0, 0]]

    @tf.custom_gradient
    def run(a, b, initial):
        h = _tensorflow_program()(
            # A program of XLA cannot hand TensorFlow what its own gradient of
            # the loop would need.
            tf.stop_gradient(tf.pad(a, pads, constant_values=1)),
            tf.stop_gradient(tf.pad(b, pads)),
            tf.stop_gradient(initial),
            reverse,
        )

        def gradient(upstream):
            # Asked for by second derivatives only: `_scan` has the first.
            with tf.GradientTape() as tape:
                tape.watch([a, b, initial])
                again = _scan(a, b, initial, reverse, "sequential")
            return tape.gradient(again, [a, b, initial], upstream)

        return h[:, :length], gradient

    h = run(a, b, initial)
    h.set_shape(b.shape)
    return h


@functools.cache
def _tensorflow_program():
    """One function for the whole process, so that layers share programs."""
    import tensorflow as tf

    return tf.function(
        _tensorflow_sequential, jit_compile=True, reduce_retracing=True
    )


def _tensorflow_associative(a, b, initial, reverse):
    """Each round doubles how far back every step has looked."""
    import tensorflow as tf

    length = tf.shape(b)[1]
    if reverse:
        a, b = tf.reverse(a, [1]), tf.reverse(b, [1])

    def back(x, offset, fill):
        # Not `tf.roll`: what comes in from before the start must be neutral.
        pads = [[0, 0], [offset, 0], [0, 0]]
        return tf.pad(x, pads, constant_values=fill)[:, :length]

    def body(offset, a, b):
        b_new = a * back(b, offset, 0.0) + b
        return 2 * offset, a * back(a, offset, 1.0), b_new

    _, a, b = tf.while_loop(lambda offset, *_: offset < length, body, (1, a, b))
    h = a * initial[:, None] + b
    return tf.reverse(h, [1]) if reverse else h


def _jax_sequential(a, b, initial, reverse):
    import jax
    from jax import numpy as jnp

    def step(h, a_and_b):
        h = a_and_b[0] * h + a_and_b[1]
        return h, h

    steps = (jnp.swapaxes(a, 0, 1), jnp.swapaxes(b, 0, 1))
    _, h = jax.lax.scan(step, initial, steps, reverse=reverse)
    return jnp.swapaxes(h, 0, 1)


def _jax_associative(a, b, initial, reverse):
    import jax

    def combine(earlier, later):
        return earlier[0] * later[0], later[0] * earlier[1] + later[1]

    a, b = jax.lax.associative_scan(combine, (a, b), reverse=reverse, axis=1)
    return a * initial[:, None] + b


_FORMS = {
    "tensorflow": {
        "sequential": _tensorflow_sequential,
        "compiled": _tensorflow_compiled,
        "associative": _tensorflow_associative,
    },
    "jax": {
        "sequential": _jax_sequential,
        # JAX compiles every loop.
        "compiled": _jax_sequential,
        "associative": _jax_associative,
    },
}
