"""Which characters make a Greek capital sigma one that ends a word.

`str.lower` makes "\\u03c2" of it, not "\\u03c3", where a cased character stands
before it and none behind; ignorable ones in between count as not there. It goes
by the Unicode of this Python.

Reference:
    - [Unicode, section 3.13, table 3-17, Final_Sigma
      ](https://www.unicode.org/versions/latest/core-spec/chapter-3/)
"""

import functools
import sys
import unicodedata
from collections.abc import Iterable

CAPITAL, FINAL = "\u03a3", "\u03c2"
# Unassigned, private and half characters have no case: 85 of 100.
_CASELESS = {"Cn", "Co", "Cs"}


@functools.cache
def assigned() -> tuple[str, ...]:
    """All characters that may have a case, in ascending order."""
    return tuple(
        one
        for one in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(one) not in _CASELESS
    )


@functools.cache
def cased_and_ignorable() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The characters that count, and those that do not, in ascending order."""
    # Between lines below, and neither one.
    every = [one for one in assigned() if one != "\n"]
    cased = _before_a_final_one("", every)
    others = set(every).difference(cased)
    ignorable = _before_a_final_one("a", sorted(others))
    return cased, ignorable


def _before_a_final_one(first: str, characters: list[str]) -> tuple[str, ...]:
    """Those behind which, and behind `first`, a sigma ends a word."""
    # One text of lines, for a million calls take seconds.
    lines = "\n".join(f"{first}{one}{CAPITAL}" for one in characters).lower()
    return tuple(
        one
        for one, line in zip(characters, lines.split("\n"), strict=True)
        if line.endswith(FINAL)
    )


def ranges(characters: Iterable[str], letter: str) -> str:
    """Characters as the inside of a class of a regular expression.

    Args:
        characters: in ascending order.
        letter: by which the expressions name a character by its number: `"u"`
            in JavaScript, `"x"` in RE2.
    """
    found: list[list[int]] = []
    for point in map(ord, characters):
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return "".join(
        f"\\{letter}{{{first:x}}}"
        + (f"-\\{letter}{{{last:x}}}" if last > first else "")
        for first, last in found
    )
