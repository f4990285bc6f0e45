"""The files that a benchmark opens, written into folders of their own."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

from export import exporter
from export.errors import ExportError
from export.onnx import convert, exact
from export.onnx.quantize import smaller
from export.request import Request
from zoo.printable import one_line
from zoo.registry import load
from zoo.tasks import Task

_LONGEST_NOTE = 200
# Weights in 8 bits that are the same numbers.
EXACT = "int8 exact"


@dataclasses.dataclass(frozen=True)
class Made:
    """The files of one format.

    Attributes:
        format: SavedModel, ONNX or LiteRT.
        weights: as they hold them.
        folder: where they are.
        suffix: of the files; "" for a folder.
        axes: names and axes of the step form, if there is one.
        note: why there are none.
    """

    format: str
    weights: str
    folder: Path
    suffix: str = ""
    axes: dict | None = None
    note: str = ""

    def paths(self) -> list[Path]:
        """Its files."""
        return sorted(self.folder.rglob(f"*{self.suffix}"))


def write(trained: Task, folder: Path) -> list[Made]:
    """Writes every format of a model; each is compared with it on the way.

    Returns:
        What was made, and what could not be, with the reason.
    """
    made, axes = [], None
    for name, kind in (("saved_model", "SavedModel"), ("onnx", "ONNX")):
        place = _new(folder / name)
        try:
            _, about = exporter.artifacts_of(trained)(
                trained, place, Request(formats=(name,))
            )
        except ExportError as error:
            made.append(_failed(kind, "float32", place, error))
            continue
        axes = about.get("step", axes)
        suffix = ".onnx" if name == "onnx" else ""
        where = place / name if name == "saved_model" else place
        made.append(Made(kind, "float32", where, suffix, axes))
    if not made[-1].note:
        made += _smaller(made[-1], folder)
    return made + _litert(trained, folder)


def _smaller(whole: Made, folder: Path) -> list[Made]:
    """The ONNX files with smaller weights."""
    import onnx

    makers: dict[str, Callable] = {
        EXACT: lambda proto: exact.exactly(proto, "int8"),
        "int8": lambda proto: smaller(proto, "int8"),
        "float16": lambda proto: smaller(proto, "float16"),
    }
    found: list[Made] = []
    for weights, make in makers.items():
        place = _new(folder / f"onnx_{len(found)}")
        shutil.copytree(whole.folder, place, dirs_exist_ok=True)
        protos = {
            path: make(onnx.load(path)) for path in sorted(place.glob("*.onnx"))
        }
        if make is makers[EXACT] and any(
            left for _, _, left, _ in protos.values()
        ):
            shutil.rmtree(place)
            continue
        for path, (proto, *_) in protos.items():
            convert.save(proto, path)
        found.append(Made("ONNX", weights, place, ".onnx", whole.axes))
    return found


def _litert(trained: Task, folder: Path) -> list[Made]:
    """LiteRT files; those with smaller weights are made of the same forms."""
    from export.litert import convert as litert_convert
    from export.litert import files as litert_files

    place, asked = _new(folder / "litert"), Request(formats=("litert",))
    try:
        load("export.litert.artifacts:add")(trained, place, asked)
    except ExportError as error:
        return [_failed("LiteRT", "float32", place, error)]
    forms, axes = litert_files.of(trained, asked)
    found = [Made("LiteRT", "float32", place, ".tflite", axes)]
    small = _new(folder / "litert_int8")
    for name, form in forms.items():
        (small / name).write_bytes(litert_convert.converted(form, "int8"))
    return [*found, Made("LiteRT", "int8", small, ".tflite", axes)]


def _failed(kind, weights, place, error) -> Made:
    note = one_line(error, _LONGEST_NOTE)
    return Made(kind, weights, place, note=note)


def _new(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
