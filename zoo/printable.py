r"""Text from elsewhere, as it may be shown in a terminal.

A terminal obeys what it is sent: an escape sequence moves the cursor, changes
the title or writes to the clipboard, and a bidirectional override shows a text
in another order than it has. So all that comes from a file, a server, a model
or an argument is printed through `printable`, which shows such characters as
`\x1b` or `\u202e`. Text of every script, emoji and their joiners stay as they
are.
"""

import re

# Longer messages are cut in the middle: the beginning says what, the end what
# to do.
LONGEST_LINE = 1_000

# The flags of England, Scotland, Wales and others are written so.
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,8}\U000e007f"
_ORDERS = re.compile(
    # C0, DEL and C1.
    f"{_FLAG}|"
    "[\x00-\x1f\x7f-\x9f"
    # Embeddings, overrides and isolates, which change the order of what
    # follows; the marks of Hebrew and Arabic texts stay.
    "\u202a-\u202e"
    # Separators of lines and paragraphs.
    "\u2028\u2029"
    # What is seen nowhere: operators, old controls. Joiners of words stay.
    "\u2061-\u206f\ufeff\ufff0-\ufffb"
    # Half a surrogate pair, and what is no character.
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    # Tags, which hide whole sentences; the selectors of variants stay.
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)


def printable(text: object, keep: str = "") -> str:
    r"""`text` without anything that a terminal obeys.

    Args:
        text: what is shown; anything but a string by its `str`.
        keep: which of "\n" and "\t" stay; a line end of Windows counts as
            "\n".
    """
    shown = str(text)
    if "\n" in keep:
        shown = shown.replace("\r\n", "\n")
    return _ORDERS.sub(
        lambda found: found[0] if _stays(found[0], keep) else _code(found[0]),
        shown,
    )


def one_line(text: object, longest: int = LONGEST_LINE) -> str:
    """`text` as one line of a bounded length, with one space between words."""
    return shortened(printable(" ".join(str(text).split())), longest)


def shortened(text: str, longest: int) -> str:
    """`text`, without its middle if it has more than `longest` characters."""
    if len(text) <= longest:
        return text
    end = longest // 3
    return f"{text[: longest - end - 5]} ... {text[-end:]}"


def unprintable(text: str, keep: str = "") -> str | None:
    """The first character that `printable` does not leave as it is, if any."""
    for found in _ORDERS.finditer(text):
        if not _stays(found[0], keep):
            return found[0]
    return None


def _stays(found: str, keep: str) -> bool:
    return found in keep or len(found) > 1


def _code(one: str) -> str:
    short = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
    if one in short:
        return short[one]
    number = ord(one)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
