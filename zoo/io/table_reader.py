"""Rows of a user's own file: CSV, TSV, JSON lines, JSON, Parquet or plain text.

The file is read row by row, so it may be larger than memory (but for `.json`,
which is one value).
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from zoo.errors import InputError
from zoo.io import table_formats
from zoo.io.table_file import (
    JSON_LINES,
    PLAIN,
    UTF_16,
    BadRow,
    Table,
    ending,
    opened,
)

_READERS = {
    ".csv": table_formats.delimited,
    ".tsv": table_formats.delimited,
    **dict.fromkeys(JSON_LINES, table_formats.json_lines),
    ".json": table_formats.json_list,
    ".parquet": table_formats.parquet,
    PLAIN: table_formats.plain,
}


def rows(table: Table) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file, each its line and its values.

    Args:
        table: which file, and how it is read; it keeps what was found out.

    Yields:
        `line`, which counts from 1, the header included (of Parquet and JSON
        it is the row), and a string for each of the table's columns.

    Raises:
        InputError: for a file that is missing, of another ending or encoding,
            without a column or with one that is there twice; for a row that
            cannot be used.
    """
    table.path = Path(table.path)
    read = _READERS[ending(table.path)]
    try:
        for line, row in read(table):
            try:
                yield line, [_value(table, row, c) for c in table.columns]
            except BadRow as error:
                table.refuse(line, str(error))
    except UnicodeError as error:
        raise _undecodable(table, error) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{table.path}: no whole gzip file.") from error
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"Cannot read {table.path}: {reason}.") from error


def _value(table, row, column):
    value = row[column]
    if isinstance(value, (bool, int, float)):
        value = str(value)
    if isinstance(value, str) and (value.strip() or table.allow_empty):
        return value
    if value is None and table.allow_empty:
        return ""
    raise BadRow(
        f"column {column!r} must be text that is not empty. "
        f"Received: {str(value)[:80]!r}"
    )


def _undecodable(table, error):
    encoding = table.encoding or "utf-8"
    if UTF_16 in table.notes:
        encoding = "utf-16"
    where, byte = "", ""
    if isinstance(error, UnicodeDecodeError):
        byte = f" (byte 0x{error.object[error.start]:02x})"
    if not encoding.replace("-", "").lower().startswith("utf16"):
        where = f", line {_first_bad_line(table.path, encoding)}"
    return InputError(
        f"{table.path}{where}: not {encoding.upper()}{byte}. Say what it "
        "is, as in --encoding latin-1."
    )


def _first_bad_line(path, encoding):
    with opened(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeError:
                return number
    return number
