"""Checks of plain arguments: names out of a list, sizes within bounds."""

import difflib
import math
from collections.abc import Iterable, Mapping

from zoo.errors import InputError

_LONGEST = 200


def one_of(argument: str, received: str, known: Iterable[str]) -> str:
    """`received`, if it is one of `known`.

    Raises:
        InputError: otherwise, with the known names and the nearest one.
    """
    known = list(known)
    if received in known:
        return received
    # What comes from a file may be of any size.
    shown = _shown(received)
    near = difflib.get_close_matches(
        str(received)[:_LONGEST], known, n=1, cutoff=0.5
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
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or value < minimum:
            raise InputError(
                f"`{name}` must be a whole number of at least {minimum}. "
                f"Received: {value!r}"
            )


def fraction(**arguments: float) -> None:
    """Checks that each of `arguments` is a number in [0, 1).

    Raises:
        InputError: for the first that is not.
    """
    for name, value in arguments.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not 0 <= value < 1:
            raise InputError(
                f"`{name}` must be at least 0 and below 1. Received: {value!r}"
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


def _shown(value) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."


def positive(**arguments: float) -> None:
    """Checks that each of `arguments` is a finite number above 0.

    Raises:
        InputError: for the first that is not.
    """
    for name, value in arguments.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not 0 < value < math.inf:
            raise InputError(f"`{name}` must be above 0. Received: {value!r}")
