"""Run folders as the report reads them: files alone, no model."""

import csv
import dataclasses
import io
import math
import os
from pathlib import Path

import recipes
from recipes import run_files
from recipes.report.pictures import MOST_BYTES, Picture, read_pictures
from recipes.report.words import is_number
from zoo.errors import InputError
from zoo.io.files import read_plain, read_plain_json

# A run folder may be anybody's. The configuration has the names of up to 8,192
# classes, the metrics four scores of each.
_LARGEST_CONFIG, _LARGEST_METRICS = 1 << 20, 1 << 22
# Rows of a history are drawn, and each takes a hundred times its bytes.
_LARGEST_HISTORY, _MOST_EPOCHS, _MOST_COLUMNS = 1 << 22, 20_000, 64


@dataclasses.dataclass(frozen=True)
class RunFolder:
    """What the files of one run folder say.

    Attributes:
        name: the shortest end of its path that no other run here has.
        folder: its path, as it was given.
        about: what `config.json` holds.
        metrics: what `metrics.json` holds; `None` for an unfinished run.
        history: the rows of `history.csv`; numbers may be NaN or infinite.
        pictures: those of `plots/`, but for the curves.
    """

    name: str
    folder: Path
    about: dict
    metrics: dict | None
    history: list[dict[str, float]]
    pictures: list[Picture]

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
    runs, left = [], MOST_BYTES
    for folder, name in zip(folders, names, strict=True):
        run = _read(Path(folder), name, left)
        left -= sum(len(picture.content) for picture in run.pictures)
        runs.append(run)
    return runs


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


def _read(folder, name, left):
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    if not os.path.lexists(folder / run_files.CONFIG):
        raise InputError(f"{folder} is not a run folder: no config.json.")
    about = read_plain_json(folder / run_files.CONFIG, _LARGEST_CONFIG)
    if not isinstance(about.get("recipe"), str) or not isinstance(
        about.get("config"), dict
    ):
        raise InputError(
            f"{folder} is not a run folder: its config.json does not say "
            "`recipe` and `config`."
        )
    metrics, history = folder / run_files.METRICS, folder / run_files.HISTORY
    return RunFolder(
        name,
        folder,
        about,
        read_plain_json(metrics, _LARGEST_METRICS)
        # A link that leads nowhere is one to refuse, not one to pass over.
        if os.path.lexists(metrics)
        else None,
        read_history(history) if os.path.lexists(history) else [],
        read_pictures(folder / run_files.PLOTS, left),
    )


def read_history(path: Path) -> list[dict[str, float]]:
    """The rows of a `history.csv`, as numbers; an empty cell is NaN.

    Raises:
        InputError: for anything but a table of numbers with `epoch`, and for
            one of far too many.
    """
    content = read_plain(path, _LARGEST_HISTORY)
    rows: list[dict[str, float]] = []
    try:
        lines = csv.reader(
            io.StringIO(content.decode("utf-8"), newline=""), strict=True
        )
        head = next(lines, [])
        if len(head) > _MOST_COLUMNS:
            raise ValueError(f"more than {_MOST_COLUMNS} columns")
        for line in filter(None, lines):
            if len(rows) == _MOST_EPOCHS:
                raise ValueError(f"more than {_MOST_EPOCHS:,} epochs")
            numbers = [float(cell) if cell else math.nan for cell in line]
            rows.append(dict(zip(head, numbers, strict=True)))
    # Of text, of the table, of a number, of a row's length.
    except (csv.Error, ValueError) as error:
        raise InputError(f"{path} is damaged: {str(error)[:200]}") from error
    if len(set(head)) < len(head) or "epoch" not in head:
        raise InputError(f"{path} is damaged: its columns are {head!r:.200}")
    if not all(is_number(row["epoch"]) for row in rows):
        raise InputError(f"{path} is damaged: an epoch without a number.")
    return rows


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
