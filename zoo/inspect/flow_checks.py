"""What gradients over time may be asked of, before memory is taken for them."""

from typing import Any

import keras
import numpy as np

from zoo import layers
from zoo.errors import InputError
from zoo.models.layer_names import EMBEDDING

# Steps: each looks back at all before it.
LONGEST = 1_000
# Numbers in the Jacobians of all steps of a layer: 2 GiB of float64.
_MOST_NUMBERS = 1 << 28


def check_ids(values: Any, model: keras.Model) -> np.ndarray:
    """Token ids as an array that `model` can read.

    Raises:
        InputError: for other types or shapes, ids beyond the vocabulary, no
            padding on the right, or more than memory is taken for.
    """
    token_ids = _whole_numbers("token_ids", values)
    if token_ids.ndim != 2 or not token_ids.size:
        raise InputError(
            "`token_ids` must have shape (batch, time), without a 0. "
            f"Received: {token_ids.shape}"
        )
    batch, time = token_ids.shape
    if time > LONGEST:
        raise InputError(
            f"Gradients are followed through {LONGEST:,} steps at most. "
            f"Received: {time:,}"
        )
    for size in _state_sizes(model):
        if batch * time * size**2 > _MOST_NUMBERS:
            raise InputError(
                f"{batch:,} texts of {time:,} steps with {size:,} states have "
                "Jacobians that take more than 2 GiB. Give fewer or shorter "
                "texts."
            )
    _check_below(_vocabulary(model), token_ids=token_ids)
    mask = token_ids != 0
    if (mask[:, 1:] & ~mask[:, :-1]).any():
        raise InputError("`token_ids` must be padded with 0 on the right.")
    return token_ids.astype("int32")


def check_labels(values: Any, rows: int, classes: int) -> np.ndarray:
    """A class for each row.

    Raises:
        InputError: for another number of them, or what is no class.
    """
    labels = _whole_numbers("labels", values)
    if labels.shape != (rows,):
        raise InputError(
            f"`labels` must have shape ({rows},). Received: {labels.shape}"
        )
    _check_below(classes, labels=labels)
    return labels.astype("int32")


def _whole_numbers(argument: str, values: Any) -> np.ndarray:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        # Rows of unequal length, for one.
        raise InputError(f"`{argument}` must be an array: {error}") from error
    if array.size and array.dtype.kind not in "iu":
        raise InputError(
            f"`{argument}` must be whole numbers. Received: {array.dtype}"
        )
    return array


def _check_below(size: int, **arrays: np.ndarray) -> None:
    for name, array in arrays.items():
        if array.size and not 0 <= array.min() <= array.max() < size:
            raise InputError(f"`{name}` must be from 0 to {size - 1:,}.")


def _vocabulary(model: keras.Model) -> int:
    """How many ids a model reads; of one without an embedding, any."""
    for layer in model.layers:
        if layer.name == EMBEDDING and hasattr(layer, "input_dim"):
            return layer.input_dim
    return 1 << 31


def _state_sizes(model: keras.Model) -> list[int]:
    """Numbers in the states of each recurrent layer."""
    sizes = []
    for stack in model.layers:
        if isinstance(stack, layers.Stacked):
            for layer in stack.recurrent_layers:
                one: Any = getattr(layer, "forward_layer", layer)
                sizes.append(sum(one.cell.state_size))
    return sizes
