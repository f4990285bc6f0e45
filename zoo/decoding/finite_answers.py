"""Answers that are numbers; a model with damaged weights gives none."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from zoo.errors import InputError


def check_finite(values: Any, name: str = "") -> np.ndarray:
    """The values, if they are finite.

    Args:
        values: logits, probabilities or scores.
        name: of the model, where it is known.

    Raises:
        InputError: for infinity or what is not a number.
    """
    array = np.asarray(values)
    if not np.isfinite(array).all():
        raise not_finite(name)
    return array


def check_all(arrays: Iterable[Any], name: str = "") -> None:
    """The same of several arrays."""
    for array in arrays:
        check_finite(array, name)


def check_scores(scores: Any, name: str = "") -> None:
    """The same of all numbers in dicts and lists of scores."""
    if isinstance(scores, dict):
        scores = list(scores.values())
    if isinstance(scores, list):
        for one in scores:
            check_scores(one, name)
    elif isinstance(scores, float):
        check_finite(scores, name)


def not_finite(name: str = "") -> InputError:
    """The error for a model that has no answer."""
    return InputError(
        f"{f'The model {name}' if name else 'The model'} answers with numbers "
        "that are not finite: its weights are damaged, or too large. Train or "
        "fetch it again."
    )
