"""Published training runs, one file each.

May import all of `recipes` and `zoo`, never `export`.
"""

import dataclasses
import importlib
import importlib.util
import warnings
from pathlib import Path
from typing import Any

from recipes.config.fields import checked
from zoo.argument_checks import one_of
from zoo.errors import InputError
from zoo.registry import Registry

# What every recipe has; CONTRIBUTING.md says what each of them is.
PARTS = (
    *("Config", "PRESETS", "objective", "search_space", "data", "model"),
    *("evaluate", "validation", "train", "main"),
)


def _check(found: Any) -> Any:
    for part in PARTS:
        if not hasattr(found, part):
            raise InputError(f"A recipe has {', '.join(PARTS)}; not {part}.")
    return found


BUILT_IN = {
    "agreement": "recipes.agreement",
    "char_lm": "recipes.char_lm",
    "imdb_sentiment": "recipes.imdb_sentiment",
    "translation": "recipes.translation",
    "word_lm": "recipes.word_lm",
}
# Of a number in a model's configuration: examples that are drawn, for one.
_LARGEST = 1_000_000
_REGISTRY = Registry("recipe", "recurrent_zoo.recipes", BUILT_IN, _check)


def names() -> list[str]:
    """The names of all recipes; none of them is imported."""
    return _REGISTRY.names()


def register(name: str, recipe: Any, *, replace: bool = False) -> None:
    """Gives a recipe a name, by which `zoo train` and run folders know it.

    A package does this for whoever installs it, with an entry point of the
    group `recurrent_zoo.recipes` that names the module.

    Args:
        name: small letters, digits and `_`.
        recipe: a module with `PARTS`, or "package.module".
        replace: whether a recipe that was registered under this name before
            gives way.

    Raises:
        InputError: for a name that is taken or no name.
    """
    _REGISTRY.register(name, recipe, replace)


def get(recipe: str) -> Any:
    """The module of a recipe: `Config`, `PRESETS`, `train`, `main`, ...

    Raises:
        InputError: for an unknown name, with the nearest known one, and for
            a recipe of another package that cannot be imported.
    """
    return _REGISTRY.get(recipe)


def settings(recipe: str) -> Any:
    """The module with `Config` and `PRESETS`: one without Keras, if there is.

    A recipe of ours may keep them in `recipes.config`; the module of a recipe
    imports Keras.

    Raises:
        InputError: as `get`.
    """
    if has_light_settings(recipe):
        return importlib.import_module(f"recipes.config.{recipe}")
    return get(recipe)


def has_light_settings(recipe: str) -> bool:
    """Whether `settings` imports no Keras."""
    light = f"recipes.config.{recipe}"
    return recipe in BUILT_IN and importlib.util.find_spec(light) is not None


def __getattr__(name: str) -> Any:
    if name == "RECIPES":
        warnings.warn(
            "`recipes.RECIPES` goes away: use `recipes.names()`.",
            DeprecationWarning,
            stacklevel=2,
        )
        return tuple(names())
    raise AttributeError(f"module 'recipes' has no attribute {name!r}")


def needed(recipe: str, preset: str) -> list[str]:
    """Presets to train in this order, each in `runs/PRESET`; `preset` is last.

    What a preset starts from or learns from, where that stands in `runs/`, is
    another preset of the recipe.

    Raises:
        InputError: for an unknown name, with the nearest known one.
    """
    presets = get(recipe).PRESETS
    config, before = presets[one_of("preset", preset, presets)], []
    for field in ("teacher", "source"):
        for name in getattr(config, field, "").split(","):
            if name.startswith("runs/"):
                before += needed(recipe, name.removeprefix("runs/"))
    # Each once, where it is needed first.
    return list(dict.fromkeys([*before, preset]))


def of(trained: Any, train_file: Path | None = None) -> tuple[Any, Any]:
    """The module of the recipe that made a model, and the `Config` of its run.

    A model may come from anybody, and what it says of its run decides what is
    read: data sets by their names, never a file.

    Args:
        trained: what `zoo.load` returns.
        train_file: the user's own file that it was trained on, if it was.

    Raises:
        InputError: for a model that does not say it, says what this version
            does not know, or was trained on other files of a user's own.
    """
    if not {"recipe", "config"} <= trained.about.keys():
        raise InputError(f"{trained.name} does not say how it was trained.")
    recipe, values = trained.about["recipe"], trained.about["config"]
    if not isinstance(recipe, str) or not isinstance(values, dict):
        raise InputError(f"{trained.name} does not say how it was trained.")
    module = get(recipe)
    try:
        config = checked(values, module.Config)
        if train_file is not None:
            config = _trained_on(config, train_file)
    except InputError as error:
        raise InputError(
            f"{trained.name} was trained with a configuration that this "
            f"version of {recipe} does not know: {error}"
        ) from error
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if field.metadata.get("reads") and value not in ("", str(train_file)):
            raise InputError(
                f"{trained.name} was trained on a file of someone's own, "
                f"{value!r:.200}. A model does not choose what is read."
            )
        if type(value) is int and value > _LARGEST and field.name != "seed":
            raise InputError(
                f"{trained.name} says that its `{field.name}` was {value}; "
                f"{_LARGEST:,} is the most that is believed."
            )
    return module, config


def _trained_on(config, file):
    """A configuration with the user's file in the place of the one it names."""
    names = [
        field.name
        for field in dataclasses.fields(config)
        if field.metadata.get("reads")
        and field.name.startswith("train_")
        and getattr(config, field.name)
    ]
    if len(names) != 1:
        raise InputError(f"it names {len(names)} files that were trained on")
    return dataclasses.replace(config, **{names[0]: str(file)})


def evaluate(
    task: Any, data_dir: Path | None = None, train_file: Path | None = None
) -> dict:
    """The scores of a task on the test set of the recipe that trained it.

    Args:
        task: what `zoo.load` returns.
        data_dir: folder of tensorflow-datasets, or of copies of the data.
        train_file: the user's own file that it was trained on, if it was: what
            was set aside of it for the test is read again.

    Raises:
        InputError: as `of`, or for data that are not there.
    """
    try:
        module, config = of(task, train_file)
    except InputError as error:
        raise InputError(
            f"{error} Say what to score it on with --file; or, with "
            "--train-file, where what it was trained on is now: then the part "
            "that was set aside is scored."
        ) from error
    return module.evaluate(task, config, data_dir)
