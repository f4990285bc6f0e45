"""`zoo export`: a model as files for deployment, each of them verified.

The one file of `export` that may reach `recipes`, for the data that smaller
weights are scored on.
"""

from pathlib import Path

from export import request
from zoo.cli import refuse
from zoo.cli.output import print_json
from zoo.cli.parser import Parser, command_parser
from zoo.errors import InputError
from zoo.printable import printable


def export(arguments: list[str]) -> None:
    """Writes the files and prints how they were verified."""
    values = _parser().parse_intermixed_args(arguments)
    formats = _formats(values)
    # Before the data are read that smaller files are scored on.
    request.check(values.to, formats, values.quantize, values.largest_loss)
    refuse.model(values.model)

    import export
    from zoo import pretrained

    trained = pretrained.load(values.model)
    validation = None
    if values.quantize is not None:
        from recipes.evaluation import sources

        validation = sources.validation(
            trained, values.validation_file, values.data_dir
        )
    manifest = export.export(
        trained,
        values.to,
        formats,
        values.quantize,
        validation,
        values.largest_loss,
    )
    if values.json:
        return print_json(manifest)
    show(manifest, values.to)


def _parser() -> Parser:
    parser = command_parser("export")
    parser.add_argument("model", metavar="X")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--formats",
        metavar="LIST",
        help="default: saved_model,onnx; with --quantize onnx alone, as a "
        "SavedModel stays in float32",
    )
    parser.add_argument(
        "--quantize",
        metavar="WEIGHTS",
        help="int8 or float16: smaller ONNX files, scored on validation data",
    )
    parser.add_argument(
        "--largest-loss",
        type=float,
        metavar="X",
        help="refuse them if the score gets worse by more than that, in its "
        "own unit (default: 0.005 of accuracy or exact matches, 0.5 BLEU, 0.02 "
        "nats a token)",
    )
    parser.add_argument(
        "--validation-file",
        type=Path,
        metavar="FILE",
        help="your own data to score on: texts and labels (.csv, .tsv, "
        ".jsonl), a text, or sentences and translations with a tab between",
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="where the data are that X was trained on, to score on them",
    )
    parser.add_json()
    return parser


def _formats(values) -> tuple | None:
    """The formats that were asked for; None for the default.

    Raises:
        InputError: for a flag that means nothing without `--quantize`.
    """
    if values.quantize is None:
        for name in ("largest_loss", "validation_file", "data_dir"):
            if getattr(values, name) is not None:
                flag = f"--{name.replace('_', '-')}"
                raise InputError(f"{flag} needs --quantize.")
    if values.formats is None:
        return None
    return tuple(values.formats.split(","))


def show(manifest: dict, folder: Path) -> None:
    """Prints how an export was verified, and what smaller weights cost."""
    from export.runtimes import verification

    about = manifest.get("quantization")
    for artifact, difference in manifest["largest_difference"].items():
        print(f"verified  {artifact:<16}  differs by at most {difference:.2g}")
    for line in verification.lines(manifest.get("runtimes", {})):
        print(line)
    if about is not None:
        before, after = (
            f"{about[name] / 2**20:.2f}"
            for name in ("bytes_before", "bytes_after")
        )
        print(f"{about['weights']:<8}  {before} MiB -> {after} MiB")
        print(f"score     {about['score']['line']}")
    print(f"exported to {printable(folder)}")
