"""What must hold of a run folder before a run goes on; its history."""

import csv
import io
from pathlib import Path

from recipes.data.token_files import made
from zoo.errors import InputError
from zoo.io.files import read_json, write_text


def opened(
    folder: Path, recipe: str, config: dict, defaults: dict
) -> dict | None:
    """What the run in `folder` was begun with; None if there is none yet.

    Args:
        folder: where the run is or shall be.
        recipe: name of the recipe.
        config: its configuration.
        defaults: its values where a run does not say.

    Raises:
        InputError: if `folder` holds something else, another recipe's run,
            or a run with another configuration.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"Run folder {folder} is a file.")
    # A text as ids comes before a run, and a lock before all.
    ours = {*made(folder / "text"), folder / ".lock"}
    if not folder.exists() or not set(folder.iterdir()) - ours:
        return None
    if not (folder / "config.json").exists():
        raise InputError(
            f"{folder} is not empty and not a run folder (it has no "
            "config.json). Choose another --run-dir."
        )
    saved = read_json(folder / "config.json")
    # A field that is newer than the run has its default.
    known = {**defaults, **saved.get("config", {})}
    if saved.get("recipe") != recipe:
        raise InputError(
            f"{folder} holds a run of {saved.get('recipe')!r}, not of "
            f"{recipe!r}. Choose another --run-dir."
        )
    if known != config:
        differing = [
            f"{name} {known[name]!r} there, {value!r} here"
            for name, value in config.items()
            if known[name] != value
        ]
        raise InputError(
            f"{folder} holds a run with another configuration "
            f"({'; '.join(differing)}). Choose another --run-dir."
        )
    return saved


def write_history(path: Path, rows: list[dict]) -> None:
    """Writes a row for each epoch as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())
