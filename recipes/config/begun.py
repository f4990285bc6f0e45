"""What a run that is in its folder already was begun with."""

import contextlib
import gzip
import hashlib
import zlib
from collections.abc import Sequence
from pathlib import Path

from recipes import run_files
from zoo.errors import InputError
from zoo.io import json_reader
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


def check_files(folder: Path, saved: dict, files: Sequence[str]) -> None:
    """Checks that a user's files are what they were when the run was begun.

    Args:
        folder: the run folder.
        saved: what its `config.json` holds.
        files: what is trained on.

    Raises:
        InputError: if one has changed.
    """
    # Of a run that began with another model, that one's data are in it too.
    with json_reader.damage(Path(folder, run_files.CONFIG)):
        recorded = str(saved.get("data", {}).get("sha256") or "")
    for file in files if recorded else ():
        path = Path(file)
        if not path.is_file() or any(one in recorded for one in _sums(path)):
            continue
        raise InputError(
            f"{file} has changed since the run in {folder} was begun. Choose "
            "another --run-dir to train on what it holds now."
        )


def _sums(path):
    """Of a file, and where it is packed of what it holds."""
    yield sha256(path)
    if path.suffix.lower() == ".gz":
        digest = hashlib.sha256()
        # One that is damaged is refused where it is read.
        with contextlib.suppress(OSError, EOFError, zlib.error):
            with gzip.open(path) as file:
                while part := file.read(1 << 20):
                    digest.update(part)
        yield digest.hexdigest()
