"""A recurrence over a whole sequence as two programs: there and back.

Each is there twice: as a graph of TensorFlow, and compiled by XLA, which it
does anew for every shape. So the number of steps is an argument, and the
programs run over the first steps of arrays that may be longer. For the same
reason steps are read from a `TensorArray`: slices at a computed place would be
compiled anew for every number of steps.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple


class Programs(NamedTuple):
    """Both ways through a sequence.

    The first argument of each says whether it is compiled: a bool, or a
    boolean scalar where that is known only later.
    """

    forward: Callable
    backward: Callable


@functools.cache
def programs(
    gradient: Any, units: int, masked: bool, dropped: bool
) -> Programs:
    """The programs of a cell, for the whole process: layers share them.

    Args:
        gradient: of a step of the cell, `zoo.cells.step_gradients`.
        units: of the cell; a function for all would know of no size.
        masked: whether some steps leave the states as they were.
        dropped: whether the state is multiplied by a mask in the product.
    """
    import tensorflow as tf

    def array(length, element):
        return tf.TensorArray(
            element.dtype, length, element_shape=element.shape
        )

    def read(values):
        empty = tf.TensorArray(
            values.dtype, tf.shape(values)[0], element_shape=values.shape[1:]
        )
        return empty.unstack(values)

    def product(h, recurrent_kernel, drop):
        return tf.matmul(h * drop if dropped else h, recurrent_kernel)

    def kept(keep, new, old):
        if not masked:
            return new
        return [tf.where(keep, *pair) for pair in zip(new, old, strict=True)]

    def forward(sums, biases, recurrent_kernel, keep, drop, length, states):
        """Sums are of shape `(time, batch, blocks * units)`: `x W`."""
        places = tf.shape(sums)[0]
        sums, keep = read(sums), read(keep) if masked else None
        count = len(states) + gradient.kept
        arrays = [array(places, states[0]) for _ in range(count)]

        def body(t, states, arrays):
            x = sums.read(t) + biases[0]
            u = product(states[0], recurrent_kernel, drop)
            both = [x + u] if gradient.sums == 1 else [x, u + biases[1]]
            new, needed = gradient.forward(both, states)
            new = kept(keep.read(t) if masked else None, new, states)
            values = zip(arrays, [*new, *needed], strict=True)
            return (
                t + 1,
                new,
                [array.write(t, value) for array, value in values],
            )

        _, states, arrays = tf.while_loop(
            lambda t, *_: t < length,
            body,
            (0, list(states), arrays),
            maximum_iterations=places,
        )
        return [array.stack() for array in arrays], states

    def backward(
        upstream, d_last, saved, recurrent_kernel, keep, drop, length, first
    ):
        places = tf.shape(upstream)[0]
        upstream, keep = read(upstream), read(keep) if masked else None
        saved = [read(values) for values in saved]
        transposed = tf.transpose(recurrent_kernel)
        sums = tf.zeros_like(d_last[0] @ recurrent_kernel)
        arrays = [array(places, sums) for _ in range(gradient.sums)]
        count = len(first)

        def body(step, d_states, arrays):
            t = length - 1 - step
            now = [values.read(t) for values in saved]
            before = [
                tf.where(t > 0, values.read(tf.maximum(t - 1, 0)), start)
                for values, start in zip(saved[:count], first, strict=True)
            ]
            d_h, *others = d_states
            d_new = [d_h + upstream.read(t), *others]
            d_sums, d_old = gradient.backward(
                d_new, before, now[:count], now[count:]
            )
            if masked:
                shown = keep.read(t)
                d_sums = [tf.where(shown, d, 0) for d in d_sums]
            d_h = d_sums[-1] @ transposed
            d_old[0] = d_old[0] + (d_h * drop if dropped else d_h)
            d_old = kept(shown if masked else None, d_old, d_new)
            pairs = zip(arrays, d_sums, strict=True)
            return step + 1, d_old, [array.write(t, d) for array, d in pairs]

        _, d_first, arrays = tf.while_loop(
            lambda step, *_: step < length,
            body,
            (0, list(d_last), arrays),
            maximum_iterations=places,
        )
        return [array.stack() for array in arrays], d_first

    return Programs(_either(forward), _either(backward))


def _either(function):
    import tensorflow as tf

    def graph(jit_compile):
        return tf.function(
            # A `partial`, see `zoo.backend.compile`: one for each cell.
            functools.partial(function),
            jit_compile=jit_compile,
            reduce_retracing=True,
            autograph=False,
        )

    by_xla, by_tensorflow = graph(True), graph(None)

    def call(compiled, *tensors):
        # What the gradient of a `tf.cond` takes from its branch must be taken
        # before the call: within, TensorFlow does it in another way, and then
        # does not find it again.
        tensors = tf.nest.map_structure(tf.identity, tensors)
        if isinstance(compiled, bool):
            return (by_xla if compiled else by_tensorflow)(*tensors)
        return tf.cond(
            compiled,
            lambda: by_xla(*tensors),
            lambda: by_tensorflow(*tensors),
        )

    return call
