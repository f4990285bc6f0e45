"""The small files of a search folder, as they are read back.

They are our own, but a disk or a hand may have changed them since.
"""

import math
from pathlib import Path
from typing import Any

from zoo.errors import InputError
from zoo.io.files import read_json

_STATUS = ("running", "completed", "failed")
_NUMBER = (int, float, type(None))
_TYPES: dict[str, Any] = {
    "trial": str,
    "score": _NUMBER,
    "seconds": _NUMBER,
    "values": dict,
    "config": (dict, type(None)),
    "message": str,
}


def result(path: Path) -> dict:
    """What `recipes.tuning.trials.attempt` wrote about a trial.

    Raises:
        InputError: for anything else.
    """
    content = read_json(path)
    right = content.get("status") in _STATUS and all(
        isinstance(content.get(name, path), kinds)
        for name, kinds in _TYPES.items()
    )
    if not right or content["trial"] != path.stem:
        raise damaged(path)
    score = content["score"]
    if content["status"] == "completed" and (
        score is None or not math.isfinite(score)
    ):
        raise damaged(path)
    return content


def ended_trials(path: Path) -> int | None:
    """After how many trials a search was over, if it had a limit.

    Raises:
        InputError: for a file that does not say so.
    """
    trials = read_json(path).get("trials", path)
    if trials is not None and type(trials) is not int:
        raise damaged(path)
    return trials


def damaged(path: Path) -> InputError:
    """The error of a file or folder that is not what was written."""
    return InputError(f"{path} is damaged. Choose another --run-dir.")
