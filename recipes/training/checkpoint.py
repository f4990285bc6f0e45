"""What a killed run goes on from, as the content of one file."""

import io
import json
from typing import Any

import keras
import numpy as np


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


def unpacked(content: bytes) -> tuple[dict, dict[str, list[np.ndarray]]]:
    """What `packed` was given."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        return about, {
            name: [file[f"{name}_{index}"] for index in range(count)]
            for name, count in about["counts"].items()
        }
