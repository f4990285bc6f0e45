"""The devices of this machine, as the framework finds them."""

import platform

import keras

from zoo.backend.quiet_import import quiet


def find() -> None:
    """Lets TensorFlow look for devices now, and not at its first operation.

    It says of a missing GPU that it is missing; here that is held back.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with quiet():
            tf.config.list_logical_devices()


def on_cpu() -> bool:
    """Whether the device that computes is a CPU."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() == "cpu"
    import tensorflow as tf

    return not tf.config.list_logical_devices("GPU")


def xla_compiles() -> bool:
    """Whether TensorFlow has all of XLA for a CPU, and computes on one.

    Elsewhere than on Linux it comes without XLA, or with half of it.
    """
    on_tensorflow = keras.backend.backend() == "tensorflow"
    return on_tensorflow and platform.system() == "Linux" and on_cpu()
