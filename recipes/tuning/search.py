"""A search: the default, then what an oracle proposes, into one folder."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import recipes
from recipes.config.fields import TrainingConfig, current_names
from recipes.tuning import search_files
from zoo.errors import InputError
from zoo.io.files import read_json, write_json
from zoo.printable import printable
from zoo.redaction import recorded

_SEARCH = "search.json"


def search(
    name: str,
    config: TrainingConfig,
    folder: Path,
    *,
    tuner: str,
    most_trials: int | None,
    fixed: dict,
    data_dir: Path | None = None,
    prepared_dir: Path | None = None,
) -> dict:
    """This process's part of a search; see `recipes.tuning.tune.main`.

    Args:
        name: of the recipe.
        config: its configuration that the search starts from.
        folder: the search folder.
        tuner: one of `TUNERS`.
        most_trials: how many beside the default; None for what suits `tuner`.
        fixed: fields that are not searched, with their values.
        data_dir: as of the recipe's `train`.
        prepared_dir: likewise.

    Returns:
        As `recipes.tuning.tune.main`.

    Raises:
        InputError: for a folder of another search, or in which another
            process searches, or if no trial came to a score.
    """
    from recipes.tuning import oracles, results, roles, trials
    from recipes.tuning import tuner as loop

    module = recipes.get(name)
    role = roles.role()
    space = oracles.space(module, config, fixed)
    free = oracles.described(space)
    objective, direction = module.objective(config)
    oracle = oracles.oracle(
        tuner,
        space,
        objective=(objective, direction),
        trials=most_trials,
        epochs=config.epochs,
        seed=config.seed,
    )
    about = {
        "recipe": name,
        "tuner": tuner,
        "objective": [objective, direction],
        "config": recorded(dataclasses.asdict(config)),
        "fixed": fixed,
        "space": free,
    }
    # What is refused is left as it is, without a lock.
    _is_claimed(folder, about, module.Config)

    def train(trial_config, run_dir):
        options: dict[str, Any] = {"progress": False, "test": False}
        if prepared_dir is not None:
            options["prepared_dir"] = prepared_dir
        return module.train(trial_config, run_dir, data_dir, **options)

    def attempt(trial, proposed):
        def configure():
            if trial == trials.DEFAULT:
                return config
            return trials.configured(
                module, config, oracles.filled(proposed), fixed
            )

        ended_before = trials.has_ended(folder, trial)
        result = trials.attempt(
            folder, trial, proposed, configure, train, objective
        )
        if not ended_before:
            start = {field: getattr(config, field) for field in free}
            trials.log(folder, result, objective, start)
            _print_trial(result, objective, [*free, "tuner/epochs"])
        return result

    first = roles.own_name() == roles.FIRST
    with contextlib.ExitStack() as stack:
        if role == roles.WORKER:
            # That of another search in the folder would not have come so far.
            with contextlib.suppress(loop.Over):
                loop.wait_for_chief(folder, oracle.max_trials)
        else:
            stack.enter_context(_alone_in(folder))
        _claim(folder, about, module.Config)
        if first:
            attempt(trials.DEFAULT, {})
        loop.run(
            oracle,
            folder,
            attempt,
            lambda: trials.has_ended(folder, trials.DEFAULT),
        )
        table, best = results.write(folder)
    done = [row for row in table if row["trial"] != trials.DEFAULT]
    failed = [row for row in done if row["status"] == "failed"]
    if first:
        results.show(table, best, objective)
    if failed and len(failed) == len(done):
        raise InputError(
            f"All {len(done)} trials failed. The last: {failed[-1]['message']}"
        )
    if best is None:
        raise InputError(f"No trial has a score yet; see {folder}/trials.json.")
    if first or role == roles.CHIEF:
        print(results.verdict(table, best, objective))
        if line := results.rests_on(folder, best, objective):
            print(line)
        print(
            f"In {printable(folder)}: best.json, trials.json, plots, logs",
            flush=True,
        )
    return {
        "recipe": name,
        "objective": objective,
        "direction": direction,
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


def _print_trial(result: dict, objective: str, names: list[str]) -> None:
    outcome = result["message"]
    if result["score"] is not None:
        outcome = f"{objective} {result['score']:.5g}"
    values = result["values"]
    text = " ".join(
        f"{name}={values[name]:.4g}"
        if isinstance(values[name], float)
        else f"{name}={values[name]}"
        for name in names
        if name in values
    )
    seconds = f"{result['seconds']:.1f} s"
    line = f"trial {result['trial']}: {outcome} ({seconds})  {text}"
    print(printable(line.rstrip()), flush=True)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Within, no other search begins in `folder`; a kill ends that too.

    Workers of this search need no lock: they do nothing without their chief.

    Raises:
        InputError: if another one has begun.
    """
    from recipes.training.run_folder import FolderLock

    lock = FolderLock(folder)
    try:
        lock.acquire()
    except InputError as error:
        raise InputError(
            f"Another search runs in {folder}. Wait for it, or choose another "
            "--run-dir."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _claim(folder: Path, about: dict, config: type) -> None:
    """Makes `folder` the one of this search; see `_is_claimed`."""
    if not _is_claimed(folder, about, config):
        write_json(folder / _SEARCH, about)


def _is_claimed(folder: Path, about: dict, config: type) -> bool:
    """Whether `folder` is the one of this search already.

    Args:
        folder: the search folder.
        about: what the search is.
        config: the class of the configuration.

    Raises:
        InputError: if it is of another one, or of something else.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"Search folder {folder} is a file.")
    # Chief and workers begin at once: another's draft is no stranger's file.
    names = {p.name for p in folder.iterdir()} if folder.exists() else set()
    if _SEARCH not in names:
        if any(not name.startswith(".") for name in names):
            raise InputError(
                f"{folder} is not empty and not a search folder (it has no "
                f"{_SEARCH}). Choose another --run-dir."
            )
        return False
    saved = read_json(folder / _SEARCH)
    for name in ("config", "fixed"):
        values = saved.get(name, {})
        if not isinstance(values, dict):
            raise search_files.damaged(folder / _SEARCH)
        saved[name] = current_names(values, config)
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
    return True


def _flat(about: dict) -> dict:
    """Its values, those of the dicts in it under names of their own."""
    values = {}
    for name, value in about.items():
        if isinstance(value, dict):
            values.update({f"{name} {n}": inner for n, inner in value.items()})
        else:
            values[name] = value
    return values
