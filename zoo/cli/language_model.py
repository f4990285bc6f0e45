"""What the commands of language models have in common."""

import sys
from pathlib import Path
from typing import Any

from zoo.cli.parser import Parser
from zoo.errors import InputError
from zoo.io.files import read_given
from zoo.printable import printable
from zoo.text.ids import UNKNOWN

# A text is read at once, and of each of its tokens there is a number.
_LARGEST = 1 << 28


def add_states(parser: Parser) -> None:
    """Adds the flags for a text that goes on another time."""
    parser.add_argument(
        "--from-state", type=Path, metavar="FILE", help="go on from there"
    )
    parser.add_argument(
        "--save-state", type=Path, metavar="FILE", help="to go on later"
    )


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        InputError: if it is not UTF-8, far too long for a text to read at
            once, a pipe or a device.
    """
    try:
        return read_given(path, _LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: {error}") from error


def warn_of_unknown(stream: Any, text: str) -> None:
    """Says on stderr which parts of a text the model has never seen."""
    tokenizer = stream.tokenizer
    if tokenizer.unit == "byte":
        # There is none that it does not know.
        return
    kind = tokenizer.kind
    ids = tokenizer.encode(text)
    unknown = {
        piece
        for piece, one in zip(tokenizer.split(text), ids, strict=True)
        if one == UNKNOWN
    }
    if unknown:
        # Of words, each may be of any length.
        pieces = [repr(piece[:80]) for piece in sorted(unknown)[:10]]
        shown = printable(" ".join(pieces))
        print(
            f"zoo: the model has never seen {shown}"
            f"{' and others' if len(unknown) > 10 else ''}; such {kind} "
            "are all the same to it",
            file=sys.stderr,
        )
