"""Dates as people write them in many languages, and what they mean.

Made from patterns and names of the Unicode CLDR, so nothing is downloaded:
"mercredi 3 octobre 1990", "1990. okt. 3." -> "1990-10-03".

The patterns and names stand in `dates.json`, which `bench/make_dates.py` took
from Babel 2.18.0 (CLDR 47; Unicode License v3, `LICENSE.unicode`). So a version
of the data set is the same on every machine.
"""

import datetime
import functools
import json
import re
from collections.abc import Callable
from pathlib import Path

from recipes.datasets.fixed_random import FixedRandom

FILE = Path(__file__).with_name("dates.json")
# A hundred years, so that two digits tell the year.
FIRST, LAST = datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)
# Days of either split; none is in two splits, in any language.
_DAYS_ASIDE = {"validation": 1_000, "test": 4_000}
_EXAMPLES_ASIDE = {"validation": 2_000, "test": 5_000}
# Another file, or another way to draw from it, is another version.
DATA = {
    "name": "dates in many languages, made from the Unicode CLDR",
    "licence": "Unicode License v3 (patterns and names of the CLDR)",
    "version": "1",
}
# Text in quotes, or a field: a letter, once or several times.
_PART = re.compile(r"'([^']*)'|(([A-Za-z])\3*)")
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
    """
    known = locales().values()
    formats = [
        (pattern, locale["names"])
        for locale in known
        for pattern in locale["patterns"].values()
    ]
    writers = [writer(pattern, names) for pattern, names in formats]
    readers = _readers(pattern for pattern, _ in formats)
    days = FixedRandom(0).permutation((LAST - FIRST).days + 1)
    result = {}
    for place, (name, count) in enumerate(_DAYS_ASIDE.items()):
        aside, days = days[:count], days[count:]
        random = FixedRandom([1, place])
        result[name] = _drawn(
            _EXAMPLES_ASIDE[name], aside, writers, readers, random
        )
    random = FixedRandom([2, seed])
    train = _drawn(examples, days, writers, readers, random)
    return {"train": train, **result}


@functools.cache
def locales() -> dict[str, dict]:
    """By locale, its `patterns` by style, and its `names` by field.

    A field of the CLDR's patterns that is written in words ("MMMM") has 12
    names of months, from January, or 7 of days, from Monday.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))["locales"]


def writer(
    pattern: str, names: dict[str, list[str]]
) -> Callable[[datetime.date], str]:
    """What writes a date by a pattern of the CLDR.

    Args:
        pattern: such as "EEEE, d. MMMM y", with literal text in quotes.
        names: of months and days, by the field of the pattern.
    """
    parts, end = [], 0
    for match in _PART.finditer(pattern):
        parts.append(pattern[end : match.start()])
        parts.append(match[1] if match[2] is None else _field(match[2], names))
        end = match.end()
    parts.append(pattern[end:])
    return lambda day: "".join(
        part if isinstance(part, str) else part(day) for part in parts
    )


def _field(field, names):
    """What writes one field of a date."""
    if field in names:
        known = names[field]
        if field[0] in "ML":
            return lambda day: known[day.month - 1]
        return lambda day: known[day.weekday()]
    return {
        "d": lambda day: str(day.day),
        "dd": lambda day: f"{day.day:02}",
        "M": lambda day: str(day.month),
        "MM": lambda day: f"{day.month:02}",
        "yy": lambda day: f"{day.year % 100:02}",
        "y": lambda day: str(day.year),
    }[field]


def _drawn(count, days, writers, readers, random):
    """As many distinct examples as asked for, or as there are in twice as
    many draws.
    """
    found: dict[str, str] = {}
    for _ in range(2 * count):
        if len(found) == count:
            break
        day = FIRST + datetime.timedelta(random.choice(days))
        text = random.choice(writers)(day)
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
