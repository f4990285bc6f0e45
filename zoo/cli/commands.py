"""The table of commands. What runs one is imported when it is called.

A package of others adds a command by an entry point:

    [project.entry-points."recurrent_zoo.commands"]
    NAME = "module:function"

The function gets the words behind `zoo NAME`, and returns the exit code or
`None` for 0. It raises `zoo.errors.InputError` for a user's mistake.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from zoo.argument_checks import one_of
from zoo.errors import InputError
from zoo.registry import Registry, load

GROUP = "recurrent_zoo.commands"
TARGETS = "a folder, a file in .zip, or hf://OWNER/NAME"


class Command(NamedTuple):
    """A row of the table.

    Attributes:
        help: a line for `zoo --help`.
        home: what runs it, or its "module:function".
        resumes: whether the same command, given again, goes on from where
            it was stopped.
    """

    help: str
    home: Callable | str
    resumes: bool = False

    def load(self) -> Callable[[list[str]], int | None]:
        """The function, imported now."""
        return load(self.home)


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
        "X as SavedModel, ONNX, LiteRT, web page, verified", "export.cli:export"
    ),
    "benchmark": Command(
        "X in every format and runtime: size, speed, score",
        "export.benchmark:benchmark",
    ),
}


def _check(target: Any) -> Command:
    if isinstance(target, Command):
        return target
    if not callable(target):
        raise InputError(f"A command must be a function. Received: {target!r}")
    return Command("", target)


_REGISTRY = Registry("command", GROUP, COMMANDS, _check)


def helps() -> dict[str, str]:
    """A line of help for each command; none of them is imported."""
    return {
        name: COMMANDS[name].help
        if name in COMMANDS
        else f"of {_REGISTRY.source(name)}"
        for name in _REGISTRY.names()
    }


def get(name: str) -> Command:
    """The command of that name.

    Raises:
        InputError: for an unknown name, with the nearest known one, and for a
            command of another package that cannot be imported.
    """
    if name not in COMMANDS:
        one_of("COMMAND", name, _REGISTRY.names())
    return _REGISTRY.get(name)
