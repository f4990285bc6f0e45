"""A file of texts in, a file of answers out: what three commands share."""

import itertools
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from zoo.cli.parser import Parser
from zoo.errors import InputError
from zoo.io.table_file import Table
from zoo.printable import one_line, printable
from zoo.redaction import without_secrets

# Seconds between two remarks on how far it is, and rows written at once.
_EVERY, _ROWS = 2.0, 1_024
# A function of texts to a dict for each, of some or all of the columns.
Answers = Callable[[Iterator[str]], Iterable[dict[str, Any]]]


def add_flags(parser: Parser) -> None:
    """Adds the flags that say how a table is read."""
    parser.add_argument(
        "--text-column",
        default="",
        metavar="NAME",
        help="by default that of the training, else text",
    )
    parser.add_argument(
        "--keep-column",
        action="append",
        default=[],
        metavar="NAME",
        help="with --to: another column to write too; may be repeated",
    )
    parser.add_argument("--delimiter", default="", metavar="C")
    parser.add_argument("--encoding", default="", metavar="NAME")
    parser.add_argument(
        "--skip-bad-rows",
        action="store_true",
        help="leave out and count rows that cannot be read",
    )


def check(file: Path | None, to: Path | None) -> None:
    """Refuses what cannot be done, before anything is loaded.

    Raises:
        InputError: for answers to no file, or a file of another ending.
    """
    if to and not file:
        raise InputError("--to is for the answers to a --file.")
    if to and file:
        from zoo.io import table_writer

        table_writer.check(to)
        if to.exists() and file.exists() and to.samefile(file):
            raise InputError(
                f"{to} is what is read. Write the answers to another file."
            )


def table(values: Any, about: dict) -> Table:
    """The table of `--file`, as the flags say.

    Args:
        values: the flags.
        about: what is known of the model, with the configuration that it was
            trained with.
    """
    config = about.get("config")
    trained_on = config.get("text_column") if isinstance(config, dict) else ""
    text = values.text_column or str(trained_on or "text")
    return Table(
        values.file,
        [text, *dict.fromkeys(values.keep_column if values.to else ())],
        values.delimiter,
        values.encoding,
        values.skip_bad_rows,
        # Each row has an answer, and its place.
        allow_empty=True,
    )


def texts(of: Table) -> Iterator[str]:
    """Its texts, as they are read."""
    for text, *_ in _rows_of(of):
        yield text


def _rows_of(of):
    from zoo.io.table_reader import rows

    for _, values in rows(of):
        yield values


def answer(
    of: Table, to: Path, columns: Sequence[str], answers: Answers
) -> None:
    """Writes a row for each text, as the answers come; says how many.

    Args:
        of: the table; its columns but the first one are written too, with
            `given_` before a name that an answer has.
        to: the file of answers.
        columns: of that, `text` first.
        answers: a row for each text, in their order, but for the text.

    Raises:
        InputError: for a row that cannot be read.
    """
    from zoo.io.table_writer import writer

    waiting, read = itertools.tee(_rows_of(of))
    kept = [f"given_{n}" if n in columns else n for n in of.columns[1:]]
    began = said = time.monotonic()
    count = empty = 0
    rows: list[dict] = []
    with writer(to, [*columns, *kept]) as write:
        for found in answers(values[0] for values in read):
            text, *others = next(waiting)
            more = dict(zip(kept, others, strict=True))
            rows.append({"text": text, **found, **more})
            count, empty = count + 1, empty + (not text.strip())
            if len(rows) == _ROWS:
                write(rows)
                rows = []
            if time.monotonic() > said + _EVERY:
                said = time.monotonic()
                print(f"{count:,} texts ...", file=sys.stderr, flush=True)
        write(rows) if rows else None
    seconds = time.monotonic() - began
    notes = [f"{empty:,} texts are empty; their answers mean nothing"]
    for note in (*of.notes, *_skipped(of), *notes[: bool(empty)]):
        print(f"Note: {one_line(without_secrets(note))}", file=sys.stderr)
    print(
        f"{count:,} texts in {seconds:.1f} s ({count / seconds:,.0f}/s): "
        f"{printable(to)}"
    )


def _skipped(of: Table) -> list[str]:
    if not of.skipped:
        return []
    return [f"{of.skipped:,} rows were left out:", *of.examples]
