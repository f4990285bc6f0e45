"""Command-line flags made from the fields of a recipe's configuration."""

import argparse
import dataclasses
import difflib
import shlex
from pathlib import Path
from typing import NoReturn

from recipes import strategy_flags
from zoo.errors import InputError
from zoo.names import one_of


class Parser(argparse.ArgumentParser):
    """A parser that raises `InputError` instead of leaving the program.

    Flags are never abbreviated: a flag that is added later must not change
    what an old command means.
    """

    def __init__(self, **arguments):
        super().__init__(allow_abbrev=False, **arguments)

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}. See {self.prog} --help")


def parser(recipe: str, config: type, presets: dict, doc: str) -> Parser:
    """A parser with a flag for every field of `config`.

    Args:
        recipe: its name, for the usage line.
        config: a dataclass of ints, floats, bools and strings, with defaults.
        presets: configurations by name.
        doc: text for `--help`.
    """
    flags = Parser(
        prog=f"zoo train {recipe}",
        description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    flags.add_argument(
        "--preset",
        metavar="NAME",
        help=f"start from one of: {', '.join(presets)}",
    )
    flags.add_argument(
        "--run-dir",
        type=Path,
        metavar="DIR",
        help=f"run folder (default: runs/{recipe}); a run that was "
        "interrupted goes on where it was",
    )
    flags.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="where tensorflow-datasets keeps its data "
        "(default: TFDS_DATA_DIR, else its own)",
    )
    flags.add_argument(
        "--json", action="store_true", help="print the metrics as JSON"
    )
    strategy_flags.add(flags)
    for field in dataclasses.fields(config):
        name = f"--{field.name.replace('_', '-')}"
        kind = type(field.default)
        text = f"{field.metadata.get('help', '')} (default: {field.default})"
        if kind is bool:
            flags.add_argument(
                name, action=argparse.BooleanOptionalAction, help=text
            )
        else:
            flags.add_argument(
                name, type=kind, metavar=kind.__name__.upper(), help=text
            )
    return flags


def parse(flags: Parser, arguments: list[str], config: type, presets: dict):
    """The configuration that `arguments` ask for, and the other flags.

    Returns:
        An instance of `config`, and the namespace of all flags.

    Raises:
        InputError: for an unknown flag or preset, or a value that the
            configuration refuses.
    """
    values, unknown = flags.parse_known_args(arguments)
    if unknown:
        known = list(flags._option_string_actions)
        flag = unknown[0].partition("=")[0]
        near = difflib.get_close_matches(flag, known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(f"{flags.prog} has no flag {flag}.{hint}")
    start = config()
    if values.preset is not None:
        start = presets[one_of("preset", values.preset, presets)]
    given = {
        field.name: getattr(values, field.name)
        for field in dataclasses.fields(config)
        if getattr(values, field.name) is not None
    }
    return dataclasses.replace(start, **given), values


def command(recipe: str, config) -> str:
    """The shortest command that trains `recipe` with `config`."""
    words = ["zoo", "train", recipe]
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        name = field.name.replace("_", "-")
        if value == field.default:
            continue
        if isinstance(value, bool):
            words.append(f"--{name}" if value else f"--no-{name}")
        else:
            words += [f"--{name}", str(value)]
    return shlex.join(words)
