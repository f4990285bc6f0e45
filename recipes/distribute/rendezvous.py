"""Workers find each other before TensorFlow connects them.

TensorFlow's own chief waits for the others without an end, deaf to signals,
and does not say for whom. So each worker first waits on its own port for a
call from the chief, who calls one after the other; then all leave the ports to
TensorFlow.
"""

import json
import os
import re
import socket
import time
from collections.abc import Sequence

from zoo.errors import InputError

# Seconds between two calls of the chief.
_PAUSE = 0.2
_BYTES = 1 << 16


def cluster(
    workers: Sequence[str] = (), index: int | None = None
) -> tuple[tuple[str, ...], int]:
    """Addresses of all workers, and which of them this process is.

    Args:
        workers: `HOST:PORT` of each; without any, `TF_CONFIG` says.
        index: which of them this process is.

    Raises:
        InputError: for anything else.
    """
    if not workers and index is None and "TF_CONFIG" in os.environ:
        try:
            about = json.loads(os.environ["TF_CONFIG"])
            workers = about["cluster"]["worker"]
            kind, index = about["task"]["type"], int(about["task"]["index"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                'TF_CONFIG must be {"cluster": {"worker": ["HOST:PORT", ...]}, '
                '"task": {"type": "worker", "index": N}}.'
            ) from error
        if kind != "worker":
            raise InputError(
                f"TF_CONFIG's task is a {kind!r}; all must be workers."
            )
    if not workers or index is None:
        raise InputError(
            "--strategy multiworker needs --workers HOST:PORT,... and --index "
            "N, or TF_CONFIG."
        )
    for number, address in enumerate(workers):
        if not re.fullmatch(r"[^\s:/]+:[0-9]{1,5}", address):
            raise InputError(
                f"A worker must be HOST:PORT. Received: {address!r}"
            )
        if address in workers[:number]:
            raise InputError(f"Two workers have the address {address}.")
    if not 0 <= index < len(workers):
        raise InputError(
            f"--index must be from 0 to {len(workers) - 1}. Received: {index}"
        )
    return tuple(workers), index


def meet(addresses: Sequence[str], index: int, seconds: float) -> None:
    """Returns when all workers have met.

    Args:
        addresses: `HOST:PORT` of each worker, the chief's first.
        index: which of them this process is.
        seconds: how long to wait.

    Raises:
        InputError: if one does not appear, has another list of workers, or
            the port of this one is taken.
    """
    with socket.socket() as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = int(addresses[index].rpartition(":")[2])
        try:
            own.bind(("", port))
        except (OSError, OverflowError) as error:
            raise InputError(
                f"Worker {index} cannot listen on port {port}: {error}"
            ) from error
        until = time.monotonic() + seconds
        if index:
            own.listen()
            _wait(own, addresses, index, until, seconds)
        else:
            for worker in range(1, len(addresses)):
                _call(addresses, worker, until, seconds)


def _call(addresses, worker, until, seconds):
    """The chief asks another worker whether it is there."""
    host, _, port = addresses[worker].rpartition(":")
    while True:
        left = until - time.monotonic()
        if left <= 0:
            raise InputError(
                f"Worker {worker} did not appear at {addresses[worker]} within "
                f"{seconds:g} seconds."
            )
        try:
            with socket.create_connection((host, int(port)), left) as other:
                other.sendall(json.dumps([*addresses, worker]).encode())
                other.shutdown(socket.SHUT_WR)
                if other.recv(_BYTES) == b"here":
                    return
                raise InputError(
                    f"Worker {worker} at {addresses[worker]} was started with "
                    "other --workers or another --index."
                )
        except (OSError, OverflowError):
            time.sleep(min(_PAUSE, max(0, left)))


def _wait(own, addresses, index, until, seconds):
    """Another worker waits until the chief has called."""
    expected = json.dumps([*addresses, index]).encode()
    while True:
        own.settimeout(max(0.01, until - time.monotonic()))
        try:
            chief, _ = own.accept()
        except TimeoutError as error:
            raise InputError(
                f"The chief, {addresses[0]}, did not call worker {index} "
                f"within {seconds:g} seconds."
            ) from error
        with chief:
            chief.settimeout(5)
            try:
                received = b""
                while part := chief.recv(_BYTES):
                    received += part
                chief.sendall(b"here" if received == expected else b"other")
            except OSError:
                continue
        if received == expected:
            return
        if received.startswith(b"["):
            raise InputError(
                f"Worker {index} was started with other --workers or another "
                f"--index than the chief, {addresses[0]}, has."
            )
