"""Run folders as the report reads them: files alone, no model."""

import csv
import dataclasses
import math
from pathlib import Path

import recipes
from recipes import run_files
from recipes.report.words import is_number
from zoo.errors import InputError
from zoo.io.files import read_json

# The report draws the curves itself.
_REDRAWN = {"curves.png"}
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclasses.dataclass(frozen=True)
class RunFolder:
    """What the files of one run folder say.

    Attributes:
        name: the shortest end of its path that no other run here has.
        folder: its path, as it was given.
        about: what `config.json` holds.
        metrics: what `metrics.json` holds; `None` for an unfinished run.
        history: the rows of `history.csv`; numbers may be NaN or infinite.
        pictures: the PNG files of `plots/`, but for the curves.
    """

    name: str
    folder: Path
    about: dict
    metrics: dict | None
    history: list[dict[str, float]]
    pictures: list[Path]

    @property
    def recipe(self) -> str:
        return self.about["recipe"]

    @property
    def data(self) -> str:
        data = self.about.get("data")
        return str(data.get("name", "")) if isinstance(data, dict) else ""


def read_all(folders: list[Path]) -> list[RunFolder]:
    """Reads run folders, finished or not.

    Raises:
        InputError: for a folder that is no run folder or is given twice, and
            for a damaged file.
    """
    places = [Path(folder).resolve() for folder in folders]
    for place, folder in enumerate(folders):
        if places[place] in places[:place]:
            raise InputError(f"{folder} is given twice.")
    names = _names(places)
    return [
        _read(Path(folder), name)
        for folder, name in zip(folders, names, strict=True)
    ]


def _names(places: list[Path]) -> list[str]:
    """For each path, as few of its last parts as tell it from the others."""
    names = []
    for place in places:
        others = [other for other in places if other != place]
        length = 1
        while length < len(place.parts) and any(
            other.parts[-length:] == place.parts[-length:] for other in others
        ):
            length += 1
        names.append(str(Path(*place.parts[-length:])))
    return names


def _read(folder, name):
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    if not (folder / run_files.CONFIG).is_file():
        raise InputError(f"{folder} is not a run folder: no config.json.")
    about = read_json(folder / run_files.CONFIG)
    if not isinstance(about.get("recipe"), str) or not isinstance(
        about.get("config"), dict
    ):
        raise InputError(
            f"{folder} is not a run folder: its config.json does not say "
            "`recipe` and `config`."
        )
    metrics, history = folder / run_files.METRICS, folder / run_files.HISTORY
    rows = read_history(history) if history.exists() else []
    return RunFolder(
        name,
        folder,
        about,
        read_json(metrics) if metrics.exists() else None,
        rows,
        [
            _checked(path)
            for path in sorted(folder.glob("plots/*.png"))
            if path.name not in _REDRAWN
        ],
    )


def read_history(path: Path) -> list[dict[str, float]]:
    """The rows of a `history.csv`, as numbers; an empty cell is NaN.

    Raises:
        InputError: for anything but a table of numbers with `epoch`.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file, strict=True))
        head, rows = lines[0] if lines else [], []
        for line in filter(None, lines[1:]):
            numbers = [float(cell) if cell else math.nan for cell in line]
            rows.append(dict(zip(head, numbers, strict=True)))
    # Of text, of the table, of a number, of a row's length.
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise InputError(f"{path} is damaged: {error}") from error
    if len(set(head)) < len(head) or "epoch" not in head:
        raise InputError(f"{path} is damaged: its columns are {head}")
    if not all(is_number(row["epoch"]) for row in rows):
        raise InputError(f"{path} is damaged: an epoch without a number.")
    return rows


def _checked(path):
    with open(path, "rb") as file:
        start = file.read(24)
        # Its size follows, which the page needs.
        if len(start) < 24 or not start.startswith(_PNG):
            raise InputError(f"{path} is damaged: not a PNG picture.")
    return path


def options(recipe: str) -> dict[str, tuple]:
    """Default and meaning of each field of a recipe's `Config`.

    Returns:
        `(default, help)` by field; nothing for a recipe that is not at hand.
    """
    if recipe not in recipes.names():
        return {}
    try:
        config = recipes.settings(recipe).Config
    except InputError:
        # Of a package that cannot be imported. Its runs can be read all the
        # same.
        return {}
    return {
        field.name: (field.default, field.metadata.get("help", ""))
        for field in dataclasses.fields(config)
    }
