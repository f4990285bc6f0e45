"""JSON from elsewhere: one meaning or none, and no more than its size.

`json.loads` takes whatever comes, and its hooks are the only way to hear of a
key that stands twice; here refused are, of content whose size the caller has
bounded: what is not UTF-8, more than 100,000 lists and objects (each
takes twenty times its two bytes), nesting deeper than 100,
a key that stands twice in an object (readers differ on which one counts), and
`NaN`, `Infinity` and numbers beyond a float or 64 bits.
"""

import collections
import contextlib
import json
import math
from collections.abc import Iterator
from typing import Any

from zoo.errors import InputError
from zoo.printable import printable, unprintable

_MOST_CONTAINERS = 100_000
# What reads it may be recursive; the interpreter's stack has some hundreds.
_DEEPEST = 100
# One digit more than 2 ** 63 has; beyond 4,300 Python itself would refuse.
_MOST_DIGITS = 20


def parse(
    content: bytes, what: str, refused: type[Exception] = InputError
) -> dict:
    """A JSON object.

    Args:
        content: of the file.
        what: its name in messages.
        refused: the error to raise.

    Raises:
        InputError: for text that is not UTF-8, not JSON, not an object, or
            one of the things above.
    """
    try:
        containers = content.count(b"[") + content.count(b"{")
        if containers > _MOST_CONTAINERS:
            raise ValueError(f"it has more than {_MOST_CONTAINERS:,} lists")
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_distinct,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_short,
        )
        if containers > _DEEPEST:
            _check_depth(value)
    except (ValueError, RecursionError) as error:
        raise refused(f"{what} must be JSON in UTF-8: {error}") from error
    if not isinstance(value, dict):
        raise refused(f"{what} must hold a JSON object.")
    return value


def check_printable(
    value: Any, what: str, refused: type[Exception] = InputError
) -> None:
    """Refuses text that would give orders to a terminal that shows it.

    Args:
        value: what `parse` returned.
        what: its name in messages.
        refused: the error to raise.

    Raises:
        InputError: for what `zoo.printable` shows as a code, other than a tab
            or a line end, anywhere in a key or a string.
    """
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            if unprintable(one, keep="\t\n\r") is not None:
                raise refused(
                    f"{what} has a control character in "
                    f"{printable(one)[:80]!r}."
                )


@contextlib.contextmanager
def damage(what: object) -> Iterator[None]:
    """Around what takes a file's values: other ones than it expects, in a line.

    Not around what computes with them, whose errors are ours.

    Args:
        what: the file's name in messages.

    Raises:
        InputError: where a value is missing, or of another type or size.
    """
    try:
        yield
    except InputError:
        raise
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(
            f"{what} is damaged, or of another kind: {reason[:200]}"
        ) from error


def _check_depth(value):
    level, depth = [value], 0
    while level:
        if depth > _DEEPEST:
            raise ValueError(f"it is nested deeper than {_DEEPEST}")
        depth += 1
        level = [
            inside
            for one in level
            if isinstance(one, (dict, list))
            for inside in (one.values() if isinstance(one, dict) else one)
            if isinstance(inside, (dict, list))
        ]


def _distinct(pairs):
    value = dict(pairs)
    if len(value) < len(pairs):
        # In one pass: to count each by itself takes hours for a million.
        counts = collections.Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise ValueError(f"{twice[:80]!r} stands twice in an object")
    return value


def _no_constant(name):
    raise ValueError(f"{name} is no number")


def _finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is larger than a float")
    return value


def _short(text):
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits is too large")
    return int(text)
