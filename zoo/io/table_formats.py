"""Rows of files by their form: of each its line, and what is wanted of it.

A value is a string, or what the form has for numbers, truth and nothing.
"""

import csv
import io
import json
from collections.abc import Iterator

from zoo.errors import InputError
from zoo.io.files import open_given
from zoo.io.table_file import (
    ENDINGS,
    LONGEST_LINE,
    BadRow,
    Table,
    ending,
    folded,
)

_DELIMITERS = (",", ";", "\t", "|")
# Of Parquet, so many are read at once.
_ROWS = 64
Rows = Iterator[tuple[int, dict]]


def delimited(table: Table) -> Rows:
    """CSV and TSV."""
    # Python's limit of 128 KiB a field is below the longest of texts.
    csv.field_size_limit(LONGEST_LINE)
    tabs = ending(table.path) == ".tsv"
    with table.text() as file:
        lines = (line.replace("\0", " ") for line in table.lines(file))
        first = "" if tabs else _header(lines)
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


def _header(lines):
    """The first line, and those behind it that its quotes hold."""
    parts, quotes, length = [], 0, 0
    for line in lines:
        parts.append(line)
        quotes, length = quotes + line.count('"'), length + len(line)
        # The reader of rows refuses such a one.
        if not quotes % 2 or length > LONGEST_LINE:
            break
    return "".join(parts)


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
    # Not `splitlines`, for which a cell may hold ends of lines.
    yield from io.StringIO(first, newline="")
    yield from lines


def _sniffed(header, columns):
    """The delimiter of a header line: the one that shows what is wanted."""
    wanted = {folded(column) for column in columns}

    def merit(delimiter):
        try:
            names = next(csv.reader([header], delimiter=delimiter), [])
        except csv.Error:
            # Whoever reads the rows says what is wrong with it.
            return 0, 0
        return len(wanted & {folded(name) for name in names}), len(names)

    return max(_DELIMITERS, key=merit)


def json_lines(table: Table) -> Rows:
    """An object in each line."""
    with table.text() as file:
        for number, line in enumerate(table.lines(file), start=1):
            if not line.strip():
                continue
            try:
                row = _parsed(line)
            except BadRow as error:
                table.refuse(number, str(error))
                continue
            if isinstance(row, _Object):
                yield number, _named(table, row, number)
            else:
                table.refuse(number, "not a JSON object.")


def json_list(table: Table) -> Rows:
    """One list of objects."""
    with table.text() as file:
        try:
            rows = _parsed(table.whole(file))
        except BadRow as error:
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
        raise BadRow(f"{error}.") from error


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


def parquet(table: Table) -> Rows:
    """Parquet, by pyarrow."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ModuleNotFoundError as error:
        raise InputError(
            'Parquet needs pyarrow: pip install "recurrent-zoo[parquet]"'
        ) from error
    with open_given(table.path) as file:
        try:
            opened = ParquetFile(file)
            names = table.find(opened.schema_arrow.names, 1)
            number = 0
            # A text that stands there once may be that of many rows.
            for batch in opened.iter_batches(_ROWS, columns=[*names.values()]):
                for row in batch.to_pylist():
                    number += 1
                    yield number, {w: row[name] for w, name in names.items()}
        except ArrowException as error:
            raise InputError(f"{table.path}: {error}") from error


def plain(table: Table) -> Rows:
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
        for number, line in enumerate(table.lines(file), start=1):
            kept += line
            if not line.endswith("\n"):
                continue
            if kept.strip() or table.allow_empty:
                yield number, {column: kept.removesuffix("\n").rstrip("\r")}
            kept = ""
        if kept.strip():
            yield number, {column: kept}
