"""Silence for one remark of TensorFlow's that helps nobody."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings from TensorFlow's logger inside the block.

    Writing a graph, it warns that the initializer of a lookup table is not in
    the old collections of the graph, which nothing reads any more.
    """
    import tensorflow as tf

    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)
