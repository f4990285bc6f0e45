"""Published training runs, one file each.

May import all of `recipes` and `zoo`, never `export`.
"""

import dataclasses
import importlib
from pathlib import Path

from recipes.config.fields import current_names
from zoo.argument_checks import one_of
from zoo.errors import InputError

RECIPES = ("agreement", "char_lm", "imdb_sentiment", "translation", "word_lm")


def get(recipe: str):
    """The module of a recipe: `Config`, `PRESETS`, `train`, `main`, ...

    Raises:
        InputError: for an unknown name, with the nearest known one.
    """
    return importlib.import_module(
        f"recipes.{one_of('recipe', recipe, RECIPES)}"
    )


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


def of(trained) -> tuple:
    """The module of the recipe that made a model, and the `Config` of its run.

    Args:
        trained: what `zoo.load` returns.

    Raises:
        InputError: for a model that does not say it, or says what this version
            does not know.
    """
    if not {"recipe", "config"} <= trained.about.keys():
        raise InputError(f"{trained.name} does not say how it was trained.")
    module = get(trained.about["recipe"])
    config = trained.about["config"]
    fields = {field.name for field in dataclasses.fields(module.Config)}
    if isinstance(config, dict):
        config = current_names(config, module.Config)
    if not isinstance(config, dict) or config.keys() - fields:
        raise InputError(
            f"{trained.name} was trained with a configuration that this "
            f"version of {trained.about['recipe']} does not know."
        )
    return module, module.Config(**config)


def evaluate(task, data_dir: Path | None = None) -> dict:
    """The scores of a task on the test set of the recipe that trained it.

    Args:
        task: what `zoo.load` returns.
        data_dir: folder of tensorflow-datasets, or of copies of the data.

    Raises:
        InputError: as `of`, or for data that are not there.
    """
    module, config = of(task)
    return module.evaluate(task, config, data_dir)
