"""A parser of arguments whose errors are a user's mistakes."""

import argparse
import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from zoo.cli import commands
from zoo.errors import InputError


class Parser(argparse.ArgumentParser):
    """A parser that raises `InputError` instead of leaving the program.

    Flags are never abbreviated: a flag that is added later must not change
    what an old command means.
    """

    def __init__(self, **arguments: Any):
        super().__init__(allow_abbrev=False, **arguments)
        # For all flags of these types; argparse keeps the table.
        self.register("type", Path, _path)

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}. See {self.prog} --help")

    def add_json(self) -> None:
        """Adds the flag of commands whose answer a program may read."""
        self.add_argument("--json", action="store_true", help="print JSON")

    def add_number(self, name: str, default: float, text: str) -> None:
        """Adds a flag for a number of the default's type."""
        self.add_argument(
            name,
            type=type(default),
            default=default,
            metavar=type(default).__name__.upper(),
            help=f"{text} (default: {default})",
        )

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As in argparse, with the nearest flag for an unknown one."""
        values, unknown = self.parse_known_args(args, namespace)
        self._refuse(unknown)
        return values

    def parse_intermixed_args(
        self, args: Any = None, namespace: Any = None
    ) -> Any:
        """The same; flags may also stand between two texts."""
        values, unknown = self.parse_known_intermixed_args(args, namespace)
        self._refuse(unknown)
        return values

    def _refuse(self, unknown: Sequence[str]) -> None:
        flags = [word for word in unknown if word.startswith("-")]
        if flags:
            flag = flags[0].partition("=")[0]
            known = list(self._option_string_actions)
            near = difflib.get_close_matches(flag, known, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise InputError(f"{self.prog} has no flag {flag}.{hint}")
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")


def _path(word: str) -> Path:
    """A path out of a word; not the folder that `Path("")` stands for."""
    if not word or "\0" in word:
        raise argparse.ArgumentTypeError(f"no name of a file: {word!r}")
    return Path(word)


def command_parser(name: str) -> Parser:
    """An empty parser for the command of that name in the table."""
    text = commands.COMMANDS[name].help
    return Parser(prog=f"zoo {name}", description=text)
