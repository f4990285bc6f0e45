"""SIGTERM and SIGHUP end a command like Ctrl-C: what is half done is removed.

Python itself would end at once, and leave drafts, downloads and locks behind.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator

from zoo.errors import Terminated

# Windows has no SIGHUP.
_ENDING = [
    getattr(signal, name)
    for name in ("SIGTERM", "SIGHUP")
    if hasattr(signal, name)
]


@contextlib.contextmanager
def as_exceptions() -> Iterator[None]:
    """Within, these signals raise `Terminated`; a second one ends at once.

    One that is ignored stays so, as `nohup` wants it, and so does one that
    somebody else handles. Python tells the main thread alone of signals.
    """
    caught: list[int] = []
    if threading.current_thread() is threading.main_thread():
        caught = [n for n in _ENDING if signal.getsignal(n) == signal.SIG_DFL]

    def end(number, frame):
        for each in caught:
            signal.signal(each, signal.SIG_DFL)
        raise Terminated(number)

    for number in caught:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)
