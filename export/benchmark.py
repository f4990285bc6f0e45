"""`zoo benchmark`: a model in every format and runtime, side by side."""

import csv
import sys
import tempfile
from pathlib import Path
from typing import Any

from export.flags import add_data_flags
from zoo.argument_checks import at_least
from zoo.cli import refuse
from zoo.cli.output import print_json, print_rich
from zoo.cli.parser import Parser, command_parser
from zoo.errors import InputError

# Titles of the columns that a terminal has room for.
_TITLES = {
    "format": "format",
    "weights": "weights",
    "runtime": "runtime",
    "bytes": "MiB",
    "ms_batch_1": "ms, 1",
    "ms_batch_32": "ms, 32",
    "tokens_per_second": "tokens/s",
    "sentences_per_second": "texts/s",
    "largest_difference": "differs",
    "score": "score",
}


def benchmark(arguments: list[str]) -> None:
    """Makes the files in a folder that goes away, and prints the table."""
    values = _parser().parse_intermixed_args(arguments)
    at_least(1, length=values.length, rounds=values.rounds)
    if values.json and values.csv:
        raise InputError("Print --json or --csv, not both.")
    refuse.model(values.model)
    refuse.missing_file(values.validation_file)

    from export.benchmarking import measuring, subjects
    from zoo import pretrained

    trained = pretrained.load(values.model)
    validation = _validation(trained, values)
    with tempfile.TemporaryDirectory() as folder:
        found = subjects.of(trained, Path(folder))
        given = measuring.given(trained, values.length, found[0].answer)
        rows = measuring.measured(found, given, values.rounds, validation)
    about = {
        "name": trained.name,
        "inputs": given.about,
        "batches": list(given.inputs),
        "rounds": values.rounds,
        "threads": measuring.threads(),
        "score": None if validation is None else _scored(validation),
        "rows": rows,
    }
    if values.json:
        return print_json(about)
    if values.csv:
        return _print_csv(rows)
    _print_table(about)


def _parser() -> Parser:
    parser = command_parser("benchmark")
    parser.add_argument("model", metavar="X")
    parser.add_argument(
        "--length",
        type=int,
        default=100,
        metavar="N",
        help="ids in a row (default: 100; a translator gets sentences "
        "instead, where some are known for its data)",
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=7,
        metavar="N",
        help="how often each is measured; the median counts (default: 7)",
    )
    add_data_flags(parser)
    parser.add_json()
    parser.add_argument("--csv", action="store_true", help="print CSV")
    return parser


def _validation(trained: Any, values: Any) -> Any:
    """What is scored on, if a flag says it."""
    if (values.validation_file, values.data_dir) == (None, None):
        return None
    from recipes.evaluation import sources

    return sources.validation(trained, values.validation_file, values.data_dir)


def _scored(validation: Any) -> str:
    name = validation.score.replace("_", " ")
    return (
        f"{name} on {validation.examples:,} {validation.unit} "
        f"({validation.split})"
    )


def _print_csv(rows: list[dict]) -> None:
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _print_table(about: dict) -> None:
    from rich.table import Table

    rows = about["rows"]
    names = [
        name
        for name in _TITLES
        if any(row.get(name) not in (None, "") for row in rows)
    ]
    table = Table(box=None, pad_edge=False)
    for name in names:
        numbers = name not in ("format", "weights", "runtime")
        justify: Any = "right" if numbers else "left"
        table.add_column(_TITLES[name], justify=justify, no_wrap=numbers)
    for row in rows:
        table.add_row(*(_shown(name, row[name]) for name in names))
    print_rich(table)
    print()
    for row in rows:
        if row["note"]:
            of = f"{row['format']} {row['weights']} {row['runtime']}".strip()
            print(f"{of}: {row['note']}")
    print(f"{about['name']}: {about['inputs']}; {about['rounds']} rounds")
    print(f"threads: {about['threads']}")
    if about["score"]:
        print(f"score: {about['score']}")


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name == "bytes":
        return f"{value / 2**20:.2f}"
    if name == "largest_difference":
        return f"{value:.2g}"
    if name == "score":
        return f"{value:.4f}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
