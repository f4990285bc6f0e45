"""Which configuration is best? A search with KerasTuner.

    zoo tune imdb_sentiment --trials 20
    zoo tune imdb_sentiment --tuner bayesian --cell gru --epochs 1

What is tried stands in the recipe's `search_space`; a field that is given as a
flag is fixed. A trial is good if its validation score is: the test set is not
read. The default configuration, with the fixed fields, is trained too.

A search that was killed goes on with the same command: trials that ended are
not run again, and those under way go on after their last whole epoch. With more
--trials it is longer. Hyperband gives many trials few epochs and the best of
them more, up to --epochs; each is trained from the start, because the learning
rate falls over a whole run.

Trials run side by side where KerasTuner's variables are set, on one machine or
several that see the same folder: KERASTUNER_TUNER_ID (chief, tuner0, tuner1,
...), KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT (of the chief).
"""

import argparse
import importlib.util
import inspect
from pathlib import Path

import recipes
from recipes.config import flags
from recipes.tuning import roles
from recipes.tuning.search import search
from zoo.argument_checks import at_least, one_of
from zoo.errors import InputError
from zoo.printable import printable

TUNERS = ("random", "bayesian", "hyperband")


def parser(
    recipe: str, config: type, presets: dict, *, prepared: bool
) -> flags.Parser:
    """The flags of the command line for a recipe.

    Args:
        recipe: its name.
        config: its configuration, a dataclass.
        presets: configurations by name.
        prepared: whether the recipe can keep its data as arrays.
    """
    parser = flags.parser(recipe, config, presets, __doc__, command="tune")
    parser.add_argument(
        "--tuner",
        default="random",
        metavar="NAME",
        help=f"{', '.join(TUNERS)} (default: random)",
    )
    parser.add_argument(
        "--trials",
        type=int,
        metavar="N",
        help="trials at most, beside the default (default: 10; for Hyperband "
        "one round of it)",
    )
    if prepared:
        parser.add_argument(
            "--prepared",
            type=Path,
            metavar="DIR",
            help=f"data that zoo train {recipe} --prepared DIR --prepare-only "
            "made, so that it is not made for each trial",
        )
    return parser


def check(name: str, values: argparse.Namespace) -> None:
    """Refuses what no search can be; without Keras.

    Args:
        name: of the recipe.
        values: what `parser` read.

    Raises:
        InputError: for an unknown tuner, no trials, prepared data that are not
            there, KerasTuner's variables that name no place in a search, or
            where KerasTuner is not installed.
    """
    one_of("tuner", values.tuner, TUNERS)
    if values.trials is not None:
        at_least(1, trials=values.trials)
    if getattr(values, "prepared", None) and not values.prepared.exists():
        raise InputError(
            f"{values.prepared} is not there. Make it with zoo train {name} "
            f"--prepared {values.prepared} --prepare-only"
        )
    if not importlib.util.find_spec("keras_tuner"):
        raise InputError(
            'A search needs KerasTuner: pip install "recurrent-zoo[tune]"'
        )
    roles.role()


def main(arguments: list[str]) -> dict:
    """Searches as the command line says.

    Args:
        arguments: a recipe and flags.

    Returns:
        The objective, the default's score, the best trial and the counts.

    Raises:
        InputError: for a mistake in the command, a folder of another search,
            or if no trial came to a score.
    """
    name = arguments[0]
    module = recipes.get(name)
    prepared = "prepared_dir" in inspect.signature(module.train).parameters
    known = parser(name, module.Config, module.PRESETS, prepared=prepared)
    config, values = flags.parse(
        known, arguments[1:], module.Config, module.PRESETS
    )
    check(name, values)
    folder = values.run_dir or Path("runs", f"tune_{name}")
    if hasattr(module, "fitted"):
        config, said = module.fitted(config, values, folder)
        for line in said:
            print(printable(line), flush=True)
    fixed = flags.given(values, module.Config)
    if values.tuner == "hyperband":
        # It decides on that.
        fixed.pop("epochs", None)
    return search(
        name,
        config,
        folder,
        tuner=values.tuner,
        most_trials=values.trials,
        fixed=fixed,
        data_dir=values.data_dir,
        prepared_dir=getattr(values, "prepared", None),
    )
