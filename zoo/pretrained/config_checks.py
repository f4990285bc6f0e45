"""Checks of what a config.json may ask for, before a model is built."""

from typing import Any

from zoo.errors import InputError
from zoo.pretrained.limits import (
    DEEPEST,
    LONGEST_LABEL,
    MOST_SLOTS,
    WIDEST,
)
from zoo.printable import printable, unprintable


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
        if abs(value) > (MOST_SLOTS if name == "ngram_slots" else most):
            raise InputError(f"`{name}` is {value}.")


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
