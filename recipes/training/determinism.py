"""The same run twice is the same, bit by bit."""

import keras


def make_deterministic(seed: int) -> None:
    """Sets all seeds, and has TensorFlow compute in a fixed order.

    TensorFlow sums the gradients of an embedding in any order otherwise.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
