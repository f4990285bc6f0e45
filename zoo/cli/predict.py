"""`zoo predict`: which class a text is most likely of."""

import argparse
import array
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from zoo.cli import bulk, refuse, standard_streams
from zoo.cli.output import print_json
from zoo.cli.parser import Parser, command_parser
from zoo.errors import InputError
from zoo.pretrained import engines
from zoo.printable import printable

# Unknown words of all texts from which it is said.
_MANY_UNKNOWN = 0.2


def predict(arguments: list[str]) -> None:
    """Prints a line for each text: the class, its probability, the text."""
    values = _parser().parse_intermixed_args(arguments)
    if values.file and values.texts:
        raise InputError("Texts come from the command line or from --file.")
    engine = engines.of_command(values.engine)
    bulk.check(values.file, values.to)
    refuse.model(values.model, "classifier")
    refuse.missing_file(values.file)
    refuse.no_place(values.to)
    if not values.file and not values.texts:
        standard_streams.text_of_input()

    from zoo.pretrained import loader
    from zoo.tasks import OnnxClassifier

    task, keep = loader.opened(values.model, engine=engine)
    if not isinstance(task, OnnxClassifier):
        from zoo.tasks import TextClassifier, require

        require(task, TextClassifier)
    _answer(task, values)
    # Whoever waits has the answer now.
    standard_streams.flush()
    keep()


def _answer(task: Any, values: argparse.Namespace) -> None:
    if values.to:
        return _to_file(task, values)
    texts = values.texts
    if values.file:
        texts = list(bulk.texts(bulk.table(values, task.about)))
    elif not texts:
        texts = [line.rstrip("\n") for line in standard_streams.text_of_input()]
    answers = list(task.predict_in_bulk(texts))
    _say_unknown(task, [one["unknown_share"] for one in answers])
    if values.json:
        rows = zip(texts, answers, strict=True)
        return print_json([{"text": text, **row} for text, row in rows])
    # Of a model that was not loaded, they may be anything.
    labels = {label: printable(label) for label in task.labels}
    width = max(map(len, labels.values()))
    for text, answer in zip(texts, answers, strict=True):
        shown = printable(" ".join(text[:1000].split()))
        if len(shown) > 80:
            shown = f"{shown[:77]}..."
        label = labels[answer["label"]]
        print(f"{label:<{width}} {answer['probability']:.3f} {shown}")


def _parser() -> Parser:
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
    bulk.add_flags(parser)
    parser.add_argument(
        "--engine",
        metavar="NAME",
        help="onnx: ONNX Runtime, from a file that is made once and kept; "
        "keras; auto (default): onnx where there is a file, else keras, and "
        "the file is made behind the answer",
    )
    parser.add_json()
    return parser


def _to_file(task: Any, values: argparse.Namespace) -> None:
    by_class = {f"p_{label}": label for label in task.labels}
    columns = ["text", "label", "probability", "unknown_share", *by_class]
    shares = array.array("f")

    def answers(texts: Iterator[str]) -> Iterator[dict]:
        for found in task.predict_in_bulk(texts):
            p = found.pop("probabilities")
            shares.append(found["unknown_share"])
            yield found | {name: p[by_class[name]] for name in by_class}

    bulk.answer(bulk.table(values, task.about), values.to, columns, answers)
    _say_unknown(task, shares)


def _say_unknown(task: Any, shares: Sequence[float]) -> None:
    """Says so if much of the texts is unknown to a model."""
    mean = sum(shares) / max(1, len(shares))
    if mean > _MANY_UNKNOWN:
        print(
            f"Note: {100 * mean:.0f} % of the {task.tokenizer.unit}s are "
            f"unknown to {printable(task.name)}: is it for texts like these?",
            file=sys.stderr,
        )
