"""When settings are chosen for a user's own files, and when they are not."""

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from recipes import run_files
from recipes.config import flags
from recipes.config.begun import begun_with, check_files
from recipes.config.fields import checked
from zoo.io import json_reader
from zoo.io.files import read_json

_Config = TypeVar("_Config", bound=Any)
# What a folder of prepared data says of itself.
_ABOUT = ("prepared.json", "tokens.json")


def asked_for(
    config: _Config,
    values: argparse.Namespace,
    run_dir: Path,
    *,
    recipe: str,
    files: Sequence[str],
    fit: Callable[[_Config, list[str]], tuple[_Config, list[str]]],
) -> tuple[_Config, list[str]]:
    """What the command line asks for, with settings that suit one's own files.

    Args:
        config: what it says. For other data, and where it names a preset or a
            file of settings, that holds.
        values: its flags.
        run_dir: the run folder; a run goes on with what it was begun with, and
            so does data that was prepared.
        recipe: its name.
        files: the files that are trained on; "" for one that there is not.
        fit: chooses, of a configuration and the names of the fields that were
            asked for.

    Returns:
        The configuration, and lines that say what was chosen, if anything.

    Raises:
        InputError: for a file that cannot be used, or has changed since.
    """
    if not any(files) or values.preset or values.config:
        return config, []
    given = flags.given(values, type(config))
    if begun := begun_with(run_dir, recipe):
        check_files(run_dir, begun, list(filter(None, files)))
        then = flags.from_file(run_dir / run_files.CONFIG, recipe, type(config))
        return dataclasses.replace(then, **given), []
    prepared = getattr(values, "prepared", None)
    for name in _ABOUT:
        if prepared is None:
            break
        if (prepared / name).is_file():
            chosen = read_json(prepared / name).get("settings") or {}
            with json_reader.damage(prepared / name):
                whole = {**dataclasses.asdict(config), **chosen, **given}
            return checked(whole, type(config)), []
    return fit(config, list(given))


def replaced(
    config: _Config, settings: dict[str, Any], given: Sequence[str]
) -> _Config:
    """A configuration with settings, but for those that were asked for."""
    suits = {name: new for name, new in settings.items() if name not in given}
    return dataclasses.replace(config, **suits)
