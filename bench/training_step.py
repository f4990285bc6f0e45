"""One training step of a layer, on any backend and on a GPU as well.

The outputs of all steps, and the gradients of their sum of squares with respect
to the inputs and all weights. A step is a function of nothing that returns when
the device has done all of it; nothing is copied from a GPU for that.
"""

from collections.abc import Callable


def of_layer(layer, x, unknown_sizes: bool = False) -> Callable[[], object]:
    """Of a Keras layer; see `gradients`."""
    import keras

    run = gradients(layer, x, unknown_sizes)
    if keras.backend.backend() == "jax":
        import jax

        return lambda: jax.block_until_ready(run())
    import tensorflow as tf

    if tf.config.list_logical_devices("GPU"):

        def on_gpu():
            run()
            tf.test.experimental.sync_devices()

        return on_gpu
    # One of them read is all of them done: a function ends as a whole.
    return lambda: run()[-1].numpy()


def gradients(layer, x, unknown_sizes: bool = False) -> Callable[[], list]:
    """A compiled function: gradients of the inputs, then of each weight.

    Args:
        layer: from `(batch, time, features)` to the like; built.
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
    return lambda: run(x)


def _jax(layer, x):
    import jax
    import keras

    def loss(x, weights):
        # Not `stateless_call`, which leaves out the casts of `__call__`.
        pairs = zip(layer.trainable_variables, weights, strict=True)
        with keras.StatelessScope(state_mapping=list(pairs)):
            outputs = layer(x, training=True)
        return (outputs**2).sum()

    weights = [v.value for v in layer.trainable_variables]
    both = jax.jit(jax.grad(loss, argnums=(0, 1)))

    def run():
        of_x, of_weights = both(x, weights)
        return [of_x, *of_weights]

    return run


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
