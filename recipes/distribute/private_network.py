"""A network that only the workers of one launch are part of.

TensorFlow's server listens at 0.0.0.0, whatever address a worker has, and
asks nobody who he is: whoever reaches its port reads and writes files as the
user does. It cannot be told otherwise, so workers get a network of their own,
with a loopback device alone. Other users of the machine do not reach it either,
nor does it matter which ports else a library opens.
"""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from zoo.errors import InputError

# Of workers that are in one, its number.
VARIABLE = "RECURRENT_ZOO_PRIVATE_NETWORK"
NO_DOWNLOADS = (
    "Workers of `zoo launch` reach no network. Run the same `zoo train` once "
    "without it, until training begins, or say `zoo launch N --open-ports`."
)
_SCRIPT = str(Path(__file__).with_name("network_namespace.py"))
# Without the user's modules, one of which may start a thread.
_PYTHON = [sys.executable, "-I", "-S", _SCRIPT]
_SECONDS = 60


class PrivateNetwork:
    """An open network namespace, made by `private_network`.

    Attributes:
        descriptors: of the files that lead to it; a process that shall join
            it must inherit them.
        number: for the variable of such a process.
    """

    def __init__(self, descriptors: Sequence[int]):
        self.descriptors = tuple(descriptors)
        # As `is_within` sees it.
        self.number = str(os.fstat(descriptors[-1]).st_ino)

    def command(self, words: Sequence[str]) -> list[str]:
        """The command that runs `words` within."""
        joined = ",".join(map(str, self.descriptors))
        return [*_PYTHON, "join", joined, *words]


@contextlib.contextmanager
def private_network() -> Iterator[PrivateNetwork]:
    """Makes a network that ends with the last process in it.

    Raises:
        InputError: where there can be none, with the reason.
    """
    if not sys.platform.startswith("linux"):
        raise InputError(f"{sys.platform} has no network namespaces")
    maker: Any = subprocess.Popen(
        [*_PYTHON, "make"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C is for the launcher.
        start_new_session=True,
    )
    with contextlib.ExitStack() as stack:
        stack.callback(_end, maker)
        kinds = maker.stdout.readline().split() if maker.stdout else []
        if not kinds:
            said = maker.stderr.read() if maker.stderr else ""
            reason = said.strip().splitlines()
            raise InputError(reason[-1] if reason else "no answer")
        descriptors = []
        try:
            for kind in kinds:
                path = f"/proc/{maker.pid}/ns/{kind}"
                descriptors.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
                stack.callback(os.close, descriptors[-1])
        except OSError as error:
            raise InputError(f"{error.filename}: {error.strerror}") from error
        yield PrivateNetwork(descriptors)


def is_within() -> bool:
    """Whether this process is a worker that reaches no network."""
    number = os.environ.get(VARIABLE)
    # The variable alone may have been left behind.
    with contextlib.suppress(OSError):
        return number == str(os.stat("/proc/self/ns/net").st_ino)
    return False


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Within, an error says if it comes from having no network.

    Raises:
        InputError: what was raised, and what to do.
    """
    try:
        yield
    except InputError as error:
        cause: BaseException | None = error
        while is_within() and cause is not None:
            if isinstance(cause, socket.gaierror):
                raise InputError(f"{error} {NO_DOWNLOADS}") from error
            cause = cause.__cause__ or cause.__context__
        raise


def _end(maker):
    try:
        maker.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        maker.kill()
        maker.communicate()
