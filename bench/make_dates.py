"""Makes recipes/datasets/dates.json: how dates are written, by the CLDR.

    pip install babel==2.18.0
    python bench/make_dates.py

Babel carries the Unicode CLDR; each version of it has other patterns and names,
and so makes another version of the data set (`recipes.datasets.dates.DATA`).
Before the file is written, each of its patterns is checked: on every day of two
years, `recipes.datasets.dates` must write what Babel writes.
"""

import datetime
import json
import re
import sys
from pathlib import Path

import babel
import babel.core
import babel.dates

sys.path.insert(0, str(Path(__file__).parents[1]))

from recipes.datasets import dates  # noqa: E402

LOCALES = (
    *("bg", "ca", "cs", "da", "de", "el", "en", "en_GB", "es", "et", "eu"),
    *("fi", "fr", "gl", "hr", "hu", "id", "is", "it", "ja", "ko", "lt"),
    *("lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sv"),
    *("tr", "uk", "vi", "zh"),
)
# CLDR's four formats, and two of its skeletons.
STYLES = ("full", "long", "medium", "short", "yMMMEd", "yMd")
# The fields of patterns that are written in words.
_WIDTHS = {1: "abbreviated", 3: "abbreviated", 4: "wide"}
_CONTEXTS = {"M": "format", "L": "stand-alone"}
_CONTEXTS |= {"E": "format", "c": "stand-alone"}
# A year and a leap year.
_FIRST_CHECKED = datetime.date(1999, 1, 1).toordinal()
_CHECKED = range(_FIRST_CHECKED, _FIRST_CHECKED + 365 + 366)


def main() -> None:
    made = {name: _locale(babel.Locale.parse(name)) for name in LOCALES}
    head = {
        "what": "patterns and names of dates, by locale",
        "version": dates.DATA["version"],
        "source": f"Unicode CLDR {babel.core.get_cldr_version()}, through "
        f"Babel {babel.__version__}",
        "licence": "Unicode License v3; see LICENSE.unicode",
        "copyright": "Copyright © 2004-2025 Unicode, Inc.",
    }
    lines = [f" {_json(key)}: {_json(value)}," for key, value in head.items()]
    rows = [f"  {_json(name)}: {_json(one)}" for name, one in made.items()]
    text = "\n".join(
        ["{", *lines, ' "locales": {', ",\n".join(rows), " }", "}"]
    )
    dates.FILE.write_text(text + "\n", encoding="utf-8")


def _json(value):
    return json.dumps(value, ensure_ascii=False)


def _locale(locale):
    """The patterns of a locale, and the names that they need."""
    formats = {style: _format(locale, style) for style in STYLES}
    patterns = {style: one.pattern for style, one in formats.items()}
    fields = {
        field
        for one in formats.values()
        for field in re.findall(r"%\((\w+)\)s", one.format)
    }
    names = {
        field: found
        for field in sorted(fields)
        if (found := _names(locale, field))
    }
    for style, one in formats.items():
        written = dates.writer(patterns[style], names)
        for ordinal in _CHECKED:
            day = datetime.date.fromordinal(ordinal)
            if written(day) != one.apply(day, locale):
                raise SystemExit(
                    f"{locale}, {style}, {day}: {written(day)!r} here, "
                    f"{one.apply(day, locale)!r} by Babel"
                )
    return {"patterns": patterns, "names": names}


def _format(locale, style):
    """Of either kind, Babel's pattern."""
    return locale.date_formats.get(style) or locale.datetime_skeletons[style]


def _names(locale, field):
    """Of months, from January, or of days, from Monday; else None."""
    letter, width = field[0], _WIDTHS.get(len(field))
    if letter in "ML" and len(field) > 2:
        names = babel.dates.get_month_names(width, _CONTEXTS[letter], locale)
        return [names[month] for month in range(1, 13)]
    if letter in "Ec":
        names = babel.dates.get_day_names(width, _CONTEXTS[letter], locale)
        return [names[day] for day in range(7)]
    return None


if __name__ == "__main__":
    main()
