"""Python's loggers of other libraries, kept to what is an error."""

import contextlib
import logging
from collections.abc import Iterator


@contextlib.contextmanager
def only_errors(name: str) -> Iterator[None]:
    """Within, a logger passes on errors alone.

    Args:
        name: of the logger. `tensorflow` warns of functions that are traced
            again, which is wanted where shapes differ, and of initializers that
            a graph no longer needs; `absl`, through tensorflow-datasets, of
            versions of a data set that are not there.
    """
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
