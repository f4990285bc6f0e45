"""`zoo digits`: rows of digits to try the model on."""

import random


def main(arguments: list[str]) -> None:
    """Prints as many rows of digits as the first argument says."""
    for row in range(int(arguments[0])):
        print(" ".join(random.Random(row).choices("0123456789", k=12)))
