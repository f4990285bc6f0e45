"""Rows of a user's own file: CSV, TSV, JSON lines, JSON, Parquet or plain text.

The file is read row by row, so it may be larger than memory (but for `.json`,
which is one value). What was guessed, the delimiter or the case of a column's
name, is kept as a note, for the one who asked to print.
"""

import contextlib
import csv
import dataclasses
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from zoo.errors import InputError

_DELIMITERS = (",", ";", "\t", "|")
_JSON_LINES = (".jsonl", ".ndjson")
ENDINGS = (".csv", ".tsv", *_JSON_LINES, ".json", ".parquet")
PLAIN = ".txt"
# Of the rows that are left out, so many are shown.
_SHOWN = 3
_UTF_16 = "it is in UTF-16"
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclasses.dataclass
class Table:
    """The rows of a file; an iterator of `(line, values)`.

    `values` has a string for each of `columns`, in their order. `line` counts
    from 1, the header included; of Parquet and JSON it is the row.

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

    Raises:
        InputError: while it is read: for a file that is missing, of another
            ending or encoding, without a column or with one that is there
            twice; for a row that cannot be used.
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

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        self.path = Path(self.path)
        read = _READERS[ending(self.path)]
        try:
            for line, row in read(self):
                try:
                    yield line, [self._value(row, c) for c in self.columns]
                except _BadRow as error:
                    self.refuse(line, str(error))
        except UnicodeError as error:
            raise self._undecodable(error) from error
        except (EOFError, gzip.BadGzipFile) as error:
            raise InputError(f"{self.path}: no whole gzip file.") from error
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"Cannot read {self.path}: {reason}.") from error

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
        found = {}
        for wanted in self.columns:
            same = [n for n in names if n == wanted] or [
                n for n in names if _folded(n) == _folded(wanted)
            ]
            if len(same) > 1:
                raise InputError(
                    f"{self.path}, line {line}: the column {same[0]!r} is "
                    "there twice. Give one of them another name."
                )
            if not same:
                raise InputError(
                    f"{self.path}, line {line}: no column {wanted!r}. It has: "
                    f"{', '.join(map(str, names))}. Say which one it is with "
                    "--text-column and --label-column."
                )
            if same[0] != wanted:
                self.note(f"column {same[0]!r} is read as {wanted!r}")
            found[wanted] = same[0]
        return found

    @contextlib.contextmanager
    def text(self) -> Iterator[io.TextIOBase]:
        """The file's text, unpacked and decoded as it is read."""
        with _opened(self.path) as file:
            encoding = self.encoding
            if not encoding:
                start = file.peek(2)[:2]
                marked = start in _BYTE_ORDER_MARKS
                encoding = "utf-16" if marked else "utf-8-sig"
                if marked:
                    self.note(_UTF_16)
            try:
                yield io.TextIOWrapper(file, encoding, newline="")
            except LookupError as error:
                raise InputError(
                    f"`encoding` {self.encoding!r} is none that Python knows. "
                    "Try latin-1, cp1252 or utf-16."
                ) from error

    def _value(self, row, column):
        value = row[column]
        if isinstance(value, (bool, int, float)):
            value = str(value)
        if isinstance(value, str) and (value.strip() or self.allow_empty):
            return value
        if value is None and self.allow_empty:
            return ""
        raise _BadRow(
            f"column {column!r} must be text that is not empty. "
            f"Received: {str(value)[:80]!r}"
        )

    def _undecodable(self, error):
        encoding = self.encoding or "utf-8"
        if _UTF_16 in self.notes:
            encoding = "utf-16"
        where, byte = "", ""
        if isinstance(error, UnicodeDecodeError):
            byte = f" (byte 0x{error.object[error.start]:02x})"
        if not encoding.replace("-", "").lower().startswith("utf16"):
            where = f", line {_first_bad_line(self.path, encoding)}"
        return InputError(
            f"{self.path}{where}: not {encoding.upper()}{byte}. Say what it "
            "is, as in --encoding latin-1."
        )


class _BadRow(Exception):
    """Why a row cannot be used."""


def ending(path: Path) -> str:
    """What kind of file it is, by its ending; `.gz` behind it is left out.

    Raises:
        InputError: for an ending that is not known.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".gz":
        suffix = Path(path.stem).suffix.lower()
    if suffix not in _READERS:
        raise InputError(
            "A file of texts must end in "
            f"{', '.join(ENDINGS)} or {PLAIN}, perhaps with .gz behind. "
            f"Received: {path}"
        )
    return suffix


def _opened(path):
    if path.suffix.lower() == ".gz":
        return io.BufferedReader(gzip.open(path))
    return open(path, "rb")


def _first_bad_line(path, encoding):
    with _opened(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeError:
                return number
    return number


def _folded(name: Any) -> str:
    return str(name).strip().casefold()


def _delimited(table: Table) -> Iterator[tuple[int, dict]]:
    # Python's limit of 128 KiB a field is below the longest of texts.
    csv.field_size_limit(1 << 30)
    tabs = ending(table.path) == ".tsv"
    with table.text() as file:
        lines = (line.replace("\0", " ") for line in file)
        first = next(lines, "")
        # Quotes may hold a line end.
        while first.count('"') % 2 and not tabs:
            more = next(lines, "")
            if not more:
                break
            first += more
        delimiter = {"tab": "\t", "\\t": "\t"}.get(
            table.delimiter, table.delimiter
        )
        if not delimiter:
            delimiter = "\t" if tabs else _sniffed(first, table.columns)
            if not tabs and delimiter != ",":
                table.note(f"{delimiter!r} is between its columns")
        if len(delimiter) != 1:
            raise InputError(
                "`delimiter` must be one character, or tab. Received: "
                f"{table.delimiter!r}"
            )
        # Between tabs, a quote is a quote.
        reader = csv.reader(
            _chained(first, lines),
            delimiter=delimiter,
            quoting=(
                csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
            ),
            strict=True,
        )
        yield from _with_header(table, reader)


def _with_header(table, reader):
    header: list[str] | None = None
    names: dict[str, str] = {}
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            # What comes behind cannot be told apart.
            raise InputError(
                f"{table.path}, line {reader.line_num}: {error}."
            ) from error
        if row is None:
            return
        if not row:
            continue
        if header is None:
            header = row
            names = table.find(header, reader.line_num)
            places = {wanted: header.index(n) for wanted, n in names.items()}
        elif len(row) != len(header):
            table.refuse(
                reader.line_num,
                f"{len(row)} columns, where the header has {len(header)}.",
            )
        else:
            yield reader.line_num, {w: row[p] for w, p in places.items()}


def _chained(first, lines):
    yield from first.splitlines(keepends=True)
    yield from lines


def _sniffed(header, columns):
    """The delimiter of a header line: the one that shows what is wanted."""
    wanted = {_folded(column) for column in columns}

    def merit(delimiter):
        names = next(csv.reader([header], delimiter=delimiter), [])
        return len(wanted & {_folded(name) for name in names}), len(names)

    return max(_DELIMITERS, key=merit)


def _json_lines(table: Table) -> Iterator[tuple[int, dict]]:
    with table.text() as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = _parsed(line)
            except _BadRow as error:
                table.refuse(number, str(error))
                continue
            if isinstance(row, _Object):
                yield number, _named(table, row, number)
            else:
                table.refuse(number, "not a JSON object.")


def _json(table: Table) -> Iterator[tuple[int, dict]]:
    with table.text() as file:
        try:
            rows = _parsed(file.read())
        except _BadRow as error:
            raise InputError(f"{table.path}: {error}") from error
    if type(rows) is not list:
        raise InputError(
            f"{table.path} must hold a list of objects, one for each row."
        )
    for number, row in enumerate(rows, start=1):
        if isinstance(row, _Object):
            yield number, _named(table, row, number)
        else:
            table.refuse(number, "not a JSON object.")


class _Object(list):
    """The pairs of names and values of a JSON object."""


def _parsed(text):
    """A JSON value; numbers stay as they are written, NaN is no value."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_Object,
            parse_int=str,
            parse_float=str,
            parse_constant=lambda name: None,
        )
    except (ValueError, RecursionError) as error:
        raise _BadRow(f"{error}.") from error


def _named(table, pairs, line):
    names = table.find([name for name, _ in pairs], line)
    values = dict(pairs)
    row = {wanted: values[name] for wanted, name in names.items()}
    for wanted, value in row.items():
        if isinstance(value, str) and _is_broken(value):
            # A text may hold half a character; it is read as U+FFFD.
            row[wanted] = value.encode("utf-16", "surrogatepass").decode(
                "utf-16", "replace"
            )
            table.note(f"column {wanted!r} holds halves of characters")
    return row


def _is_broken(text):
    return any("\ud800" <= one <= "\udfff" for one in text)


def _parquet(table: Table) -> Iterator[tuple[int, dict]]:
    try:
        from pyarrow import ArrowException, parquet
    except ModuleNotFoundError as error:
        raise InputError(
            'Parquet needs pyarrow: pip install "recurrent-zoo[parquet]"'
        ) from error
    with open(table.path, "rb") as file:
        try:
            opened = parquet.ParquetFile(file)
            names = table.find(opened.schema_arrow.names, 1)
            number = 0
            for batch in opened.iter_batches(columns=list(names.values())):
                for row in batch.to_pylist():
                    number += 1
                    yield number, {w: row[name] for w, name in names.items()}
        except ArrowException as error:
            raise InputError(f"{table.path}: {error}") from error


def _plain(table: Table) -> Iterator[tuple[int, dict]]:
    """Each line that is not empty is the text of a row."""
    if len(table.columns) > 1:
        raise InputError(
            f"{table.path} has texts alone. Labelled texts are in a file that "
            f"ends in {', '.join(ENDINGS)}."
        )
    (column,) = table.columns
    with table.text() as file:
        kept = ""
        # A text may hold what Python alone takes for the end of a line.
        for number, line in enumerate(file, start=1):
            kept += line
            if not line.endswith("\n"):
                continue
            if kept.strip() or table.allow_empty:
                yield number, {column: kept.removesuffix("\n").rstrip("\r")}
            kept = ""
        if kept.strip():
            yield number, {column: kept}


_READERS = {
    ".csv": _delimited,
    ".tsv": _delimited,
    **dict.fromkeys(_JSON_LINES, _json_lines),
    ".json": _json,
    ".parquet": _parquet,
    PLAIN: _plain,
}
