"""How the chief and a worker prove to each other that they belong together.

Each sends a random number, and proves that it has the secret by an HMAC of
both numbers that names its own role. Only to whoever has the secret a second
one counts, of the list of workers and the index: where that differs, the
command is at fault. No secret, no address and no index is sent.

Both sides are generators: each yields what to send, and how many bytes to
receive before it goes on. They touch no socket.
"""

import hmac
import json
import secrets
from collections.abc import Generator, Sequence

from zoo.errors import InputError

_GREETING = b"recurrent-zoo 1\n"
_SIZE = 32
Talk = Generator[tuple[bytes, int], bytes, None]


class Stranger(Exception):
    """The other side does not have the secret."""


def as_chief(secret: bytes, workers: Sequence[str], index: int) -> Talk:
    """What the chief says to another worker.

    Args:
        secret: what all have.
        workers: `HOST:PORT` of each.
        index: which of them it calls.

    Raises:
        Stranger: if the other does not have the secret.
        InputError: if it has, and other workers or another index.
    """
    own = secrets.token_bytes(_SIZE)
    answer = yield _GREETING + own, 3 * _SIZE
    numbers = own + answer[:_SIZE]
    _check(answer[_SIZE : 2 * _SIZE], secret, numbers, "worker")
    proof = _proof(secret, numbers, "chief")
    claim = _proof(secret, numbers, "chief", index, *workers)
    expected = _proof(secret, numbers, "worker", index, *workers)
    if not hmac.compare_digest(answer[2 * _SIZE :], expected):
        # So that the other one says so too.
        yield proof + claim, 0
        raise InputError(
            f"Worker {index} at {workers[index]} was started with other "
            "--workers or another --index."
        )
    end = yield proof + claim, _SIZE
    _check(end, secret, numbers, "met", index, *workers)


def as_worker(secret: bytes, workers: Sequence[str], index: int) -> Talk:
    """What a worker says to whoever calls it; see `as_chief`."""
    greeting = yield b"", len(_GREETING) + _SIZE
    if not greeting.startswith(_GREETING):
        raise Stranger
    own = secrets.token_bytes(_SIZE)
    numbers = greeting[len(_GREETING) :] + own
    proof = _proof(secret, numbers, "worker")
    claim = _proof(secret, numbers, "worker", index, *workers)
    answer = yield own + proof + claim, 2 * _SIZE
    _check(answer[:_SIZE], secret, numbers, "chief")
    expected = _proof(secret, numbers, "chief", index, *workers)
    if not hmac.compare_digest(answer[_SIZE:], expected):
        raise InputError(
            f"Worker {index} was started with other --workers or another "
            f"--index than the chief, {workers[0]}, has."
        )
    yield _proof(secret, numbers, "met", index, *workers), 0


def _proof(secret, numbers, *facts):
    # Of JSON, no two lists are the same text.
    text = json.dumps(facts).encode()
    return hmac.digest(secret, numbers + text, "sha256")


def _check(received, *proved):
    if not hmac.compare_digest(received, _proof(*proved)):
        raise Stranger
