"""What every command prints alike."""

import json
from typing import TYPE_CHECKING, Any

from zoo.errors import InputError

if TYPE_CHECKING:
    from rich.console import RenderableType


def print_rich(content: "RenderableType", soft_wrap: bool = False) -> None:
    """Prints a table, or a text in colours.

    Not by `Console.print`, which ends the program itself where nobody reads
    its output any more.
    """
    from rich.console import Console

    console = Console()
    with console.capture() as captured:
        console.print(content, soft_wrap=soft_wrap)
    print(captured.get(), end="", flush=True)


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
