"""The devices of this machine, as TensorFlow finds them."""

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
