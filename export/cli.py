"""The flags of `zoo export`, and what it prints."""

from collections.abc import Callable
from pathlib import Path

from zoo.errors import InputError


def add(command: Callable, with_json: Callable, run: Callable) -> None:
    """Adds the command to the front door's, which runs it by `run`."""
    sub = with_json(
        command("export", run, "X as SavedModel and ONNX, verified")
    )
    sub.add_argument("model", metavar="X")
    sub.add_argument("--to", type=Path, required=True, metavar="DIR")
    sub.add_argument(
        "--formats",
        metavar="LIST",
        help="default: saved_model,onnx; with --quantize onnx alone, as a "
        "SavedModel stays in float32",
    )
    sub.add_argument(
        "--quantize",
        metavar="WEIGHTS",
        help="int8 or float16: smaller ONNX files, scored on validation data",
    )
    sub.add_argument(
        "--largest-loss",
        type=float,
        metavar="X",
        help="refuse them if the score gets worse by more than that, in its "
        "own unit (default: 0.005 of accuracy or exact matches, 0.5 BLEU, 0.02 "
        "nats a token)",
    )
    sub.add_argument(
        "--validation-file",
        type=Path,
        metavar="FILE",
        help="your own data to score on: texts and labels (.csv, .tsv, "
        ".jsonl), a text, or sentences and translations with a tab between",
    )
    sub.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="where the data are that X was trained on, to score on them",
    )


def formats(values) -> tuple | None:
    """The formats that were asked for; None for the default.

    Raises:
        InputError: for a flag that means nothing without `--quantize`.
    """
    if values.quantize is None:
        for name in ("largest_loss", "validation_file", "data_dir"):
            if getattr(values, name) is not None:
                flag = f"--{name.replace('_', '-')}"
                raise InputError(f"{flag} needs --quantize.")
    return values.formats and tuple(values.formats.split(","))


def show(manifest: dict, folder: Path) -> None:
    """Prints how an export was verified, and what smaller weights cost."""
    about = manifest.get("quantization")
    for artifact, difference in manifest["largest_difference"].items():
        print(f"verified  {artifact:<16}  differs by at most {difference:.2g}")
    if about is not None:
        before, after = (
            f"{about[name] / 2**20:.2f}"
            for name in ("bytes_before", "bytes_after")
        )
        print(f"{about['weights']:<8}  {before} MiB -> {after} MiB")
        print(f"score     {about['score']['line']}")
    print(f"exported to {folder}")
