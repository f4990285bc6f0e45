"""One graph for a function of arrays that runs a model."""

from collections.abc import Callable

import keras


def compiled(function: Callable, model: keras.Model) -> Callable:
    """`function` of arrays, compiled; it reads the weights of `model` anew
    at every call, and writes none.
    """
    if keras.backend.backend() == "jax":
        return _jitted(function, model)
    import tensorflow as tf

    return tf.function(function, autograph=False, reduce_retracing=True)


def _jitted(function, model):
    import jax

    variables = model.variables

    @jax.jit
    def call(values, *arrays):
        mapping = zip(variables, values, strict=True)
        with keras.StatelessScope(state_mapping=mapping):
            return function(*arrays)

    return lambda *arrays: call([v.value for v in variables], *arrays)
