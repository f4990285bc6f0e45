"""Published training runs, one file each."""

import importlib

from zoo.names import one_of

RECIPES = ("agreement", "char_lm", "imdb_sentiment", "translation", "word_lm")


def get(recipe: str):
    """The module of a recipe: `Config`, `PRESETS`, `train`, `main`, ...

    Raises:
        InputError: for an unknown name, with the nearest known one.
    """
    return importlib.import_module(
        f"recipes.{one_of('recipe', recipe, RECIPES)}"
    )
