"""What a killed run goes on from, as the content of one file."""

import io
import json
import re
import zipfile
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from zoo.errors import InputError
from zoo.io import npz_reader
from zoo.io.zip_reader import DAMAGED

# What of a run stands in a state, and of which types; and the lists of arrays.
_TYPES = {
    "variables": (list,),
    "rows": (list,),
    "seconds": (int, float),
    "in_epoch": (int, float),
    "finished": (bool,),
    "position": (int,),
}
ARRAYS = ("variable", "metric", "best")
# What is known of the run is JSON, as an array of one text.
_NUMBERS_OR_TEXT = re.compile(r"\|[biu]1|<[iuf][248]|<U[0-9]+")


def variables(model: keras.Model) -> list:
    """Those of a compiled model and its optimizer."""
    return [*model.variables, *model.optimizer.variables]


def description(variables: list) -> list:
    """What must be equal for a state to fit: names and shapes, in order."""
    return [[variable.name, list(variable.shape)] for variable in variables]


def packed(about: dict, arrays: dict[str, list]) -> bytes:
    """The content of a file.

    Args:
        about: as JSON.
        arrays: lists of arrays by name.
    """
    named: dict[str, Any] = {
        f"{name}_{index}": np.asarray(array)
        for name, of_name in arrays.items()
        for index, array in enumerate(of_name)
    }
    about = {**about, "counts": {name: len(a) for name, a in arrays.items()}}
    content = io.BytesIO()
    np.savez(content, about=np.array(json.dumps(about)), **named)
    return content.getvalue()


def unpacked(
    content: bytes, what: str = "The state"
) -> tuple[dict, dict[str, list[np.ndarray]]]:
    """What `packed` was given.

    Args:
        content: of the file.
        what: its name in messages.

    Raises:
        InputError: for anything else.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            # Members that share their bytes would come out many times over.
            if sum(one.file_size for one in file.infolist()) > len(content):
                raise ValueError("its arrays are larger than the file")
            about = json.loads(str(_array(file, "about", len(content))))
            counts = {name: about["counts"][name] for name in ARRAYS}
            if sum(counts.values()) >= len(file.namelist()):
                raise ValueError("arrays are missing")
            arrays = {
                name: [
                    _array(file, f"{name}_{index}", len(content))
                    for index in range(count)
                ]
                for name, count in counts.items()
            }
        return _checked(about), arrays
    except (
        *DAMAGED,
        AttributeError,
        LookupError,
        TypeError,
    ) as error:
        raise InputError(
            f"{what} is damaged: {str(error)[:200]}. Delete it to start the "
            "run again."
        ) from error


def _array(file, name, size):
    info = file.getinfo(f"{name}.npy")
    # `packed` compresses nothing, so nothing unfolds.
    if info.compress_type or info.file_size > size:
        raise ValueError(f"{name} is compressed")
    array = npz_reader.array_of(file.read(info), _NUMBERS_OR_TEXT.fullmatch)
    if array is None:
        raise ValueError(f"{name} is no array of plain numbers")
    return array


def _checked(about):
    """What is known of the run, if each of it is of its type."""
    for name, kind in _TYPES.items():
        if type(about[name]) not in kind:
            raise TypeError(f"{name} is {str(about[name])[:40]}")
    for row in about["rows"]:
        if not isinstance(row, dict) or not all(
            type(value) in (int, float) for value in row.values()
        ):
            raise TypeError("its epochs are no rows of numbers")
    if about["position"] < 0:
        raise ValueError(f"position is {about['position']}")
    return about


def check_shapes(
    arrays: list[np.ndarray], like: Iterable, what: str, where: str
) -> None:
    """Checks that arrays can be the values of variables.

    Args:
        arrays: what a state holds.
        like: arrays or variables, in the same order.
        what: they are, for the message.
        where: the state, likewise.

    Raises:
        InputError: for another number of arrays, other shapes, or no numbers.
    """
    wanted = [tuple(one.shape) for one in like]
    found = [one.shape for one in arrays if one.dtype.kind in "biuf"]
    if found != wanted:
        raise InputError(
            f"{where} is damaged: its {what} are not those of the model. "
            "Delete it to start the run again."
        )
