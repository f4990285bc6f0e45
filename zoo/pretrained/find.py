"""From a name or a path to the folder of a model; nothing of it is read."""

import difflib
import os
from pathlib import Path
from typing import NamedTuple

from zoo.errors import InputError
from zoo.pretrained.limits import MANIFEST
from zoo.pretrained.registry import folders


class Found(NamedTuple):
    """A folder that holds a model.

    Attributes:
        folder: its path.
        is_run: whether it is a run folder; else it is a pretrained one.
    """

    folder: Path
    is_run: bool


def find(source: str | Path) -> Found:
    """The folder of a model.

    Args:
        source: the name of a pretrained model, or the path of a run or a
            pretrained folder.

    Raises:
        InputError: if there is none; with the nearest name.
    """
    text, known = str(source), folders()
    if text in known:
        return Found(known[text], is_run=False)
    folder = Path(source)
    # `is_dir` of a whole sentence may be an error of its own.
    if not text or len(text) > 1000 or not os.path.isdir(folder):
        near = difflib.get_close_matches(text, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        shown = repr(text if len(text) <= 80 else f"{text[:77]}...")
        raise InputError(
            f"There is no folder and no pretrained model {shown}.{hint} "
            f"Known: {', '.join(known) or 'none'}."
        )
    if (folder / MANIFEST).exists():
        return Found(folder, is_run=False)
    if (folder / "config.json").exists():
        return Found(folder, is_run=True)
    raise InputError(
        f"{folder} is neither a run folder (config.json) nor a pretrained "
        f"one ({MANIFEST})."
    )
