"""One training step of a layer, on any backend and on a GPU as well.

The outputs of all steps, and the gradients of their sum of squares with respect
to the inputs and all weights. A step is a function of nothing that returns when
the device has done all of it; nothing is copied from a GPU for that.
"""

from collections.abc import Callable


def of_layer(layer, x, unknown_sizes: bool = False) -> Callable[[], object]:
    """Of a Keras layer that is built.

    Args:
        layer: from `(batch, time, features)` to the like.
        x: its input.
        unknown_sizes: whether batch and length are not known when TensorFlow
            makes the graph, as in a training.
    """
    import keras

    if keras.backend.backend() == "jax":
        return _jax(layer, x)
    return _tensorflow(layer, x, unknown_sizes)


def _tensorflow(layer, x, unknown_sizes):
    import tensorflow as tf

    sizes = [None, None, x.shape[-1]] if unknown_sizes else x.shape

    @tf.function(input_signature=[tf.TensorSpec(sizes, x.dtype)])
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(layer(x, training=True)))
        return tape.gradient(loss, [x, *layer.trainable_variables])

    # Traced now, while the environment says which form it is.
    run.get_concrete_function()
    if tf.config.list_logical_devices("GPU"):

        def on_gpu():
            run(x)
            tf.test.experimental.sync_devices()

        return on_gpu
    # One of them read is all of them done: a function ends as a whole.
    return lambda: run(x)[-1].numpy()


def _jax(layer, x):
    import jax

    def loss(weights, x):
        outputs, _ = layer.stateless_call(weights, fixed, x, training=True)
        return (outputs**2).sum()

    fixed = [v.value for v in layer.non_trainable_variables]
    weights = [v.value for v in layer.trainable_variables]
    run = jax.jit(jax.grad(loss, argnums=(0, 1)))
    return lambda: jax.block_until_ready(run(weights, x))


def of_torch(
    name: str, batch: int, length: int, units: int, bfloat16: bool = False
) -> Callable[[], object]:
    """Of a layer of PyTorch: `RNN`, `GRU` or `LSTM`."""
    import torch

    layer = getattr(torch.nn, name)(units, units, batch_first=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if bfloat16 else torch.float32
    layer = layer.to(device, dtype)
    x = torch.randn(batch, length, units, device=device, dtype=dtype)
    x.requires_grad_()

    def run():
        layer.zero_grad()
        x.grad = None
        layer(x)[0].square().sum().backward()
        if device == "cuda":
            torch.cuda.synchronize()

    return run
