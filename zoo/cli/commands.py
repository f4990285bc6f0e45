"""The table of commands. What runs one is imported when it is called.

A package of others adds a command by an entry point:

    [project.entry-points."recurrent_zoo.commands"]
    NAME = "module:function"

The function gets the words behind `zoo NAME`, and returns the exit code or
`None` for 0. It raises `zoo.errors.InputError` for a user's mistake.
"""

import pkgutil
from collections.abc import Callable
from typing import NamedTuple

from zoo.argument_checks import one_of

GROUP = "recurrent_zoo.commands"
TARGETS = "a folder, a file in .zip, or hf://OWNER/NAME"


class Command(NamedTuple):
    """A row of the table.

    Attributes:
        help: a line for `zoo --help`.
        home: `module:function` of what runs it.
        resumes: whether the same command, given again, goes on from where
            it was stopped.
    """

    help: str
    home: str
    resumes: bool = False

    def load(self) -> Callable[[list[str]], int | None]:
        """The function, imported now."""
        return pkgutil.resolve_name(self.home)


COMMANDS = {
    "list": Command("the pretrained models", "zoo.cli.models:list_models"),
    "show": Command("the card of X, and its check", "zoo.cli.models:show"),
    "push": Command(f"write X to {TARGETS}", "zoo.cli.models:push"),
    "predict": Command("classify texts", "zoo.cli.predict:predict"),
    "generate": Command(
        "write on with language model X", "zoo.cli.generate:generate"
    ),
    "score": Command(
        "which characters surprise language model X", "zoo.cli.score:score"
    ),
    "translate": Command(
        "translate with translator X", "zoo.cli.translate:translate"
    ),
    "inspect": Command("look into models X ...", "zoo.cli.inspect:inspect"),
    "train": Command("train a recipe", "recipes.cli:train", resumes=True),
    "tune": Command(
        "search a recipe's best configuration", "recipes.cli:tune", resumes=True
    ),
    "launch": Command(
        "train or tune in N processes here", "recipes.cli:launch", resumes=True
    ),
    "evaluate": Command("test X again", "recipes.cli:evaluate"),
    "report": Command("runs RUN ... on a web page", "recipes.cli:report"),
    "demo": Command(
        "five networks compete; takes minutes", "recipes.cli:demo", resumes=True
    ),
    "export": Command(
        "X as SavedModel and ONNX, verified", "export.cli:export"
    ),
}


def everything() -> dict[str, Command]:
    """Our commands and those of installed packages; of one name, ours."""
    # Reading what is installed takes time that our own commands do not need.
    from importlib.metadata import entry_points

    others = {
        point.name: Command(
            f"of {point.dist.name}" if point.dist else "",
            f"{point.module}:{point.attr}",
        )
        for point in entry_points(group=GROUP)
    }
    return {**others, **COMMANDS}


def get(name: str) -> Command:
    """The command of that name.

    Raises:
        InputError: for an unknown name, with the nearest known one.
    """
    if name in COMMANDS:
        return COMMANDS[name]
    known = everything()
    return known[one_of("COMMAND", name, known)]
