"""Mistakes that are seen without Keras, which takes seconds to import."""

from pathlib import Path

from zoo import models
from zoo.errors import InputError
from zoo.io.files import read_json
from zoo.pretrained.find import find
from zoo.tasks.kinds import KINDS, another_kind


def model(source: str, task: str | None = None) -> None:
    """Refuses a model that is not there, or is for another task.

    What else is wrong with it, the loader finds. A model at an address is
    fetched first.

    Args:
        source: what the command line calls it.
        task: one of `zoo.models.registry.TASKS`; any by default.

    Raises:
        InputError: for a name or a folder that is not there, or a model of
            another task.
    """
    if "://" in source:
        return
    folder = find(source).folder
    if task is None:
        return
    try:
        found = models.task(read_json(folder / "config.json")["builder"])
    except (InputError, KeyError):
        return
    if found != task:
        raise another_kind(folder.name, KINDS[found], KINDS[task])


def missing_file(path: Path | None) -> None:
    """Refuses a file that is not there, as opening it would.

    Raises:
        OSError: for one that cannot be opened.
    """
    if path is not None:
        path.open("rb").close()
