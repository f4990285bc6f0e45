"""Checks of what a config.json may ask for, before a model is built."""

import re
from typing import Any

from zoo import models
from zoo.errors import InputError, PretrainedError
from zoo.pretrained.limits import (
    DEEPEST,
    LONGEST_LABEL,
    MOST_SLOTS,
    WIDEST,
)
from zoo.printable import printable, unprintable

# In a path, the name of the second of several layers.
_SECOND = re.compile("(layer|hidden)_1(?![0-9])")


def check_labels(labels: Any, arguments: dict) -> list[str]:
    """The labels, if they are names of the classes.

    Raises:
        InputError: for anything else.
    """
    if not isinstance(labels, list) or len(labels) != arguments.get(
        "classes", 0
    ):
        raise InputError(
            "config.json must name each of its classes in `labels`."
        )
    for label in labels:
        if not isinstance(label, str) or len(label) > LONGEST_LABEL:
            raise InputError("config.json: `labels` must be short strings.")
        if unprintable(label) is not None:
            raise InputError(
                "config.json: `labels` must be printable, each in one line. "
                f"Received: {printable(label)[:80]}"
            )
    if len(set(labels)) < len(labels):
        raise InputError("config.json: `labels` must differ.")
    return labels


def check_sizes(arguments: dict, sizes: dict[str, int]) -> None:
    """Refuses a model that is not the tokenizer's, or far too large.

    Args:
        arguments: the builder's.
        sizes: those of them that the tokenizer knows.

    Raises:
        InputError: for such a one.
    """
    for name, size in sizes.items():
        if arguments.get(name) != size:
            raise InputError(
                f"`{name}` of the model is {str(arguments.get(name))[:40]}, "
                f"the tokenizer has {size} ids."
            )
    for name, value in arguments.items():
        if name in sizes or not isinstance(value, (int, float)):
            continue
        most = DEEPEST if name.endswith("layers") else WIDEST
        most = MOST_SLOTS if name == "ngram_slots" else most
        if abs(value) > most:
            raise InputError(f"`{name}` is {value}; {most} is the most.")


def check_depth(arguments: dict, weights: int) -> None:
    """Refuses more layers than a file of so many weights could hold.

    Even a model that is only described takes its time for each of them.

    Raises:
        InputError: for so many.
    """
    for name, value in arguments.items():
        if name.endswith("layers") and isinstance(value, int):
            if value > weights:
                raise InputError(
                    f"`{name}` is {value}, and there are {weights} weights."
                )


def check_layers(
    builder: str,
    arguments: dict,
    shapes: dict[str, tuple[int, ...]],
    what: str,
) -> None:
    """Refuses weights that lack a layer, before all layers are described.

    Describing a deep model takes seconds. One of two layers says what a layer
    is called and what its weights are.

    Args:
        builder: as for `zoo.models.build`.
        arguments: as for `zoo.models.build`.
        shapes: of the weights of a file, by their paths.
        what: its name in messages.

    Raises:
        InputError: for a builder or arguments that cannot be.
        PretrainedError: for a weight of a layer that is missing, or of another
            shape.
    """
    deep = {
        name: value
        for name, value in arguments.items()
        if name.endswith("layers") and type(value) is int and value > 2
    }
    # Of a model of another package it is not known what its layers are called.
    if not deep or builder not in models.BUILT_IN:
        return
    shallow = {**arguments, **dict.fromkeys(deep, 2)}
    for path, shape in models.described(builder, shallow).weights.items():
        # `encoder_layers` are those of the layer `encoder`.
        top = path.partition("/")[0]
        depth = deep.get(f"{top}_layers", deep.get("layers", 0))
        for layer in range(1, depth if _SECOND.search(path) else 0):
            name = _SECOND.sub(rf"\g<1>_{layer}", path)
            if shapes.get(name) != shape:
                raise PretrainedError(
                    f"{what}: weight {name} must have shape {shape}. "
                    f"Received: {shapes.get(name, 'none')}"
                )
