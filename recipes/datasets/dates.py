"""Dates as people write them in many languages, and what they mean.

Made from the Unicode CLDR's patterns and names, through Babel, so nothing is
downloaded: "mercredi 3 octobre 1990", "1990. okt. 3." -> "1990-10-03".
"""

import datetime
import itertools
import re
from collections.abc import Callable

import numpy as np

from zoo.errors import InputError

LOCALES = (
    *("bg", "ca", "cs", "da", "de", "el", "en", "en_GB", "es", "et", "eu"),
    *("fi", "fr", "gl", "hr", "hu", "id", "is", "it", "ja", "ko", "lt"),
    *("lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sv"),
    *("tr", "uk", "vi", "zh"),
)
# CLDR's four formats, and two of its skeletons.
STYLES = ("full", "long", "medium", "short", "yMMMEd", "yMd")
# A hundred years, so that two digits tell the year.
FIRST, LAST = datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)
# Days of either split; none is in two splits, in any language.
_DAYS_ASIDE = {"validation": 1_000, "test": 4_000}
_EXAMPLES_ASIDE = {"validation": 2_000, "test": 5_000}
DATA = {
    "name": "dates in many languages, made from the Unicode CLDR",
    "licence": "Unicode License v3 (patterns and names of the CLDR)",
}
_FIELDS = {
    "d": "(?P<day>[1-9]\\d?)",
    "dd": "(?P<day>\\d\\d)",
    "M": "(?P<month>[1-9]\\d?)",
    "MM": "(?P<month>\\d\\d)",
    "yy": "(?P<year>\\d\\d)",
    "y": "(?P<year>\\d{4})",
}


def pairs(examples: int, seed: int) -> dict[str, list[tuple[str, str]]]:
    """Dates and their ISO 8601 form: `train`, `validation` and `test`.

    Every example has a day, a language and a style of its own, drawn evenly.
    What could mean two dates, depending on who wrote it ("3/10/90"), is left
    out. No day is in two splits; the splits aside do not depend on `examples`.

    Args:
        examples: number of training examples.
        seed: of the training examples; the others are always the same.

    Raises:
        InputError: where Babel is not installed.
    """
    try:
        import babel.dates
    except ModuleNotFoundError as error:
        raise InputError(
            'Dates need babel: pip install "recurrent-zoo[recipes]"'
        ) from error
    locales = [babel.Locale.parse(name) for name in LOCALES]
    # By locale and style, what writes a date.
    ways = [
        _way(locale, style)
        for locale, style in itertools.product(locales, STYLES)
    ]
    readers = _readers(
        _format(locale, style).pattern
        for locale, style in itertools.product(locales, STYLES)
    )
    days = np.random.default_rng(0).permutation((LAST - FIRST).days + 1)
    result = {}
    for place, (name, count) in enumerate(_DAYS_ASIDE.items()):
        aside, days = days[:count], days[count:]
        random = np.random.default_rng([1, place])
        of_split = _drawn(_EXAMPLES_ASIDE[name], aside, ways, readers, random)
        result[name] = of_split
    random = np.random.default_rng([2, seed])
    return {"train": _drawn(examples, days, ways, readers, random), **result}


def _format(locale, style):
    """Of either kind, Babel's pattern."""
    return locale.date_formats.get(style) or locale.datetime_skeletons[style]


def _way(locale, style) -> Callable[[datetime.date], str]:
    pattern = _format(locale, style)
    return lambda day: pattern.apply(day, locale)


def _drawn(count, days, ways, readers, random):
    """As many distinct examples as asked for, or as there are in twice as
    many draws.
    """
    found = {}
    for _ in range(2 * count):
        if len(found) == count:
            break
        day = FIRST + datetime.timedelta(int(random.choice(days)))
        text = ways[random.integers(len(ways))](day)
        if len(readings(text, readers) | {day}) == 1:
            found[text] = day.isoformat()
    return list(found.items())


def _readers(patterns) -> list[re.Pattern]:
    """How a date of numbers alone can be read, by patterns of the CLDR."""
    readers = set()
    for pattern in patterns:
        fields = re.split(r"(d+|M+|y+)", pattern)
        if all(field in _FIELDS for field in fields[1::2]):
            between = [re.escape(text.replace("'", "")) for text in fields]
            between[1::2] = [_FIELDS[field] for field in fields[1::2]]
            readers.add("".join(between))
    return [re.compile(reader) for reader in sorted(readers)]


def readings(text: str, readers: list[re.Pattern]) -> set[datetime.date]:
    """All days that a date of numbers alone may mean."""
    days = set()
    for reader in readers:
        match = reader.fullmatch(text)
        if match:
            year = int(match["year"])
            if year < 100:
                year += 1900 if year >= FIRST.year % 100 else 2000
            try:
                day = datetime.date(
                    year, int(match["month"]), int(match["day"])
                )
            except ValueError:
                continue
            days.add(day)
    return days
