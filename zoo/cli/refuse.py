"""Mistakes that are seen without Keras, which takes seconds to import."""

import errno
import os
from pathlib import Path

from zoo import models
from zoo.errors import InputError, PretrainedError
from zoo.io import json_reader
from zoo.io.files import open_given, read_plain
from zoo.pretrained.find import find
from zoo.pretrained.limits import LARGEST_JSON
from zoo.tasks.kinds import KINDS, wrong_kind


def model(source: str, task: str | None = None) -> str | None:
    """Refuses a model that is not there, or is for another task.

    The loader finds all other mistakes. A model at an address is fetched
    first.

    Args:
        source: what the command line calls it.
        task: one of `zoo.models.registry.TASKS`; any by default.

    Returns:
        The task of the model, `None` where that is not known yet.

    Raises:
        InputError: for a name or a folder that is not there, or a model of
            another task.
    """
    if "://" in source:
        return None
    folder = find(source).folder
    path = folder / "config.json"
    try:
        content = read_plain(path, LARGEST_JSON, own=True)
        config = json_reader.parse(content, str(path), PretrainedError)
        actual = models.task(str(config.get("builder")))
    except (InputError, OSError):
        return None
    if task not in (None, actual):
        raise wrong_kind(folder.name, KINDS[actual], KINDS[task])
    return actual


def missing_file(path: Path | None) -> None:
    """Refuses a file that is not there, as opening it would.

    Raises:
        InputError: for a folder, a pipe or a device.
        OSError: for one that is not there, or cannot be read.
    """
    if path is not None:
        open_given(path).close()


def no_place(path: Path | None, folder: bool = False) -> None:
    """Refuses a path where nothing can be written, before the work is done.

    Args:
        path: of a file that is to be written; `None` for none.
        folder: whether it is to be a folder.

    Raises:
        OSError: for a folder in the place of a file or the reverse, one that
            may not be written to, and a name that is too long.
    """
    if path is None:
        return
    path = path.absolute()
    if path.exists() and path.is_dir() != folder:
        raise _refused(errno.ENOTDIR if folder else errno.EISDIR, path)
    # What is missing above it is made as it is written.
    above = path if path.exists() and folder else path.parent
    while not above.exists() and above != above.parent:
        above = above.parent
    if not above.is_dir():
        raise _refused(errno.ENOTDIR, above)
    if not os.access(above, os.W_OK):
        raise _refused(errno.EACCES, above)


def _refused(number: int, path: Path) -> OSError:
    return OSError(number, os.strerror(number), str(path))
