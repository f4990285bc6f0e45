"""One graph for a function of arrays that runs a model."""

import functools
from collections.abc import Callable

import keras
import numpy as np


def compiled(function: Callable, model: keras.Model) -> Callable:
    """`function` of arrays, compiled; it reads the weights of `model` anew
    at every call, and writes none.
    """
    if keras.backend.backend() == "jax":
        return _jitted(function, model)
    return _graph(function, autograph=False, reduce_retracing=True)


def _graph(function: Callable, **options) -> Callable:
    import tensorflow as tf

    # TensorFlow warns of tracing when functions of the same code are traced
    # often, and each model here has one. A `partial` has no code: of those it
    # counts each by itself.
    return tf.function(functools.partial(function), **options)


def _jitted(function, model):
    import jax

    variables = model.variables

    @jax.jit
    def call(values, *arrays):
        mapping = zip(variables, values, strict=True)
        with keras.StatelessScope(state_mapping=mapping):
            return function(*arrays)

    return lambda *arrays: call([v.value for v in variables], *arrays)


def logits_function(model: keras.Model) -> Callable[..., np.ndarray]:
    """The model's logits as a function of ids, one graph for all shapes.

    It takes an array for each of the model's inputs, in their order. Keras's
    own `predict` traces anew for each shape, and a loop over time that runs
    outside a graph is a hundred times slower.
    """
    names = list(model.input) if isinstance(model.input, dict) else None

    def logits(*ids):
        inputs = ids[0] if names is None else dict(zip(names, ids, strict=True))
        return model(inputs, training=False)["logits"]

    if keras.backend.backend() == "jax":
        call = compiled(logits, model)

        def shortened(*ids):
            result = np.asarray(call(*map(pad_to_multiple, ids)))
            # Logits at every step belong to the steps of the last input.
            return result[:, : ids[-1].shape[1]] if result.ndim == 3 else result

        return shortened
    import tensorflow as tf

    ids = tf.TensorSpec([None, None], tf.int32)
    graph = _graph(logits, input_signature=[ids] * len(model.inputs))
    return lambda *ids: graph(*ids).numpy()


def pad_to_multiple(ids: np.ndarray) -> np.ndarray:
    """Ids padded to a multiple of 32 steps, for a backend that compiles anew
    for every length.
    """
    return np.pad(ids, [[0, 0], [0, -ids.shape[1] % 32]])
