"""Scripts that texts are written in, as far as it decides how they are read."""

import collections
import unicodedata
from collections.abc import Iterable

# Scripts that put no spaces between words, by how the names of their letters
# begin in Unicode.
UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


def shares(texts: Iterable[str]) -> dict[str, float]:
    """Of all letters, the share that each of `UNSPACED` has."""
    letters: collections.Counter[str] = collections.Counter()
    for text in texts:
        letters.update(text)
    of_script = dict.fromkeys(UNSPACED, 0)
    total = 0
    for letter, count in letters.items():
        if not letter.isalpha():
            continue
        total += count
        name = unicodedata.name(letter, "").partition(" ")[0]
        if name in of_script:
            of_script[name] += count
    return {name: count / max(1, total) for name, count in of_script.items()}
