"""Workers find each other before TensorFlow connects them.

TensorFlow's own chief waits for the others without an end, deaf to signals,
and does not say for whom. So each worker first waits at its own address for a
call from the chief, who calls one after the other; then all leave the ports to
TensorFlow. Whoever else calls, or answers, is not listened to for long.
"""

import contextlib
import ipaddress
import os
import selectors
import socket
import time
from collections.abc import Sequence

from recipes.distribute import handshake
from recipes.distribute.addresses import is_loopback, split
from zoo.errors import InputError

# Seconds between two calls of the chief, and for one conversation.
_PAUSE, _TALK = 0.2, 10.0
# So many conversations at once; one more ends the oldest.
_MOST = 128


def meet(
    addresses: Sequence[str], index: int, seconds: float, secret: bytes = b""
) -> None:
    """Returns when all workers have met.

    Args:
        addresses: `HOST:PORT` of each worker, the chief's first.
        index: which of them this process is.
        seconds: how long to wait.
        secret: what all have; without it everybody is believed.

    Raises:
        InputError: if one does not appear, has another list of workers, or
            the port of this one is taken.
    """
    until = time.monotonic() + seconds
    with _bound(addresses, index) as own:
        if index:
            own.listen()
            _wait(own, addresses, index, until, seconds, secret)
        else:
            for worker in range(1, len(addresses)):
                _call(addresses, worker, until, seconds, secret)


def _bound(addresses, index):
    """A socket at the own address, and at no other of this machine."""
    host, port = split(addresses[index])
    own = None
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        here = ipaddress.ip_address(str(address[0]).partition("%")[0])
        if here.is_loopback and not is_loopback(addresses[index]):
            raise InputError(
                f"Here {host} is {address[0]}, which no other machine reaches "
                "(/etc/hosts says so, as a rule). Name this machine by its IP "
                "address."
            )
        own = socket.socket(family)
        # On Windows this would let two listen.
        if os.name == "posix":
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind(address)
        return own
    except OSError as error:
        if own is not None:
            own.close()
        raise InputError(
            f"Worker {index} cannot listen on port {port} of {host}: "
            f"{error.strerror}. Is it an address of this machine, and is the "
            "port free?"
        ) from error


def _call(addresses, worker, until, seconds, secret):
    """The chief asks another worker whether it is there."""
    stranger = False
    while (left := until - time.monotonic()) > 0:
        latest = time.monotonic() + min(left, _TALK)
        talk = handshake.as_chief(secret, addresses, worker)
        try:
            address = split(addresses[worker])
            with socket.create_connection(address, min(left, _TALK)) as other:
                return _carry(talk, other, latest)
        except handshake.Stranger:
            stranger = True
        except OSError:
            pass
        time.sleep(min(_PAUSE, max(0, until - time.monotonic())))
    raise InputError(
        f"Worker {worker} did not appear at {addresses[worker]} within "
        f"{seconds:g} seconds.{_about_strangers(stranger)}"
    )


def _carry(talk, other, latest):
    """Says all that `talk` has to say, and receives what it waits for."""
    message, wanted = next(talk)
    with contextlib.suppress(StopIteration):
        while True:
            other.sendall(message)
            received = b""
            while len(received) < wanted:
                # Of bytes that drip, none makes it later.
                other.settimeout(max(0.01, latest - time.monotonic()))
                part = other.recv(wanted - len(received))
                if not part or time.monotonic() > latest:
                    raise ConnectionError
                received += part
            message, wanted = talk.send(received)


def _wait(own, addresses, index, until, seconds, secret):
    """Another worker waits until the chief has called."""
    with _Callers(own, secret, addresses, index) as callers:
        while (left := until - time.monotonic()) > 0:
            if callers.hear(min(left, _PAUSE)):
                return
        raise InputError(
            f"The chief, {addresses[0]}, did not call worker {index} within "
            f"{seconds:g} seconds.{_about_strangers(callers.stranger)}"
        )


class _Callers:
    """All who have opened a connection to a worker; one may be the chief.

    None of them keeps it from hearing the others.

    Args:
        own: the socket that listens.
        about: of the worker, as of `handshake.as_worker`.
    """

    def __init__(self, own: socket.socket, *about):
        self.own, self.about = own, about
        self.stranger = False
        self.callers: list[_Caller] = []
        self.selector = selectors.DefaultSelector()
        own.setblocking(False)
        self.selector.register(own, selectors.EVENT_READ)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for caller in list(self.callers):
            self.end(caller)
        self.selector.close()

    def hear(self, seconds: float) -> bool:
        """Whether the chief has called; waits for so long for anyone.

        Raises:
            InputError: if it has, with other workers or another index.
        """
        for key, _ in self.selector.select(seconds):
            if key.fileobj is self.own:
                self.accept()
                continue
            try:
                if key.data.go_on():
                    return True
            except handshake.Stranger:
                self.stranger = True
                self.end(key.data)
            except OSError:
                # A chief that has another secret hangs up.
                self.stranger |= key.data.greeted
                self.end(key.data)
        now = time.monotonic()
        late = [caller for caller in self.callers if caller.latest < now]
        for caller in late or self.callers[:-_MOST]:
            self.end(caller)
        return False

    def accept(self) -> None:
        # Who has gone again is no matter.
        with contextlib.suppress(OSError):
            connection, _ = self.own.accept()
            connection.setblocking(False)
            self.callers.append(_Caller(connection, self.about))
            self.selector.register(
                connection, selectors.EVENT_READ, self.callers[-1]
            )

    def end(self, caller: "_Caller") -> None:
        self.callers.remove(caller)
        self.selector.unregister(caller.connection)
        caller.connection.close()


class _Caller:
    """One connection to a worker."""

    def __init__(self, connection, about):
        self.connection = connection
        self.talk = handshake.as_worker(*about)
        self.latest = time.monotonic() + _TALK
        self.received, self.greeted = b"", False
        _, self.wanted = next(self.talk)

    def go_on(self) -> bool:
        """Takes what has come; returns whether it was the chief."""
        part = self.connection.recv(self.wanted - len(self.received))
        if not part:
            raise ConnectionError
        self.received += part
        if len(self.received) < self.wanted:
            return False
        message, self.wanted = self.talk.send(self.received)
        self.received, self.greeted = b"", True
        self.connection.sendall(message)
        return self.wanted == 0


def _about_strangers(stranger):
    if not stranger:
        return ""
    return (
        " Somebody else was there who does not have the secret: give the same "
        "--secret-file to all workers."
    )
