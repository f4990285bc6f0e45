"""`zoo export`: a model as files for deployment, each of them verified.

The one file of `export` that may reach `recipes`, for the data that smaller
weights are scored on.
"""

import functools
from pathlib import Path
from typing import Any

from export import request
from export.flags import add_flags, data_flags
from zoo.cli import refuse
from zoo.cli.output import print_json
from zoo.cli.parser import Parser, command_parser
from zoo.errors import InputError
from zoo.printable import printable

# Attributes of a `Request` that are flags of the same name.
_OPTIONS = ("opset", "batch_size", "length", "atol", "layout", "text_in")


def export(arguments: list[str]) -> None:
    """Writes the files and prints how they were verified."""
    values = _parser().parse_intermixed_args(arguments)
    formats = None if values.formats is None else values.formats.split(",")
    options = {name: getattr(values, name) for name in _OPTIONS}
    # Before the data are read that smaller files are scored on, and Keras is.
    _check_data_flags(values)
    request.check(
        values.to, formats, values.quantize, values.largest_loss, **options
    )
    task = refuse.model(values.model)
    if values.text_in and task == "language_model":
        raise InputError(
            "--text-in is for classifiers and translators: generate.py writes "
            "the text of a language model."
        )
    refuse.missing_file(values.validation_file)

    import export
    from zoo import pretrained

    trained = pretrained.load(values.model)
    manifest = export.export(
        trained,
        values.to,
        None if formats is None else tuple(formats),
        values.quantize,
        _validation(trained, values),
        values.largest_loss,
        **options,
    )
    if values.json:
        return print_json(manifest)
    show(manifest, values.to)


def _parser() -> Parser:
    parser = command_parser("export")
    parser.add_argument("model", metavar="X")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR")
    add_flags(parser)
    parser.add_json()
    return parser


def _check_data_flags(values: Any) -> None:
    """Refuses a flag that means nothing without `--quantize`."""
    if values.quantize is not None:
        return
    for name in ("largest_loss", *data_flags(values)):
        if getattr(values, name) is not None:
            raise InputError(f"--{name.replace('_', '-')} needs --quantize.")


def _validation(trained: Any, values: Any) -> Any:
    """What smaller weights are scored on; without flags, only if need be."""
    if values.quantize is None:
        return None
    from recipes.evaluation import sources

    where = values.validation_file, values.data_dir
    if where == (None, None):
        return functools.partial(sources.validation, trained)
    return sources.validation(trained, *where)


def show(manifest: dict, folder: Path) -> None:
    """Prints how an export was verified, and what smaller weights cost."""
    from export import smaller_files
    from export.runtimes import verification

    differences = manifest["largest_difference"]
    width = max(map(len, differences), default=0)
    for name, difference in differences.items():
        print(f"verified  {name:<{width}}  differs by at most {difference:.2g}")
    for line in verification.lines(manifest.get("runtimes", {})):
        print(line)
    for line in smaller_files.lines(manifest):
        print(line)
    if manifest.get("any_shape"):
        print("shapes    the SavedModel takes any batch and length")
    print(f"exported to {printable(folder)}")
