"""Rows to a file, as they come: CSV, TSV, JSON lines or Parquet."""

import contextlib
import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from zoo.errors import InputError
from zoo.io.files import replacing
from zoo.io.table_file import ending

ENDINGS = (".csv", ".tsv", ".jsonl", ".parquet")
# A function that writes some more rows, each a dict of the columns.
Write = Callable[[Sequence[dict[str, Any]]], None]


def check(path: Path) -> None:
    """Refuses a file of another ending.

    Raises:
        InputError: for such a one.
    """
    name = Path(path).name.lower().removesuffix(".gz")
    if not name.endswith(ENDINGS):
        raise InputError(
            f"A file of answers must end in {', '.join(ENDINGS)}. "
            f"Received: {path}"
        )


@contextlib.contextmanager
def writer(path: Path, columns: Sequence[str]) -> Iterator[Write]:
    """A function that writes rows; the file is there when all are written.

    Args:
        path: the file, by its ending; `.gz` behind it packs it.
        columns: of each row.

    Raises:
        InputError: for another ending, or where Parquet needs pyarrow.
    """
    check(path)
    kind = ending(path)
    with replacing(path) as draft:
        if kind == ".parquet":
            with _parquet(draft, columns) as write:
                yield write
            return
        packed = path.suffix.lower() == ".gz"
        opened = gzip.open if packed else open
        with opened(draft, "wt", encoding="utf-8", newline="") as file:
            if kind == ".jsonl":
                yield _json_lines(file)
            else:
                yield _table(file, columns, "\t" if kind == ".tsv" else ",")


def _json_lines(file: TextIO | io.TextIOWrapper) -> Write:
    def write(rows):
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=True) + "\n")

    return write


def _table(
    file: TextIO | io.TextIOWrapper, columns: Sequence[str], delimiter: str
) -> Write:
    table = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    if delimiter == "\t":
        # Between tabs nothing quotes; tabs and line ends become spaces.
        file.write("\t".join(map(_line, map(_plain, columns))) + "\n")
    else:
        table.writerow(map(_plain, columns))

    def write(rows):
        for row in rows:
            values = [_plain(row[column]) for column in columns]
            if delimiter == "\t":
                file.write("\t".join(map(_line, values)) + "\n")
            else:
                table.writerow(values)

    return write


def _plain(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return _whole(str(value))


def _whole(value):
    """A text without half a character, which is in no encoding."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "replace").decode("utf-8")


def _line(value):
    return " ".join(str(value).splitlines()).replace("\t", " ")


@contextlib.contextmanager
def _parquet(path: Path, columns: Sequence[str]) -> Iterator[Write]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise InputError(
            'Parquet needs pyarrow: pip install "recurrent-zoo[parquet]"'
        ) from error
    file = None

    def write(rows):
        nonlocal file
        table = pyarrow.Table.from_pylist(
            [
                {_whole(name): _whole(row[name]) for name in columns}
                for row in rows
            ],
            schema=file.schema if file else None,
        )
        if file is None:
            file = parquet.ParquetWriter(path, table.schema)
        file.write_table(table)

    try:
        yield write
        if file is None:
            parquet.write_table(
                pyarrow.table({_whole(name): [] for name in columns}), path
            )
    finally:
        if file is not None:
            file.close()
