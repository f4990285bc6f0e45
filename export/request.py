"""What an export can be asked for, checked without Keras."""

import math
from collections.abc import Sequence
from pathlib import Path

from export.errors import ExportError
from zoo.argument_checks import of_type, one_of, path_of
from zoo.errors import InputError
from zoo.io import folders
from zoo.io.files import read_json, sha256

FORMATS = ("saved_model", "onnx")
# What the matrices of smaller ONNX files are stored as.
WEIGHTS = ("int8", "float16")
# By this in its manifest, a folder is known as an export.
KIND = "recurrent-zoo export"


def check(
    folder: Path,
    formats: tuple[str, ...] | None = None,
    quantize: str | None = None,
    largest_loss: float | None = None,
) -> tuple[str, ...]:
    """What can be said of an export before anything is loaded for it.

    Args: as `export`.

    Returns:
        The formats to make.

    Raises:
        ExportError: if `folder` exists and is not an export, or holds what no
            export has written.
        InputError: for formats or weights that are not known or do not go
            together, or a loss below 0.
    """
    if formats is None:
        formats = FORMATS if quantize is None else ("onnx",)
    of_type(Sequence, formats=formats)
    if not formats or isinstance(formats, str):
        raise InputError(
            f"`formats` must be one or more of {', '.join(FORMATS)}. Received: "
            f"{formats!r:.80}"
        )
    for name in formats:
        one_of("formats", name, FORMATS)
    if quantize is not None:
        one_of("quantize", quantize, WEIGHTS)
        if "onnx" not in formats:
            raise InputError(
                "`quantize` is for ONNX, which `formats` leaves out."
            )
    if largest_loss is not None and (
        type(largest_loss) not in (int, float)
        or not 0 <= largest_loss < math.inf
    ):
        raise InputError(
            f"`largest_loss` must be at least 0. Received: {largest_loss!r:.80}"
        )
    _check_destination(path_of("to", folder))
    return formats


def owned(folder: Path) -> dict[str, str]:
    """The files of an earlier export, with their SHA-256.

    Raises:
        ExportError: if `folder` is not an export.
    """
    path = folder / "manifest.json"
    files = None
    if path.is_file() and not path.is_symlink():
        digest, manifest = sha256(path), read_json(path)
        if manifest.get("kind") == KIND:
            files = manifest.get("files")
    if not isinstance(files, dict):
        raise ExportError(
            f"{folder} exists and is not an export. Choose another --to."
        )
    return {**files, path.name: digest}


def _check_destination(folder: Path) -> None:
    try:
        folders.check_replaceable(folder, owned)
    except ExportError:
        raise
    except InputError as error:
        raise ExportError(str(error)) from error
