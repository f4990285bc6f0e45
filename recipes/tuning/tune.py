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

import dataclasses
import importlib.util
import inspect
import os
from pathlib import Path

import recipes
from recipes.config import flags
from recipes.config.fields import current_names
from zoo.argument_checks import one_of
from zoo.errors import InputError
from zoo.io.files import read_json, write_json

TUNERS = ("random", "bayesian", "hyperband")
# The worker that trains the default; also what a process alone is called.
_FIRST = "tuner0"


def parser(recipe: str, module) -> flags.Parser:
    """The flags of the command line for a recipe."""
    made = flags.parser(
        recipe, module.Config, module.PRESETS, __doc__, command="tune"
    )
    made.add_argument(
        "--tuner",
        default="random",
        metavar="NAME",
        help=f"{', '.join(TUNERS)} (default: random)",
    )
    made.add_argument(
        "--trials",
        type=int,
        metavar="N",
        help="trials at most, beside the default (default: 10; for Hyperband "
        "one round of it)",
    )
    if "prepared_dir" in inspect.signature(module.train).parameters:
        made.add_argument(
            "--prepared",
            type=Path,
            metavar="DIR",
            help=f"data that zoo train {recipe} --prepared DIR --prepare-only "
            "made, so that it is not made for each trial",
        )
    return made


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
    config, values = flags.parse(
        parser(name, module), arguments[1:], module.Config, module.PRESETS
    )
    one_of("tuner", values.tuner, TUNERS)
    if getattr(values, "prepared", None) and not values.prepared.exists():
        raise InputError(
            f"{values.prepared} is not there. Make it with zoo train {name} "
            f"--prepared {values.prepared} --prepare-only"
        )
    if not importlib.util.find_spec("keras_tuner"):
        raise InputError(
            'A search needs KerasTuner: pip install "recurrent-zoo[tune]"'
        )
    folder = values.run_dir or Path("runs", f"tune_{name}")
    return search(name, config, values, folder)


def search(name: str, config, values, folder: Path) -> dict:
    """This process's part of a search; see `main`.

    Args:
        name: of the recipe.
        config: what it starts from.
        values: the flags.
        folder: the search folder.
    """
    from recipes.tuning import oracles, results, trials
    from recipes.tuning import tuner as searching

    module = recipes.get(name)
    role = oracles.role()
    fixed = flags.given(values, module.Config)
    if values.tuner == "hyperband":
        fixed.pop("epochs", None)
    space = oracles.space(module, config, fixed)
    free = oracles.described(space)
    objective = module.objective(config)
    oracle = oracles.oracle(
        values.tuner,
        space,
        objective,
        values.trials,
        config.epochs,
        config.seed,
    )
    _begin(
        folder,
        {
            "recipe": name,
            "tuner": values.tuner,
            "objective": list(objective),
            "config": dataclasses.asdict(config),
            "fixed": fixed,
            "space": free,
        },
        module.Config,
    )

    def train(trial_config, run_dir):
        options = {"progress": False, "test": False}
        if getattr(values, "prepared", None):
            options["prepared_dir"] = values.prepared
        return module.train(trial_config, run_dir, values.data_dir, **options)

    def attempt(trial, proposed):
        def configure():
            if trial == trials.DEFAULT:
                return config
            return trials.configured(
                module, config, oracles.filled(proposed), fixed
            )

        before = trials.has_ended(folder, trial)
        found = trials.attempt(
            folder, trial, proposed, configure, train, objective[0]
        )
        if not before:
            start = {one: getattr(config, one) for one in free}
            trials.log(folder, found, objective[0], start)
            _tell(found, objective[0], [*free, "tuner/epochs"])
        return found

    me = os.environ.get("KERASTUNER_TUNER_ID", _FIRST)
    if me == _FIRST:
        attempt(trials.DEFAULT, {})
    searching.run(
        oracle,
        folder,
        attempt,
        lambda: trials.has_ended(folder, trials.DEFAULT),
    )
    table, best = results.write(folder)
    done = [row for row in table if row["trial"] != trials.DEFAULT]
    failed = [row for row in done if row["status"] == "failed"]
    if me == _FIRST:
        results.show(table, best, objective[0])
    if failed and len(failed) == len(done):
        raise InputError(
            f"All {len(done)} trials failed. The last: {failed[-1]['message']}"
        )
    if me == _FIRST or role == "chief":
        print(results.verdict(table, best, objective[0]))
        print(f"In {folder}: best.json, trials.json, plots, logs", flush=True)
    return {
        "recipe": name,
        "objective": objective[0],
        "direction": objective[1],
        "default_score": next(
            (r["score"] for r in table if r["trial"] == trials.DEFAULT), None
        ),
        "best_trial": best["trial"],
        "best_score": best["score"],
        "best_config": best["config"],
        "trials": len(done),
        "failed": len(failed),
        "folder": str(folder),
    }


def _tell(found: dict, objective: str, names: list[str]) -> None:
    said = found["message"]
    if found["score"] is not None:
        said = f"{objective} {found['score']:.5g}"
    values = found["values"]
    proposed = [(name, values[name]) for name in names if name in values]
    text = " ".join(
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in proposed
    )
    seconds = f"{found['seconds']:.1f} s"
    line = f"trial {found['trial']}: {said} ({seconds})  {text}"
    print(line.rstrip(), flush=True)


def _begin(folder: Path, about: dict, config: type) -> None:
    """Makes `folder` the one of this search.

    Args:
        folder: the search folder.
        about: what the search is.
        config: the class of the configuration.

    Raises:
        InputError: if it is of another one, or of something else.
    """
    path = folder / "search.json"
    if folder.exists() and not folder.is_dir():
        raise InputError(f"Search folder {folder} is a file.")
    # Chief and workers begin at once: another's draft is no stranger's file.
    held = {one.name for one in folder.iterdir()} if folder.exists() else set()
    if path.name not in held:
        if any(not name.startswith(".") for name in held):
            raise InputError(
                f"{folder} is not empty and not a search folder (it has no "
                f"{path.name}). Choose another --run-dir."
            )
        return write_json(path, about)
    saved = read_json(path)
    for name in ("config", "fixed"):
        saved[name] = current_names(saved.get(name, {}), config)
    saved = _flat(saved)
    differing = [
        f"{name} {saved.get(name)!r} there, {value!r} here"
        for name, value in _flat(about).items()
        if saved.get(name) != value
    ]
    differing += [f"{name} there" for name in saved.keys() - _flat(about)]
    if differing:
        raise InputError(
            f"{folder} holds another search ({'; '.join(differing)}). "
            "Choose another --run-dir."
        )


def _flat(about: dict) -> dict:
    """Its values, those of the dicts in it under names of their own."""
    found = {}
    for name, value in about.items():
        if isinstance(value, dict):
            found.update({f"{name} {n}": one for n, one in value.items()})
        else:
            found[name] = value
    return found
