"""Signals to stop: SIGTERM, as a preempted machine gets, SIGHUP, or Ctrl-C."""

import contextlib
import signal
import threading
from collections.abc import Iterator

from zoo.errors import Terminated

_RAISED: dict[int, type[KeyboardInterrupt]] = {
    signal.SIGTERM: Terminated,
    signal.SIGINT: KeyboardInterrupt,
}
# A terminal that is closed, or a connection that is lost. Windows has none.
if hasattr(signal, "SIGHUP"):
    _RAISED[signal.SIGHUP] = Terminated


class PreemptionHandler:
    """Turns signals into exceptions that are raised where it does no harm.

    While `watched` is open, SIGTERM and SIGHUP raise `Terminated` and SIGINT
    `KeyboardInterrupt`: at once, or, between `defer` and `allow`, in `allow`.
    A second signal raises at once.
    """

    def __init__(self):
        self._received = None
        self._deferred = False

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Within, signals are caught; in another than the main thread, none."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in _RAISED}
        # A shell starts what runs in the background with SIGINT ignored, and
        # nohup what it starts with SIGHUP ignored.
        caught = [n for n, was in before.items() if was != signal.SIG_IGN]
        for number in caught:
            signal.signal(number, self._catch)
        try:
            yield
        finally:
            for number in caught:
                signal.signal(number, before[number])

    def defer(self) -> None:
        """From here on a signal waits."""
        self._deferred = True

    def allow(self) -> None:
        """From here on a signal raises at once, and so does one that waits."""
        self._deferred = False
        if self._received is not None:
            raise _RAISED[self._received](self._received)

    def _catch(self, number, frame):
        again = self._received is not None
        self._received = number
        if again or not self._deferred:
            raise _RAISED[number](number)
