"""The characters around a final sigma, beside `str.lower` one by one."""

import re
import sys

import pytest

from zoo.text import final_sigma

SOME = [*map(chr, range(0x600)), "\u2c2f", "\U00010570", "\U000e0001"]


def test_they_are_those_of_lower():
    cased, ignorable = map(set, final_sigma.cased_and_ignorable())
    for one in SOME:
        ends = f"{one}{final_sigma.CAPITAL}".lower().endswith(final_sigma.FINAL)
        assert (one in cased) == ends
        behind = f"a{one}{final_sigma.CAPITAL}".lower()
        assert (one in cased | ignorable) == behind.endswith(final_sigma.FINAL)


@pytest.mark.parametrize("some", ["", "a", "abc", "acde\U0010ffff"])
def test_ranges_match_their_characters_alone(some):
    ranges = final_sigma.ranges(some, "x")
    assert len(ranges.split("-")) <= 2
    inside = re.sub(
        r"\\x\{(\w+)\}", lambda found: chr(int(found[1], 16)), ranges
    )
    # Python's patterns do not know `\x{...}`.
    found = [
        one
        for one in map(chr, [*range(0x80), sys.maxunicode])
        if inside and re.match(f"[{inside}]", one)
    ]
    assert found == [*some]
