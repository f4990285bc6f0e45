"""`zoo predict`: which class a text is most likely of."""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from zoo.cli import refuse
from zoo.cli.output import print_json
from zoo.cli.parser import command_parser
from zoo.errors import InputError

# Seconds between two remarks on how far it is, and rows written at once.
_EVERY, _ROWS = 2.0, 1_024
# Unknown words of all texts from which it is said.
_MANY_UNKNOWN = 0.2


def predict(arguments: list[str]) -> None:
    """Prints a line for each text: the class, its probability, the text."""
    values = _parser().parse_intermixed_args(arguments)
    if values.file and values.texts:
        raise InputError("Texts come from the command line or from --file.")
    if values.to and not values.file:
        raise InputError("--to is for the answers to a --file.")
    refuse.model(values.model, "classifier")
    refuse.missing_file(values.file)
    if values.to:
        from zoo.io import table_writer

        table_writer.check(values.to)

    from zoo import pretrained
    from zoo.tasks import TextClassifier, require

    task = require(pretrained.load(values.model), TextClassifier)
    if values.to:
        return _to_file(task, values)
    texts = values.texts
    if values.file:
        texts = list(_texts(_table(values)))
    elif not texts:
        texts = [line.rstrip("\n") for line in sys.stdin]
    answers = task.predict(texts)
    if values.json:
        rows = zip(texts, answers, strict=True)
        return print_json([{"text": text, **row} for text, row in rows])
    width = max(map(len, task.labels))
    for text, answer in zip(texts, answers, strict=True):
        shown = " ".join(text.split())
        if len(shown) > 80:
            shown = f"{shown[:77]}..."
        print(f"{answer['label']:<{width}} {answer['probability']:.3f} {shown}")


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("predict")
    parser.add_argument("model", metavar="X")
    parser.add_argument(
        "texts",
        nargs="*",
        metavar="TEXT",
        help="texts; without any, each line of standard input is one",
    )
    parser.add_argument(
        "--file",
        type=Path,
        metavar="FILE",
        help="texts from a .csv, .tsv, .jsonl, .json, .parquet or .txt",
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        help="write the answers there (.csv, .tsv, .jsonl, .parquet) as they "
        "come, so the file may be larger than memory",
    )
    parser.add_argument("--text-column", default="text", metavar="NAME")
    parser.add_argument("--delimiter", default="", metavar="C")
    parser.add_argument("--encoding", default="", metavar="NAME")
    parser.add_argument(
        "--skip-bad-rows",
        action="store_true",
        help="leave out and count rows that cannot be read",
    )
    parser.add_json()
    return parser


def _table(values: argparse.Namespace) -> Any:
    from zoo.io.table_file import Table

    return Table(
        values.file,
        [values.text_column],
        values.delimiter,
        values.encoding,
        values.skip_bad_rows,
        # Each row has an answer, and its place.
        allow_empty=True,
    )


def _texts(table: Any) -> Iterator[str]:
    from zoo.io.table_reader import rows

    for _, (text,) in rows(table):
        yield text


def _to_file(task: Any, values: argparse.Namespace) -> None:
    from zoo.io.table_writer import writer

    table = _table(values)
    by_class = {f"p_{label}": label for label in task.labels}
    columns = ["text", "label", "probability", "unknown_share", *by_class]
    waiting: list[str] = []

    def remembered(texts: Iterable[str]) -> Iterator[str]:
        for text in texts:
            waiting.append(text)
            yield text

    began = said = time.monotonic()
    count, unknown = 0, 0.0
    rows: list[dict] = []
    with writer(values.to, columns) as write:
        for answer in task.predict_in_bulk(remembered(_texts(table))):
            p = answer.pop("probabilities")
            row = {"text": waiting[len(rows)], **answer}
            rows.append(row | {name: p[by_class[name]] for name in by_class})
            count, unknown = count + 1, unknown + answer["unknown_share"]
            if len(rows) == _ROWS:
                write(rows)
                del waiting[: len(rows)]
                rows = []
                if time.monotonic() > said + _EVERY:
                    said = time.monotonic()
                    print(f"{count:,} texts ...", file=sys.stderr, flush=True)
        write(rows) if rows else None
    seconds = time.monotonic() - began
    for note in (*table.notes, *_skipped(table)):
        print(f"Note: {note}", file=sys.stderr)
    if count and unknown / count > _MANY_UNKNOWN:
        print(
            f"Note: {100 * unknown / count:.0f} % of the words are unknown to "
            f"{task.name}: is it for texts like these?",
            file=sys.stderr,
        )
    print(
        f"{count:,} texts in {seconds:.1f} s ({count / seconds:,.0f}/s): "
        f"{values.to}"
    )


def _skipped(table: Any) -> list[str]:
    if not table.skipped:
        return []
    return [f"{table.skipped:,} rows were left out:", *table.examples]
