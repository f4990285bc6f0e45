"""Writes the table of `zoo.text.word_rules`, from Python's Unicode.

    python bench/make_word_table.py zoo/text/word_table.json

The committed one was made by Python 3.13, which has Unicode 15.1. It is never
made again: a version of the rules does not change.
"""

import json
import sys
import unicodedata
from pathlib import Path

# What is typed for an apostrophe, and the marks of a question and of an
# exclamation in other scripts.
_ALIKE = {
    **dict.fromkeys("'\u2019\u02bc\u00b4\uff07", "'"),
    **dict.fromkeys("?\u061f\u055e\u1367", " ? "),
    **dict.fromkeys("!\u055c", " ! "),
    # A space without width.
    "\u200b": " ",
}
# Emoji, also those that later versions of Unicode assign.
_PICTURES = range(0x1F000, 0x1FB00)
_SYLLABLES = range(0xAC00, 0xAC00 + 11_172)


def becomes(one: str) -> str:
    """What a character becomes."""
    category = unicodedata.category(one)
    if one in _ALIKE:
        return _ALIKE[one]
    if 0xFE00 <= ord(one) <= 0xFE0F or 0xE0100 <= ord(one) <= 0xE01EF:
        return ""  # Selectors of variants.
    if category in ("Cf", "Me") or 0x1F3FB <= ord(one) <= 0x1F3FF:
        return ""  # Joiners, enclosing marks, colours of skin.
    if category in ("So", "Sc") or ord(one) in _PICTURES:
        # Some currencies are written out, or in a full-width form.
        parts = unicodedata.normalize("NFKD", one) if category == "Sc" else one
        if parts != one:
            return f" {''.join(map(becomes, parts)).strip()} "
        return f" {one} "
    if category[0] in "PZ" or category in ("Cc", "Sk", "Sm"):
        # `‼` is two marks of exclamation.
        parts = unicodedata.normalize("NFKD", one)
        if parts != one and category[0] == "P":
            new = "".join(map(becomes, parts))
            return new if new.strip() else " "
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(one))
    if category[0] not in "LMN":
        return one
    folded = unicodedata.normalize("NFKD", one).casefold()
    folded = unicodedata.normalize("NFKD", folded)
    if folded == one:
        return one
    return "".join(map(becomes, folded))


def main() -> None:
    """Writes the file."""
    groups: dict = {"space": "", "nothing": "", "word": "", "other": {}}
    for point in range(sys.maxunicode + 1):
        one = chr(point)
        if point in _SYLLABLES or unicodedata.category(one) in ("Cs", "Co"):
            continue
        new = becomes(one)
        if new == one:
            continue
        if not new.strip(" "):
            groups["space" if new else "nothing"] += one
        elif new == f" {one} ":
            groups["word"] += one
        else:
            groups["other"][one] = new
    about = {"unicode": unicodedata.unidata_version}
    text = json.dumps(about | groups, indent=0)
    Path(sys.argv[1]).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
