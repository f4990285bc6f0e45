"""SIGTERM and SIGHUP end a command like Ctrl-C: what is half done is removed.

Python itself would end at once, and leave drafts, downloads and locks behind.

A signal may come while Python runs a finaliser, whose errors it passes over:
then it is sent again, until it ends what is going on.
"""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

from zoo.errors import Terminated

# Windows has no SIGHUP.
_ENDING = [
    getattr(signal, name)
    for name in ("SIGTERM", "SIGHUP")
    if hasattr(signal, name)
]


# Seconds.
_SOON = 0.02


def _send(number: int) -> None:
    """Sends a signal to the main thread, also out of what it waits for."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        signal.raise_signal(number)


@contextlib.contextmanager
def as_exceptions() -> Iterator[None]:
    """Within, these signals raise `Terminated`; a second one ends at once.

    One that is ignored stays so, as `nohup` wants it, and so does one that
    somebody else handles. Python tells the main thread alone of signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught = [n for n in _ENDING if signal.getsignal(n) == signal.SIG_DFL]
    came, again = False, False

    def end(number, frame):
        nonlocal came, again
        if came and not again:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        came, again = True, False
        raise Terminated(number)

    before = sys.unraisablehook

    def passed_over(about):
        nonlocal again
        if not isinstance(about.exc_value, KeyboardInterrupt):
            return before(about)
        again = True
        number = getattr(about.exc_value, "number", signal.SIGINT)
        # Not from here, where it would be passed over too.
        later = threading.Timer(_SOON, _send, [number])
        later.daemon = True
        later.start()

    for number in caught:
        signal.signal(number, end)
    sys.unraisablehook = passed_over
    try:
        yield
    finally:
        sys.unraisablehook = before
        for number in caught:
            signal.signal(number, signal.SIG_DFL)
