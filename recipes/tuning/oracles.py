"""What a search proposes: KerasTuner's oracles, and the space they draw from.

KerasTuner 1.4.8 loses trials when a process dies; what it gets wrong is put
right here and in `recipes.tuning.tuner`, each with its reason beside it. These
two files alone import it.
"""

import os
import time
from pathlib import Path

import keras_tuner
from keras_tuner.src.engine.trial import TrialStatus

from zoo.argument_checks import at_least
from zoo.errors import InputError
from zoo.io.files import read_json, write_json

# Seconds without a sign of life after which another worker gets a trial.
LOST = 60.0
# As many values of a range are listed one by one.
_FEW = 6
_ENDED = (TrialStatus.COMPLETED, TrialStatus.FAILED)


def role() -> str:
    """`alone`, `chief` or `worker`, as KerasTuner's variables say.

    Raises:
        InputError: if only some of them are set.
    """
    names = [
        f"KERASTUNER_{n}" for n in ("TUNER_ID", "ORACLE_IP", "ORACLE_PORT")
    ]
    missing = [name for name in names if not os.environ.get(name)]
    if len(missing) == len(names):
        return "alone"
    if missing:
        raise InputError(f"A parallel search needs {', '.join(missing)} too.")
    return "chief" if "chief" in os.environ[names[0]] else "worker"


def space(recipe, config, fixed: dict) -> keras_tuner.HyperParameters:
    """The search space of a recipe, without the fields that are `fixed`.

    Raises:
        InputError: if that leaves nothing to search.
    """
    free = keras_tuner.HyperParameters()
    recipe.search_space(free, config)
    names = [one.name for one in free.space]
    if not set(names) - set(fixed):
        raise InputError(
            f"Nothing is left to search: {', '.join(names)} are all given."
        )
    made = keras_tuner.HyperParameters()
    for name in names:
        if name in fixed:
            # What is there already keeps its value in `search_space`.
            made.Fixed(name, fixed[name])
    recipe.search_space(made, config)
    return made


def described(space: keras_tuner.HyperParameters) -> dict[str, dict]:
    """The free parameters of a space.

    Returns:
        By name, `values` where they are few, else `low`, `high` and `log`.
    """
    found = {}
    for one in space.space:
        if isinstance(one, keras_tuner.engine.hyperparameters.Fixed):
            continue
        ranged = hasattr(one, "min_value")
        values = None if ranged else one.values
        if ranged and one.step and one.sampling == "linear":
            count = round((one.max_value - one.min_value) / one.step) + 1
            if count <= _FEW:
                steps = [one.min_value + n * one.step for n in range(count)]
                values = [round(step, 6) for step in steps]
        if values is not None:
            found[one.name] = {"values": list(values)}
            continue
        found[one.name] = {
            "low": one.min_value,
            "high": one.max_value,
            "log": one.sampling == "log",
        }
    return found


def filled(values: dict) -> keras_tuner.HyperParameters:
    """What `search_space` of a recipe reads `values` from."""
    made = keras_tuner.HyperParameters()
    made.values = dict(values)
    return made


def oracle(
    tuner: str,
    space: keras_tuner.HyperParameters,
    objective: tuple[str, str],
    trials: int | None,
    epochs: int,
    seed: int,
):
    """What proposes values.

    Args:
        tuner: `random`, `bayesian` or `hyperband`.
        space: what may be tried.
        objective: name of the score, and `min` or `max`.
        trials: how many at most; by default 10, or one round of Hyperband.
        epochs: of the longest trial of Hyperband.
        seed: of the proposals.

    Raises:
        InputError: for numbers that make no search.
    """
    if trials is None and tuner != "hyperband":
        trials = 10
    if trials is not None:
        at_least(1, trials=trials)
    options = {
        "objective": keras_tuner.Objective(*objective),
        "hyperparameters": space,
        # KerasTuner takes 0 for none.
        "seed": seed + 1,
        # The search goes on however many fail in a row.
        "max_consecutive_failed_trials": None,
    }
    if tuner == "hyperband":
        if epochs < 3:
            raise InputError(
                "Hyperband stops trials early, so it needs `epochs` of at "
                f"least 3. Received: {epochs}"
            )
        # As many rounds as the number of trials allows.
        rounds = 1 if trials is None else trials
        made = _lasting(keras_tuner.oracles.HyperbandOracle)(
            max_epochs=epochs, hyperband_iterations=rounds, **options
        )
        made.max_trials = trials
        return made
    if tuner == "random":
        kind = _lasting(keras_tuner.oracles.RandomSearchOracle)
        return kind(max_trials=trials, **options)
    try:
        # By default the first three trials for each parameter are random: a
        # search of usual length would never come to anything else.
        return _lasting(keras_tuner.oracles.BayesianOptimizationOracle)(
            max_trials=trials, num_initial_points=max(3, trials // 3), **options
        )
    except ImportError as error:
        raise InputError(
            "A Bayesian search needs scikit-learn: "
            'pip install "recurrent-zoo[tune]"'
        ) from error


def _lasting(kind):
    """An oracle of KerasTuner that a kill of any process does not harm."""

    class Lasting(kind):
        def __init__(self, **options):
            super().__init__(**options)
            # When the worker of a trial was heard of, and whether all is done.
            self.heard, self.over = {}, False

        def save(self):
            # KerasTuner writes in place, and a kill would leave half a file.
            write_json(Path(self._get_oracle_fname()), self.get_state())

        def _save_trial(self, trial):
            folder = Path(self._get_trial_dir(trial.trial_id))
            write_json(folder / "trial.json", trial.get_state())

        def reload(self):
            running = read_json(self._get_oracle_fname())["ongoing_trials"]
            super().reload()
            # A kill can fall between a trial's file and the oracle's, which
            # then does not know the trial, or thinks that it still runs.
            self.trials = {name: self.trials[name] for name in self.start_order}
            queue = {
                name
                for name in self._retry_queue
                if self.trials[name].status not in _ENDED
            }
            if role() == "chief":
                # KerasTuner gives these to whoever comes first, though their
                # workers live on, or come back under the same name.
                for worker, name in running.items():
                    if name in queue:
                        self.ongoing_trials[worker] = self.trials[name]
                        queue.remove(name)
            self._retry_queue = sorted(queue, reverse=True)

        @keras_tuner.synchronized
        def create_trial(self, tuner_id):
            now = time.monotonic()
            for worker, trial in list(self.ongoing_trials.items()):
                silent = now - self.heard.setdefault(trial.trial_id, now)
                if worker != tuner_id and silent > LOST:
                    # KerasTuner would wait for this worker for ever.
                    self.ongoing_trials.pop(worker)
                    self.tuner_ids.discard(worker)
                    self._retry_queue.append(trial.trial_id)
            trial = super().create_trial(tuner_id)
            if trial.status == TrialStatus.RUNNING:
                self.heard[trial.trial_id] = now
            if trial.status == TrialStatus.STOPPED:
                # Nobody leaves while a trial runs: should its worker die,
                # somebody has to run it again.
                if self.ongoing_trials:
                    trial.status = TrialStatus.IDLE
                    self.tuner_ids.add(tuner_id)
                else:
                    self.over = True
            return trial

        def get_trial(self, trial_id):
            # Workers ask for it as a sign of life.
            self.heard[trial_id] = time.monotonic()
            return super().get_trial(trial_id)

    return Lasting
