"""Work with the network that has an end, whatever a server does.

The libraries wait for each byte anew. A server that sends one now and then, in
a header, behind `100 Continue`, in the size of a chunk or behind the last one,
keeps them for ever, and they do not return to their caller meanwhile. So the
work runs in a thread, and the one who waits for it counts what came.
"""

import concurrent.futures
import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
THREAD = "zoo-network"
# Seconds for a thread whose connections were cut to come to its end.
_FAREWELL = 5
# Windows answers Ctrl-C only between two waits.
_SLICE = 0.5


class TooSlow(Exception):
    """Too little came for too long."""


class Connections:
    """The connections of some work, which another thread may cut."""

    def __init__(self):
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.cut = False

    def watch(self, connection: socket.socket) -> None:
        """Notes a connection; one that comes too late is cut at once."""
        # A copy stays when TLS takes the socket over, and cuts it as well.
        copy = connection.dup()
        with self._lock:
            self._sockets.append(copy)
            if self.cut:
                _shut(copy)

    def end(self) -> None:
        """Cuts all connections: who waits for them goes on with an error."""
        with self._lock:
            self.cut = True
            for one in self._sockets:
                _shut(one)

    def close(self) -> None:
        """Lets the copies go."""
        with self._lock:
            for one in self._sockets:
                one.close()
            self._sockets.clear()


def _shut(one):
    # It may be closed already, by the other side too.
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


def within(
    work: Callable[[], Result],
    patience: float,
    *,
    fewest: int = 1,
    came: Callable[[], int] = int,
    longest: float = float("inf"),
    connections: Connections | None = None,
) -> Result:
    """What `work` returns, if it does so in time.

    Args:
        work: what may wait for a server. It runs in a thread of its own, and
            is left alone where it cannot be ended.
        patience: seconds, in each of which `fewest` bytes must come.
        fewest: number of bytes.
        came: function to the number of bytes that came; without one, all must
            be done after `patience`.
        longest: seconds for all of it.
        connections: those of the work, which are cut when its time is over.

    Raises:
        TooSlow: if it is not done in time.
    """
    done: concurrent.futures.Future[Result] = concurrent.futures.Future()

    def run():
        try:
            done.set_result(work())
        # Whatever it is: the one who waits raises it.
        except BaseException as error:
            done.set_exception(error)
        finally:
            if connections is not None:
                connections.close()

    # The end of the process must not wait for it.
    thread = threading.Thread(target=run, name=THREAD, daemon=True)
    started = since = time.monotonic()
    before = 0
    thread.start()
    try:
        while not done.done():
            until = min(since + patience, started + longest)
            left = max(0.0, until - time.monotonic())
            concurrent.futures.wait([done], min(left, _SLICE))
            if time.monotonic() < until or done.done():
                continue
            now = came()
            if now - before < fewest or until == started + longest:
                raise TooSlow
            before, since = now, time.monotonic()
        return done.result()
    finally:
        if not done.done() and connections is not None:
            connections.end()
            thread.join(_FAREWELL)
