"""Checks of plain arguments: names out of a list, sizes within bounds."""

import difflib
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from zoo.errors import InputError

# Characters of a value in a message; and what no size is beyond.
_LONGEST, _LARGEST = 200, 2**63 - 1


def one_of(argument: str, received: str, known: Iterable[str]) -> str:
    """`received`, if it is one of `known`.

    Raises:
        InputError: otherwise, with the known names and the nearest one.
    """
    known = list(known)
    if isinstance(received, str) and received in known:
        return received
    # What comes from a file may be of any size.
    shown = _shown(received)
    near = difflib.get_close_matches(
        received[:_LONGEST] if isinstance(received, str) else "",
        known,
        n=1,
        cutoff=0.5,
    )
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise InputError(
        f"`{argument}` must be one of {', '.join(known)}. "
        f"Received: {shown}.{hint}"
    )


def at_least(minimum: int, **arguments: int) -> None:
    """Checks that each of `arguments` is a whole number of at least `minimum`.

    Raises:
        InputError: for the first that is not.
    """
    for name, value in arguments.items():
        if not _is_whole(value) or value < minimum:
            raise InputError(
                f"`{name}` must be a whole number of at least {minimum}. "
                f"Received: {_shown(value)}"
            )
        if value > _LARGEST:
            raise InputError(f"`{name}` is larger than any number of 64 bits.")


def within(minimum: int, maximum: int, **arguments: int) -> None:
    """Checks that each of `arguments` is a whole number in a range.

    Args:
        minimum: the smallest that may be.
        maximum: the largest that may be.
        **arguments: the numbers.

    Raises:
        InputError: for the first that is not.
    """
    at_least(minimum, **arguments)
    for name, value in arguments.items():
        if value > maximum:
            raise InputError(
                f"`{name}` must be at most {maximum:,}. "
                f"Received: {_shown(value)}"
            )


def finite(low: float, high: float, **arguments: float) -> None:
    """Checks that each of `arguments` is a number in a range.

    Raises:
        InputError: for the first that is not.
    """
    for name, value in arguments.items():
        # NaN is not between any two numbers.
        if not _is_number(value) or not low <= value <= high:
            raise InputError(
                f"`{name}` must be a number from {low:,} to {high:,}. "
                f"Received: {_shown(value)}"
            )


def texts_or_none(argument: str, received: Sequence[str]) -> tuple[str, ...]:
    """`received` as a tuple, if it is some texts that are not empty, or none.

    Raises:
        InputError: otherwise.
    """
    texts = tuple(list_of_texts(argument, received))
    if "" in texts:
        raise InputError(
            f"`{argument}` must be texts that are not empty. Received: "
            f"{_shown(texts)}"
        )
    return texts


def of_type(kind: type, **arguments: Any) -> None:
    """Checks that each of `arguments` is of a class.

    Raises:
        InputError: for the first that is not.
    """
    for name, value in arguments.items():
        if not isinstance(value, kind):
            raise InputError(
                f"`{name}` must be a {kind.__name__}. Received: {_shown(value)}"
            )


def path_of(argument: str, received: str | Path) -> Path:
    """`received` as a path, if it can be the name of a file.

    Raises:
        InputError: otherwise.
    """
    if not isinstance(received, (str, Path)) or not str(received):
        raise InputError(
            f"`{argument}` must be a path. Received: {_shown(received)}"
        )
    try:
        named = b"\0" not in os.fsencode(received)
    except UnicodeEncodeError:
        named = False
    if not named:
        raise InputError(
            f"`{argument}` must be the name of a file. Received: "
            f"{_shown(str(received))}"
        )
    return Path(received)


def truth(**arguments: bool) -> None:
    """Checks that each of `arguments` is `True` or `False`.

    Raises:
        InputError: for the first that is not.
    """
    for name, value in arguments.items():
        if not isinstance(value, bool):
            raise InputError(
                f"`{name}` must be True or False. Received: {_shown(value)}"
            )


def fraction(**arguments: float) -> None:
    """Checks that each of `arguments` is a number in [0, 1).

    Raises:
        InputError: for the first that is not.
    """
    for name, value in arguments.items():
        if not _is_number(value) or not 0 <= value < 1:
            raise InputError(
                f"`{name}` must be at least 0 and below 1. "
                f"Received: {_shown(value)}"
            )


def list_of_texts(argument: str, received: Iterable[str]) -> list[str]:
    """`received` as a list, if it holds several texts and is not one text.

    Raises:
        InputError: otherwise.
    """
    # A text is a sequence of texts too: of its characters.
    single = isinstance(received, (str, bytes, Mapping))
    if single or not isinstance(received, Iterable):
        raise InputError(
            f"`{argument}` must be a list of texts. Received: "
            f"{_shown(received)}"
        )
    texts = list(received)
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(
                f"`{argument}` must be a list of texts. Received: "
                f"{_shown(text)} at index {index}"
            )
    return texts


def one_text(**arguments: str) -> None:
    """Checks that each of `arguments` is a text.

    Raises:
        InputError: for the first that is not.
    """
    for name, value in arguments.items():
        if not isinstance(value, str):
            raise InputError(
                f"`{name}` must be a text. Received: {_shown(value)}"
            )


def positive(**arguments: float) -> None:
    """Checks that each of `arguments` is a finite number above 0.

    Raises:
        InputError: for the first that is not.
    """
    for name, value in arguments.items():
        if not _is_number(value) or not 0 < value < math.inf:
            raise InputError(
                f"`{name}` must be above 0. Received: {_shown(value)}"
            )


def _is_whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(value) -> str:
    # Of a text or a number, Python would first write all of it.
    if isinstance(value, (str, bytes)) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]!r}..."
    if _is_whole(value) and abs(value) >= 10**20:
        return f"a number of {value.bit_length()} bits"
    shown = repr(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
