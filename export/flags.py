"""The flags of `zoo export`, in groups."""

import argparse
from pathlib import Path
from typing import Any

from export.request import DEFAULT_FORMATS, FORMATS, LAYOUTS, OPSET, WEIGHTS
from zoo.cli.parser import Parser


def add_flags(parser: Parser) -> None:
    """Adds them all, but for the model, `--to` and `--json`."""
    files = parser.add_argument_group("what is made")
    files.add_argument(
        "--formats",
        "--format",
        metavar="LIST",
        help=f"of {', '.join(FORMATS)}, with commas between (default: "
        f"{','.join(DEFAULT_FORMATS)}; with --quantize onnx)",
    )
    files.add_argument(
        "--layout",
        metavar="SERVER",
        help=f"arrange the folder for a server: {' or '.join(LAYOUTS)}",
    )
    files.add_argument(
        "--text-in",
        action="store_true",
        help="one more ONNX file, from text to answer",
    )
    numbers = parser.add_argument_group("numbers and shapes")
    numbers.add_argument(
        "--opset",
        type=int,
        default=OPSET,
        metavar="N",
        help=f"version of ONNX's operators, from 17 (default: {OPSET})",
    )
    for name, what in (("--batch-size", "rows"), ("--length", "steps")):
        numbers.add_argument(
            name,
            type=int,
            metavar="N",
            help=f"fix the number of {what} (default: any; a SavedModel always "
            "takes any)",
        )
    numbers.add_argument(
        "--atol",
        type=float,
        metavar="X",
        help="refuse files whose logits differ by more from the model's "
        "(default: SavedModel 1e-6; other files of a classifier 1e-5, of a "
        "language model or translator 1e-4, like all step forms)",
    )
    smaller = parser.add_argument_group("smaller weights")
    smaller.add_argument(
        "--quantize",
        metavar="WEIGHTS",
        help=f"{' or '.join(WEIGHTS)}: a quarter or a half of the size; only a "
        "language model's LSTM in int8 is faster too; models that ship stay "
        "exactly the same in int8, others are scored on data",
    )
    smaller.add_argument(
        "--largest-loss",
        type=float,
        metavar="X",
        help="refuse them if the score gets worse by more (default: 0.005 of "
        "accuracy or exact matches, 0.5 BLEU, 0.02 nats a token)",
    )
    add_data_flags(smaller)


def add_data_flags(parser: argparse._ArgumentGroup | Parser) -> None:
    """Adds those that say what is scored on."""
    parser.add_argument(
        "--validation-file",
        "--calibration-file",
        type=Path,
        metavar="FILE",
        help="score on your own: labelled texts (.csv, .tsv, .jsonl), a text, "
        "or sentences and translations with a tab between",
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="score on what X was trained with, which lies there; nothing is "
        "downloaded",
    )


def data_flags(values: Any) -> list[str]:
    """Names of the attributes of `add_data_flags`."""
    return [name for name in vars(values) if name in _DATA]


_DATA = ("validation_file", "data_dir")
