"""How a text becomes words: two versions of the rules.

The first one is that of older models: a few patterns, and a change to lower
case. It knows ASCII punctuation alone. The second one changes each
character by a table, so that a letter has one form, whichever way it was typed:

    letters              lower case, taken apart (NFKD of Unicode's case
                         folding): full-width forms, ligatures, composed and
                         decomposed letters are the same
    digits               0 to 9, of any script
    punctuation, spaces  a space; of any script, no-break ones as well
    ! ?                  words of their own, Arabic and other ones too
    apostrophes          ', typographic ones too; part of a word within it only
    emoji, currencies,   words of their own
    Han characters
    joiners, selectors,  nothing
    soft hyphens

A version never changes: a model says by which one its words were made. Both
mean the same in Python and in a TensorFlow graph, which changes patterns by
RE2 (`export.saved_model.text_ops`).

Reference:
    - [Unicode normal forms](https://www.unicode.org/reports/tr15/)
"""

import functools
import re
import unicodedata
from pathlib import Path

from zoo.errors import InputError
from zoo.io.files import read_json

# What separates words: line breaks of HTML, ASCII white space, control
# characters and punctuation other than ' ! ?, and the upper-case letters that
# came after Unicode 13, which TensorFlow's ICU cannot change to lower case.
LINE_BREAK = r"<br[ \t\n\v\f\r]*/?>"
_NEWER = "\u2c2f\ua7c0\ua7cb-\ua7dc\U00010570-\U00010595\U00010d50-\U00010d65"
_NEWER += "\U00016ea0-\U00016eb8"
SEPARATOR = r'[\x00-\x20"#$%&()*+,\-./:;<=>@\[\\\]^_`{|}~\x7f' + _NEWER + "]+"
OWN_WORD = r"([!?])"

# Behind the table: Han characters are words of their own. The marks of a letter
# stand in the order of Unicode's normal forms: attached ones, those below,
# those above (Vietnamese is often typed the other way), and Arabic vowels
# before a shadda. Turkish capital i is i. Apostrophes are part of a word only
# within it.
_ATTACHED = "\u0321\u0322\u0327\u0328\u031b"
_BELOW = "\u0316-\u0319\u031c-\u0320\u0323-\u0326\u0329-\u0333\u0339-\u033c"
_BELOW += "\u0347-\u0349\u034d\u034e\u0353-\u0356\u0359\u035a"
_ABOVE = "\u0300-\u0314\u033d-\u0344\u0346\u034a-\u034c\u0350-\u0352\u0357"
_ABOVE += "\u035b\u0363-\u036f"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
PATTERNS = (
    (f"([{_HAN}])", r" \1 "),
    (f"([{_BELOW}{_ABOVE}]+)([{_ATTACHED}]+)", r"\2\1"),
    (f"([{_ABOVE}]+)([{_BELOW}]+)", r"\2\1"),
    # Where they came by turns.
    (f"([{_ABOVE}]+)([{_BELOW}]+)", r"\2\1"),
    ("\u0651([\u064b-\u0650])", "\\1\u0651"),
    ("i\u0307+", "i"),
    ("'* +'*", " "),
    ("^'+|'+$", ""),
)
# The same three of them for Python, whose `re` would go on from each place in a
# run of marks that leads nowhere, and take a day for a long one. RE2, which has
# no look behind, is never slow.
_FROM_THE_FIRST = {
    f"([{_ABOVE}]+)([{_BELOW}]+)": f"(?<![{_ABOVE}])([{_ABOVE}]+)([{_BELOW}]+)",
    f"([{_BELOW}{_ABOVE}]+)([{_ATTACHED}]+)": (
        f"(?<![{_BELOW}{_ABOVE}])([{_BELOW}{_ABOVE}]+)([{_ATTACHED}]+)"
    ),
    "'* +'*": "(?:(?<!')'+)? +'*",
    "^'+|'+$": "^'+|(?<!')'+$",
}
# The others cannot match in a text of ASCII characters.
_OF_ASCII = PATTERNS[-2:]
_ASCII_SEPARATORS = {n: " " for n in range(128) if re.match(SEPARATOR, chr(n))}
CURRENT = 2
# For private use, so no rule knows it.
_BETWEEN = "\ue000"
# By `bench/make_word_table.py`; Python's own Unicode depends on its version.
_TABLE = Path(__file__).with_name("word_table.json")
# The syllables of Korean, which Unicode takes apart by this rule.
_SYLLABLES, _LEADS, _VOWELS, _TAILS = 0xAC00, 0x1100, 0x1161, 0x11A7
_VOWEL_COUNT, _TAIL_COUNT, _SYLLABLE_COUNT = 21, 28, 11_172


def check(version: int, name: str = "rules") -> int:
    """`version`, if there are such rules; `name` is the argument's.

    Raises:
        InputError: if there are none.
    """
    if type(version) is not int or version not in (1, CURRENT):
        raise InputError(
            f"`{name}` must be 1 or {CURRENT}; another is of a newer version "
            f"of this library. Received: {version!r:.100}"
        )
    return version


def described(version: int, look_behind: bool = False) -> list[list]:
    """The rules as data, for programs that do without this package.

    Args:
        version: of the rules.
        look_behind: whether patterns may look behind, as those of Python and
            JavaScript can: then a long run of marks takes them no longer.

    Returns:
        What to change in a text, one after the other: `["pattern", what, by]`,
        a regular expression, `["table", characters]` or `["lower case"]`. Then
        words are between spaces.
    """
    changes: list[list] = [["pattern", LINE_BREAK, " "]]
    if version == 1:
        changes += [["pattern", SEPARATOR, " "]]
        return [*changes, ["pattern", OWN_WORD, r" \1 "], ["lower case"]]
    changes.append(["table", table()])
    other = _FROM_THE_FIRST if look_behind else {}
    return changes + [
        ["pattern", other.get(pattern, pattern), becomes]
        for pattern, becomes in PATTERNS
    ]


def split(text: str, version: int) -> list[str]:
    """The words of `text`, by the rules of a version."""
    # Lone surrogates, which UTF-8 cannot hold, become question marks.
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = re.sub(LINE_BREAK, " ", text, flags=re.ASCII)
    if version == 1:
        # The same in a third of the time.
        if text.isascii():
            text = text.translate(_ASCII_SEPARATORS)
        else:
            text = re.sub(SEPARATOR, " ", text)
        text = text.replace("!", " ! ").replace("?", " ? ").lower()
    else:
        text = text.translate(_by_code_point())
        for pattern, becomes in _OF_ASCII if text.isascii() else PATTERNS:
            pattern = _FROM_THE_FIRST.get(pattern, pattern)
            text = re.sub(pattern, becomes, text)
    return [word for word in text.split(" ") if word]


def inside(word: str, version: int) -> str:
    """The form of a word of a vocabulary that `split` gives."""
    if version == 1 or word.isascii():
        return word
    return "".join(split(word, version)) or word


def all_inside(words: list[str], version: int) -> list[str]:
    """`inside` of each word; of many in a part of the time."""
    if version == 1 or all(map(str.isascii, words)):
        return words
    # Between spaces, it keeps each word apart from the next.
    whole = f" {_BETWEEN} ".join(words)
    if whole.count(_BETWEEN) != len(words) - 1:
        return [inside(word, version) for word in words]
    found = " ".join(split(whole, version)).split(_BETWEEN)
    return [
        word if word.isascii() else one.replace(" ", "") or word
        for word, one in zip(words, found, strict=True)
    ]


def shown(word: str, version: int) -> str:
    """The form of a word from `split` that a reader expects.

    Letters are together again (NFC), where `inside` takes them apart alike.
    """
    if version == 1 or word.isascii():
        return word
    composed = unicodedata.normalize("NFC", word)
    return composed if inside(composed, version) == word else word


@functools.cache
def table() -> dict[str, str]:
    """What each character becomes by the second version, if not itself."""
    content = read_json(_TABLE)
    becomes = dict.fromkeys(content["space"], " ")
    becomes |= dict.fromkeys(content["nothing"], "")
    becomes |= {one: f" {one} " for one in content["word"]}
    becomes |= content["other"]
    for place in range(_SYLLABLE_COUNT):
        rest, tail = divmod(place, _TAIL_COUNT)
        lead, vowel = divmod(rest, _VOWEL_COUNT)
        letters = chr(_LEADS + lead) + chr(_VOWELS + vowel)
        becomes[chr(_SYLLABLES + place)] = letters + chr(_TAILS + tail) * (
            tail > 0
        )
    return becomes


@functools.cache
def _by_code_point() -> dict[int, str]:
    return str.maketrans(table())
