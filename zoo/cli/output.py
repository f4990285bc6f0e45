"""What every command prints alike."""

import json
from typing import Any

from zoo.errors import InputError


def print_json(content: Any) -> None:
    """Prints JSON in ASCII, which any terminal shows and any program reads.

    Raises:
        InputError: for a number that is not finite, which JSON does not have.
    """
    try:
        text = json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False)
    except ValueError as error:
        raise InputError(
            "The answer has a number that is not finite, which JSON does not "
            "have: the weights of the model are damaged, or too large."
        ) from error
    print(text)
