"""What a run that is in its folder already was begun with."""

from pathlib import Path

from recipes import run_files
from zoo.errors import InputError
from zoo.io.files import read_json, sha256


def begun_with(folder: Path, recipe: str) -> dict | None:
    """The configuration of the run in a folder; None where there is none.

    Args:
        folder: where the run is or shall be.
        recipe: which it must be of; of another one, `Run` complains.
    """
    path = Path(folder, run_files.CONFIG)
    if not path.is_file():
        return None
    saved = read_json(path)
    return saved if saved.get("recipe") == recipe else None


def check_file(folder: Path, saved: dict, file: str) -> None:
    """Checks that a user's file is what it was when the run was begun.

    Args:
        folder: the run folder.
        saved: what its `config.json` holds.
        file: what is trained on.

    Raises:
        InputError: if it has changed.
    """
    digest = saved.get("data", {}).get("sha256")
    if not digest or not Path(file).is_file() or sha256(Path(file)) == digest:
        return
    raise InputError(
        f"{file} has changed since the run in {folder} was begun. Choose "
        "another --run-dir to train on what it holds now."
    )
