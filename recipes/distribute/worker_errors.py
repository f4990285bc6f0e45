"""The error message when a worker is lost."""

import contextlib
import re
from collections.abc import Iterator, Sequence

from zoo.errors import InputError


@contextlib.contextmanager
def lost_workers(workers: Sequence[str], index: int) -> Iterator[None]:
    """Within, an error that a lost worker causes is one clear line.

    Args:
        workers: `HOST:PORT` of each.
        index: which of them this process is.

    Raises:
        InputError: in place of TensorFlow's error.
    """
    # Where TensorFlow is not installed there are no workers either.
    if not workers:
        yield
        return
    import tensorflow as tf

    try:
        yield
    except (
        tf.errors.UnavailableError,
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.DeadlineExceededError,
        tf.errors.InternalError,
    ) as error:
        tasks = re.findall(r"/job:worker/replica:\d+/task:(\d+)", str(error))
        others = {int(task) for task in tasks} - {index}
        which = "Another worker"
        if len(others) == 1:
            (other,) = others
            which = f"Worker {other} ({workers[other]})"
        raise InputError(
            f"{which} was lost. The state after the last whole epoch is "
            "saved; start all workers again to go on from there."
        ) from error
