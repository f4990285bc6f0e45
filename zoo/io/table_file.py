"""A user's own file of rows: what is wanted of it, and what was found out.

`zoo.io.table_reader` reads it. What was guessed, the delimiter or the case of a
column's name, is kept as a note, for the one who asked to print.
"""

import contextlib
import dataclasses
import gzip
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from zoo.errors import InputError
from zoo.io.files import open_given
from zoo.io.zip_reader import LARGEST_RATIO, SMALL

JSON_LINES = (".jsonl", ".ndjson")
ENDINGS = (".csv", ".tsv", *JSON_LINES, ".json", ".parquet")
PLAIN = ".txt"
# Characters; a long book has four million. And of a file that is one value.
LONGEST_LINE, _LARGEST_VALUE = 1 << 24, 1 << 30
# Of the rows that are left out, so many are shown.
_SHOWN = 3
# And of the columns that there are.
_NAMES = 20
UTF_16 = "it is in UTF-16"
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclasses.dataclass
class Table:
    """A file of rows, and how it is to be read.

    Attributes:
        path: the file.
        columns: names of the columns that are read.
        delimiter: between the columns of CSV or TSV; "" to find out.
        encoding: of the text; "" for UTF-8, or UTF-16 with its mark.
        skip_bad_rows: whether a row that cannot be used is left out and
            counted; else it is an error.
        allow_empty: whether a value may be empty.
        notes: what was guessed, known once rows are read.
        skipped: how many rows were left out.
        examples: why, of the first of them.
    """

    path: Path
    columns: Sequence[str]
    delimiter: str = ""
    encoding: str = ""
    skip_bad_rows: bool = False
    allow_empty: bool = False
    notes: list[str] = dataclasses.field(default_factory=list)
    skipped: int = 0
    examples: list[str] = dataclasses.field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        """Counts a row that cannot be used, if that may be.

        Raises:
            InputError: if it may not.
        """
        reason = f"{self.path}, line {line}: {reason}"
        if not self.skip_bad_rows:
            raise InputError(f"{reason} (--skip-bad-rows leaves such rows out)")
        self.skipped += 1
        if self.skipped <= _SHOWN:
            self.examples.append(reason)

    def note(self, text: str) -> None:
        """Keeps a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def find(self, names: Sequence[str], line: int) -> dict[str, str]:
        """By column that is wanted, the name that it has in the file.

        Raises:
            InputError: for one that is not there, or there twice.
        """
        found, text = {}, self.columns[0]
        for wanted in self.columns:
            same = [n for n in names if n == wanted] or [
                n for n in names if folded(n) == folded(wanted)
            ]
            if len(same) > 1:
                raise InputError(
                    f"{self.path}, line {line}: the column {same[0]!r:.80} is "
                    "there twice. Give one of them another name."
                )
            if not same:
                raise InputError(
                    f"{self.path}, line {line}: no column {wanted!r}. It has: "
                    f"{_shown(names)}. Say which one it is with "
                    f"--text-column{' and --label-column' * (wanted != text)}."
                )
            if same[0] != wanted:
                self.note(f"column {same[0]!r:.80} is read as {wanted!r}")
            found[wanted] = same[0]
        return found

    def lines(self, file: io.TextIOBase) -> Iterator[str]:
        """The lines of the file's text, none of them without an end.

        Raises:
            InputError: for one that no text has.
        """
        while line := file.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise InputError(
                    f"{self.path} has a line of {LONGEST_LINE:,} characters "
                    "or more."
                )
            yield line

    def whole(self, file: io.TextIOBase) -> str:
        """All of the file's text.

        Raises:
            InputError: for more than a file of its size holds.
        """
        most = min(_LARGEST_VALUE, most_unpacked(self.path))
        text = file.read(most + 1)
        if len(text) > most:
            raise InputError(f"{self.path} has more than {most:,} characters.")
        return text

    @contextlib.contextmanager
    def text(self) -> Iterator[io.TextIOBase]:
        """The file's text, unpacked and decoded as it is read."""
        with opened(self.path) as file:
            encoding = self.encoding
            if not encoding:
                start = file.peek(2)[:2]
                marked = start in _BYTE_ORDER_MARKS
                encoding = "utf-16" if marked else "utf-8-sig"
                if marked:
                    self.note(UTF_16)
            try:
                yield io.TextIOWrapper(file, encoding, newline="")
            except LookupError as error:
                raise InputError(
                    f"`encoding` {self.encoding!r} is none that Python knows. "
                    "Try latin-1, cp1252 or utf-16."
                ) from error


class BadRow(Exception):
    """Why a row cannot be used."""


def ending(path: Path) -> str:
    """What kind of file it is, by its ending; `.gz` behind it is left out.

    Raises:
        InputError: for an ending that is not known.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"Cannot read {path}: it is a directory.")
    suffix = path.suffix.lower()
    if suffix == ".gz":
        suffix = Path(path.stem).suffix.lower()
    if suffix not in (*ENDINGS, PLAIN):
        raise InputError(
            "A file of texts must end in "
            f"{', '.join(ENDINGS)} or {PLAIN}, perhaps with .gz behind. "
            f"Received: {path}"
        )
    return suffix


def is_table(path: Path) -> bool:
    """Whether a file's name says that it has rows, and is no plain text."""
    name = path.name.lower().removesuffix(".gz")
    return name.endswith(ENDINGS)


def opened(path: Path) -> Any:
    """The bytes of a file, unpacked."""
    file = open_given(path)
    if path.suffix.lower() != ".gz":
        return file
    # By its name, for it closes no file that it was given.
    file.close()
    return io.BufferedReader(gzip.open(path))


def most_unpacked(path: Path) -> int:
    """How many bytes a file may have when it is unpacked.

    Text becomes a tenth of itself; what becomes a hundredth was made to fill
    the memory of its reader.
    """
    return SMALL + LARGEST_RATIO * path.stat().st_size


def _shown(names: Sequence[Any]) -> str:
    more = len(names) - _NAMES
    return ", ".join(str(name)[:80] for name in names[:_NAMES]) + (
        f" and {more:,} more" * (more > 0)
    )


def folded(name: Any) -> str:
    """A column's name without case and spaces around it."""
    return str(name).strip().casefold()
