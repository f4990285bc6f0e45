"""What an export can be asked for, checked without Keras."""

import dataclasses
import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from export.errors import ConversionError, ExportError
from zoo.argument_checks import at_least, of_type, one_of, path_of, truth
from zoo.errors import InputError
from zoo.io import folders
from zoo.io.files import read_json, sha256
from zoo.pretrained.limits import EXPORT_KIND

# What is made where nothing else is asked for, and all that there is.
DEFAULT_FORMATS = ("saved_model", "onnx")
FORMATS = (*DEFAULT_FORMATS, "litert", "web")
# Version of ONNX's operators, and the oldest in which exports are tried.
OPSET, OLDEST_OPSET = 18, 17
# By version, what its predecessor has not, and our graphs need.
_MISSING = {
    13: "`ReduceSum` and `Unsqueeze` with `axes` as an input",
    14: "`Reshape` with `allowzero`",
    15: "`Shape` with `start` and `end`",
}
# How servers want a folder to be.
LAYOUTS = ("tfserving", "triton")
# What the matrices of smaller ONNX files are stored as.
WEIGHTS = ("int8", "float16")
# What each format needs, and the extra that brings it.
_PACKAGES = {
    "onnx": (("onnx", "onnxruntime"), "export"),
    "web": (("onnx", "onnxruntime"), "export"),
    "litert": (("ai_edge_litert",), "verify"),
    "text_in": (("onnxruntime_extensions",), "verify"),
}


@dataclasses.dataclass(frozen=True)
class Request:
    """What an export is asked for.

    Attributes:
        formats: those of `FORMATS` to make.
        quantize: what matrices become, one of `WEIGHTS`, or `None`.
        largest_loss: by how much the score may get worse by that.
        opset: version of ONNX's operators.
        batch_size: number of rows of every input, `None` for any.
        length: number of steps of every input, `None` for any. A SavedModel
            takes any number of rows and steps nevertheless.
        atol: largest difference of a logit of any artifact from the model's,
            `None` for that of its kind: 1e-6 for a SavedModel, 1e-5 for other
            files of a classifier, 1e-4 for those of a language model or
            translator and for every step form. With `quantize`, also from the
            float32 file, of files that are no longer the same; their own
            limit (`export.smaller_checks`) holds too.
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


_OPTIONS = [
    field.name
    for field in dataclasses.fields(Request)
    if field.name not in ("formats", "quantize", "largest_loss")
]


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
        ConversionError: for a package that is not installed.
        InputError: for what is not known, cannot be, or does not go together.
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
    for name in options:
        one_of("options", name, _OPTIONS)
    request = Request(tuple(formats), quantize, largest_loss, **options)
    _check_numbers(request)
    _check_together(request)
    _check_destination(path_of("to", folder))
    _check_installed(request)
    if request.opset != OPSET:
        _check_newest(request.opset)
    return request


def _check_numbers(asked: Request) -> None:
    """Refuses what is not known or cannot be, each for itself."""
    if asked.quantize is not None:
        one_of("quantize", asked.quantize, WEIGHTS)
    if asked.layout is not None:
        one_of("layout", asked.layout, LAYOUTS)
    truth(text_in=asked.text_in)
    for name in ("batch_size", "length"):
        if getattr(asked, name) is not None:
            at_least(1, **{name: getattr(asked, name)})
    if asked.largest_loss is not None and not (
        _is_number(asked.largest_loss) and asked.largest_loss >= 0
    ):
        raise InputError(
            "`largest_loss` must be at least 0. Received: "
            f"{asked.largest_loss!r:.80}"
        )
    if asked.atol is not None and not (
        _is_number(asked.atol) and asked.atol > 0
    ):
        raise InputError(
            f"`atol` must be a number above 0. Received: {asked.atol!r:.80}"
        )
    at_least(1, opset=asked.opset)
    if asked.opset >= OLDEST_OPSET:
        return
    missing = [what for v, what in _MISSING.items() if v > asked.opset]
    why = f"without {missing[0]}" if missing else "in which none is tried"
    raise InputError(
        f"`opset` must be at least {OLDEST_OPSET}. Received: {asked.opset}, "
        f"{why}."
    )


def _is_number(value) -> bool:
    # Not one of them is NaN.
    return type(value) in (int, float) and abs(value) < math.inf


def _check_together(asked: Request) -> None:
    """Refuses what means nothing beside something else."""
    formats = set(asked.formats)
    fixed = [
        name
        for name in ("batch_size", "length")
        if getattr(asked, name) is not None
    ]
    # Whether something does not fit, and why.
    wrong = {
        "`quantize` is for ONNX and LiteRT, which `formats` leaves out.": (
            asked.quantize is not None and not formats & {"onnx", "litert"}
        ),
        "`largest_loss` needs `quantize`.": (
            asked.largest_loss is not None and asked.quantize is None
        ),
        "`opset` is for ONNX, which `formats` leaves out.": (
            asked.opset != OPSET and not formats & {"onnx", "web"}
        ),
        "`text_in` is made of the ONNX file, which `formats` leaves out.": (
            asked.text_in and "onnx" not in formats
        ),
        "`layout` tfserving is made of the SavedModel, which `formats` leaves "
        "out.": asked.layout == "tfserving" and "saved_model" not in formats,
        "`layout` triton is made of the ONNX file, which `formats` leaves "
        "out.": asked.layout == "triton" and "onnx" not in formats,
    }
    for name in fixed:
        wrong |= {
            f"`{name}` is for ONNX and LiteRT, which `formats` leaves out; a "
            "SavedModel takes any shape.": not formats & {"onnx", "litert"},
            f"`{name}` does not go with `layout`: a server makes batches of "
            "what it is sent.": asked.layout is not None,
            f"`{name}` does not go with `text_in`: texts have any number of "
            "tokens, and the file takes any number of texts.": asked.text_in,
            f"`{name}` does not go with the format web, whose page takes texts "
            "of any length.": "web" in formats,
        }
    for sentence, is_so in wrong.items():
        if is_so:
            raise InputError(sentence)


def _check_installed(asked: Request) -> None:
    wanted = [*asked.formats, *["text_in"] * asked.text_in]
    for name in wanted:
        packages, extra = _PACKAGES.get(name, ((), ""))
        for package in packages:
            if importlib.util.find_spec(package) is None:
                raise ConversionError(
                    f"`{name}` needs {package}: pip install "
                    f'"recurrent-zoo[{extra}]"'
                )


def _check_newest(opset: int) -> None:
    import onnx

    newest = onnx.defs.onnx_opset_version()
    if opset > newest:
        raise InputError(
            f"`opset` must be at most {newest}, the newest that the installed "
            f"onnx {onnx.__version__} knows. Received: {opset}"
        )


def owned(folder: Path) -> dict[str, str]:
    """The files of an earlier export, with their SHA-256.

    Raises:
        ExportError: if `folder` is not an export.
    """
    path = folder / "manifest.json"
    files = None
    if path.is_file() and not path.is_symlink():
        digest, manifest = sha256(path), read_json(path)
        if manifest.get("kind") == EXPORT_KIND:
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
