"""`zoo digits`: rows of digits to try the model on."""

import random

from zoo.errors import InputError


def main(arguments: list[str]) -> None:
    """Prints as many rows of digits as the first argument says."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        raise InputError("zoo digits needs a number: how many rows.")
    for row in range(int(arguments[0])):
        print(" ".join(random.Random(row).choices("0123456789", k=12)))
