"""Texts over which a file from text to answer is compared."""

import numpy as np

# What people write. Of these, no answer may differ.
ORDINARY = [
    "A quiet, moving film.<br /><br />I didn't expect that!",
    "the writer of the books",
    "Ein Hund l\u00e4uft \u00fcber die Wiese .",
    "3. Oktober 1990",
    "Two  spaces, a tab\tand\na line end.",
    'It\'s 10/10 -- "best" film (ever)?!',
    "na\u00efve caf\u00e9, \u00c9TUDE",
    "",
]
# By what is hard about them.
HARD = {
    "NUL": "\0a\0 film<br\0/>\0the end\0",
    "only NUL": "\0",
    "only white space": " \t\n\r\v\f ",
    "control characters": "a\x01b\x1fc\x7fd\x85e",
    "combining accents": "e\u0301 a\u0323\u0302 a\u0302\u0323 o\u031b\u0301",
    "emoji": "\U0001f3ac\U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469 \u2764"
    "\ufe0f",
    "Turkish I": "\u0130STANBUL I\u015eIK \u0131 i\u0307",
    "final sigma": "\u039f\u0394\u039f\u03a3 \u03a3\u0391\u03a3. "
    "\u0391\u03a3'\u0391 \u03a3 \u0391\u03a3\u03a3!",
    "ligatures and full width": "\ufb01lm \uff26\uff29\uff2c\uff2d \u00bd "
    "\u00df",
    "no spaces": "\u7535\u5f71\u5f88\u597d\u3002\u3068\u3066\u3082\u826f\u3044",
    "Korean": "\uc601\ud654 \u110b\u1167\u11bc",
    "right to left": "\u05e1\u05e8\u05d8 \u0634\u064e\u0651\u0643\u0631\u0627"
    "\u061f",
    "apostrophes": "''quoted'' o'clock ' '' \u2019tis rock 'n' roll'",
    "other spaces": "a\u00a0b\u3000c\u200bd\u2028e\ufefff",
    "no characters": "\ufffe\uffff\U0010ffff \ue000",
    "markup": "<BR><br/><br\t/><bR\n><br/ ><b>",
}
# So long that what takes the square of the length does not end.
LONG = ("a quiet, moving film " * 500)[:10_000]


def drawn(number: int, seed: int = 3) -> list[str]:
    """Texts of characters of all planes, most of them of the first ones."""
    random = np.random.default_rng(seed)
    ends = [0x80, 0x250, 0x600, 0x3100, 0xD7FF, 0x20000]
    texts = []
    for _ in range(number):
        points = random.integers(0, random.choice(ends, random.integers(1, 40)))
        kept = [int(one) for one in points if not 0xD800 <= one < 0xE000]
        texts.append("".join(map(chr, kept)))
    return texts
