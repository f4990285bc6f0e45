"""The trials of a search: trained or recorded as failed, each once.

A search folder holds

search.json   recipe, kind of search, configuration, fixed fields, space
search/       KerasTuner's state
default/      run folder of the configuration that the search starts from
trials/NAME/  run folders of the trials
results/      a file for each trial: status, score, seconds, configuration
logs/         the same for TensorBoard's HParams
trials.json   a table of all that
best.json     the best configuration, for `zoo train RECIPE --config`
plots/        pictures of the table
"""

import dataclasses
import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from recipes import run_files
from recipes.config.fields import TrainingConfig
from recipes.training.checkpoint_store import CheckpointStore
from recipes.tuning import search_files
from zoo.errors import InputError
from zoo.io.files import write_json
from zoo.redaction import recorded

DEFAULT = "default"
# Processes that may die in one epoch of a trial: out of memory, Linux kills.
_DEATHS = 3
# Seconds that a worker waits to see whether another begins with the default.
_PATIENCE = 60.0


def run_folder(folder: Path, name: str) -> Path:
    """Where the trial of this name, or the default, is trained."""
    return folder / name if name == DEFAULT else folder / "trials" / name


def result_path(folder: Path, name: str) -> Path:
    """The file of a trial's result."""
    return folder / "results" / f"{name}.json"


def has_ended(folder: Path, name: str) -> bool:
    """Whether a trial is done, well or not."""
    path = result_path(folder, name)
    return path.exists() and search_files.result(path)["status"] != "running"


def configured(
    recipe: Any, config: TrainingConfig, parameters: Any, fixed: dict
) -> TrainingConfig:
    """The configuration of one trial.

    Args:
        recipe: its module.
        config: the configuration that the search starts from.
        parameters: KerasTuner's, with their values.
        fixed: fields that are not searched.

    Raises:
        InputError: for values that the configuration refuses.
    """
    searched = recipe.search_space(parameters, config)
    # Chief and workers exchange float32, and steps add up to 0.30000000000004.
    # A trial must be the same whichever way its values came.
    changed = {
        name: float(f"{np.float32(value):.4g}")
        for name, value in parameters.values.items()
        if isinstance(value, float) and hasattr(searched, name)
    }
    changed |= fixed
    if "tuner/epochs" in parameters.values:
        changed["epochs"] = int(parameters.values["tuner/epochs"])
    return dataclasses.replace(searched, **changed)


def attempt(
    folder: Path,
    name: str,
    values: dict,
    configure: Callable,
    train: Callable,
    objective: str,
) -> dict:
    """The result of a trial: of the file if it has ended, else of training.

    Args:
        folder: the search folder.
        name: of the trial.
        values: what the search proposed.
        configure: a function of nothing to the trial's configuration.
        train: a function of a configuration and a run folder to metrics.
        objective: which of the metrics is the score.

    Returns:
        What the file of the result holds: `trial`, `status` (`completed` or
        `failed`), `score`, `seconds`, `values`, `config` and `message`.

    Raises:
        InputError: if neither the trial nor the default can even begin: the
            data or the command is at fault, and each trial would say the same.
    """
    path = result_path(folder, name)
    saved = search_files.result(path) if path.exists() else {}
    if has_ended(folder, name):
        return saved
    result = {
        "trial": name,
        "status": "running",
        "score": None,
        "seconds": None,
        "values": values,
        "config": None,
        "message": "",
    }
    began = time.perf_counter()

    def ended(**outcome):
        result.update(outcome)
        write_json(path, result)
        return result

    def failed(message):
        seconds = round(time.perf_counter() - began, 1)
        return ended(status="failed", seconds=seconds, message=message)

    try:
        config = configure()
    except InputError as error:
        return failed(_message(error))
    result["config"] = recorded(dataclasses.asdict(config))
    run_dir = run_folder(folder, name)
    states = CheckpointStore(run_dir / run_files.BACKUP).paths()
    epoch = states[0].name if states else ""
    before = saved.get("deaths", -1)
    if type(before) is not int:
        raise search_files.damaged(path)
    deaths = before + 1 if saved.get("epoch") == epoch else 0
    if deaths >= _DEATHS:
        return failed(
            f"The process that trained it died {deaths} times in the same "
            "epoch. Is the memory enough?"
        )
    write_json(path, {**result, "deaths": deaths, "epoch": epoch})
    try:
        metrics = train(config, run_dir)
    except KeyboardInterrupt:
        # Whoever stops a search does not blame the trial.
        path.unlink(missing_ok=True)
        raise
    except _failures() as error:
        if isinstance(error, InputError) and not _begun(folder, name):
            path.unlink(missing_ok=True)
            raise
        return failed(_message(error))
    finally:
        # The next trial shall find the memory that this one had.
        keras.utils.clear_session()
        gc.collect()
    return ended(
        status="completed",
        score=metrics[objective],
        seconds=metrics["train_seconds"],
    )


def _begun(folder: Path, name: str) -> bool:
    """Whether training began, of this trial or at least of the default.

    Where neither did, the data or the command is at fault, and not the trial.
    """
    until = time.monotonic() + (0 if name == DEFAULT else _PATIENCE)
    signs = [run_folder(folder, n) / run_files.CONFIG for n in (name, DEFAULT)]
    while not any(sign.exists() for sign in signs):
        if time.monotonic() >= until:
            return False
        time.sleep(0.5)
    return True


def _failures() -> tuple:
    """What a trial may fail with; anything else is a mistake of ours."""
    if keras.backend.backend() != "tensorflow":
        return InputError, MemoryError
    import tensorflow as tf

    return InputError, MemoryError, tf.errors.ResourceExhaustedError


def _message(error: Exception) -> str:
    """One line; TensorFlow's go on with what was allocated when."""
    if isinstance(error, InputError):
        return " ".join(str(error).split())
    first = (str(error).splitlines() or [""])[0][:200]
    return f"Out of memory. {first}".strip()


def log(folder: Path, result: dict, objective: str, default: dict) -> None:
    """Writes a result where TensorBoard's HParams view finds it.

    Args:
        folder: the search folder.
        result: what `attempt` returned.
        objective: name of the score.
        default: the fields that the search varies, of the default.
    """
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf
    from tensorboard.plugins.hparams import api

    fields = result["config"] or {**default, **result["values"]}
    values = {name: fields[name] for name in default}
    logs = folder / "logs" / result["trial"]
    with tf.summary.create_file_writer(str(logs)).as_default():
        api.hparams(values, trial_id=result["trial"])
        if result["score"] is not None:
            tf.summary.scalar(objective, result["score"], step=0)
