"""Command-line flags made from the fields of a recipe's configuration."""

import argparse
import dataclasses
import shlex
import sys
from pathlib import Path
from typing import TypeVar

from recipes.config.fields import TrainingConfig, checked
from recipes.distribute import flags as strategy_flags
from zoo.argument_checks import one_of
from zoo.cli.parser import Parser
from zoo.errors import InputError
from zoo.io.files import read_json
from zoo.redaction import recorded

_Config = TypeVar("_Config", bound=TrainingConfig)


def parser(
    recipe: str, config: type, presets: dict, doc: str, command: str = "train"
) -> Parser:
    """A parser with a flag for every field of `config`.

    Args:
        recipe: its name, for the usage line.
        config: a dataclass of ints, floats, bools and strings, with defaults.
        presets: configurations by name.
        doc: text for `--help`.
        command: what the recipe is asked to do.
    """
    flags = Parser(
        prog=f"zoo {command} {recipe}",
        description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    flags.set_defaults(recipe=recipe)
    flags.add_argument(
        "--preset",
        metavar="NAME",
        help=f"start from one of: {', '.join(presets)}",
    )
    flags.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="start from the best.json of a search, or from the config.json "
        "of a run folder",
    )
    folder = recipe if command == "train" else f"{command}_{recipe}"
    flags.add_argument(
        "--run-dir",
        type=Path,
        metavar="DIR",
        help=f"run folder (default: runs/{folder}); what was interrupted "
        "goes on where it was",
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
    if command == "train":
        strategy_flags.add(flags)
    for field in dataclasses.fields(config):
        name = _flag(field)
        kind = type(field.default)
        text = f"{field.metadata.get('help', '')} (default: {field.default})"
        if kind is bool:
            flags.add_argument(
                name,
                dest=field.name,
                action=argparse.BooleanOptionalAction,
                help=text,
            )
        else:
            flags.add_argument(
                name,
                dest=field.name,
                type=kind,
                metavar=kind.__name__.upper(),
                help=text,
            )
        if "formerly" in field.metadata:
            flags.add_argument(
                f"--{field.metadata['formerly'].replace('_', '-')}",
                dest=field.name,
                type=kind,
                action=_Renamed,
                const=name,
                help=argparse.SUPPRESS,
            )
    return flags


class _Renamed(argparse.Action):
    """A flag under its name of the release before; `const` is today's."""

    def __call__(self, parser, namespace, values, option_string=None):
        print(
            f"zoo: {option_string} is now {self.const}; the old name goes with "
            "the next release.",
            file=sys.stderr,
        )
        setattr(namespace, self.dest, values)


def _flag(field):
    """A field's flag: its name, unless Python keeps that for itself."""
    return f"--{field.metadata.get('flag', field.name).replace('_', '-')}"


def add_prepared(flags: Parser) -> None:
    """Adds the flags of a recipe that can keep its data as arrays of ids."""
    flags.add_argument(
        "--prepared",
        type=Path,
        metavar="DIR",
        help="keep the texts there as ids, and read them from there the next "
        "time, also where TensorFlow is not installed",
    )
    flags.add_argument(
        "--prepare-only", action="store_true", help="stop after that"
    )


def only_prepares(values: argparse.Namespace) -> bool:
    """Whether the data is all that is asked for.

    Raises:
        InputError: if it is, but not where to.
    """
    if values.prepare_only and values.prepared is None:
        raise InputError("--prepare-only needs --prepared DIR.")
    return values.prepare_only


def parse(
    flags: Parser,
    arguments: list[str],
    config: type[_Config],
    presets: dict[str, _Config],
) -> tuple[_Config, argparse.Namespace]:
    """The configuration that `arguments` ask for, and the other flags.

    Returns:
        An instance of `config`, and the namespace of all flags.

    Raises:
        InputError: for an unknown flag or preset, a value that the
            configuration refuses, or a file that does not hold one.
    """
    values = flags.parse_args(arguments)
    start = config()
    if None not in (values.preset, values.config):
        raise InputError("Choose --preset or --config, not both.")
    if values.preset is not None:
        start = presets[one_of("preset", values.preset, presets)]
    elif values.config is not None:
        start = from_file(values.config, values.recipe, config)
    return dataclasses.replace(start, **given(values, config)), values


def given(values: argparse.Namespace, config: type) -> dict:
    """The fields of `config` that stood on the command line."""
    fields = {
        f.name: getattr(values, f.name) for f in dataclasses.fields(config)
    }
    return {name: value for name, value in fields.items() if value is not None}


def files(config: TrainingConfig) -> list[Path]:
    """The user's own files that a configuration names."""
    fields = dataclasses.fields(config)
    names = [f.name for f in fields if f.metadata.get("reads")]
    return [Path(getattr(config, n)) for n in names if getattr(config, n)]


def from_file(path: Path, recipe: str, config: type[_Config]) -> _Config:
    """The configuration of a JSON file; a field that it lacks has its default.

    Args:
        path: holds an object of fields, or what `config.json` holds.
        recipe: the one that the configuration must be of.
        config: its class.

    Raises:
        InputError: for a file of another recipe, an unknown field, or a value
            that is not of the field's type or that the configuration refuses.
    """
    values = read_json(path)
    if isinstance(values.get("config"), dict):
        if values.get("recipe") != recipe:
            raise InputError(
                f"{path} is of {values.get('recipe')!r}, not of {recipe!r}."
            )
        values = values["config"]
    try:
        return checked(values, config)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def command(recipe: str, config: TrainingConfig) -> str:
    """The shortest command that trains `recipe` with `config`.

    It is written into files that others read, so its addresses have no
    passwords.
    """
    words = ["zoo", "train", recipe]
    stated = getattr(config, "stated", ())
    for field in dataclasses.fields(config):
        value = recorded(getattr(config, field.name))
        flag = _flag(field)
        if value == field.default and field.name not in stated:
            continue
        if isinstance(value, bool):
            words.append(flag if value else f"--no-{flag[2:]}")
        else:
            words += [flag, str(value)]
    return shlex.join(words)
