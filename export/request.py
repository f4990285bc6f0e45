"""What an export can be asked for, checked without Keras."""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from export.errors import ExportError
from zoo.argument_checks import of_type, one_of, path_of
from zoo.errors import InputError
from zoo.io import folders
from zoo.io.files import read_json, sha256

# What is made where nothing else is asked for, and all that there is.
DEFAULT_FORMATS = ("saved_model", "onnx")
FORMATS = (*DEFAULT_FORMATS, "litert", "web")
# Version of ONNX's operators.
OPSET = 18
# How servers want a folder to be.
LAYOUTS = ("tfserving", "triton")
# What the matrices of smaller ONNX files are stored as.
WEIGHTS = ("int8", "float16")
# By this in its manifest, a folder is known as an export.
KIND = "recurrent-zoo export"


@dataclasses.dataclass(frozen=True)
class Request:
    """What an export is asked for.

    Attributes:
        formats: those of `FORMATS` to make.
        quantize: what matrices become, one of `WEIGHTS`, or `None`.
        largest_loss: by how much the score may get worse by that.
        opset: version of ONNX's operators.
        batch_size: number of rows of every input, `None` for any.
        length: number of steps of every input, `None` for any.
        atol: largest difference of an artifact from the model, `None` for the
            one of its kind.
        layout: one of `LAYOUTS`, or `None` for a folder as it is documented.
        text_in: whether there is also an ONNX file from text to answer.
    """

    formats: tuple[str, ...] = DEFAULT_FORMATS
    quantize: str | None = None
    largest_loss: float | None = None
    opset: int = OPSET
    batch_size: int | None = None
    length: int | None = None
    atol: float | None = None
    layout: str | None = None
    text_in: bool = False


def check(
    folder: Path,
    formats: Sequence[str] | None = None,
    quantize: str | None = None,
    largest_loss: float | None = None,
    **options: Any,
) -> Request:
    """What can be said of an export before anything is loaded for it.

    Args:
        folder: as `export`, like the next three.
        formats: see there.
        quantize: see there.
        largest_loss: see there.
        **options: the other attributes of `Request`, by their names.

    Returns:
        What is asked for.

    Raises:
        ExportError: if `folder` exists and is not an export, or holds what no
            export has written.
        InputError: for formats or weights that are not known or do not go
            together, or a loss below 0.
    """
    if formats is None:
        formats = DEFAULT_FORMATS if quantize is None else ("onnx",)
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
    return Request(tuple(formats), quantize, largest_loss, **options)


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
