"""What a search proposes: KerasTuner's oracles, and the space they draw from.

This file and `recipes.tuning.kerastuner_internals` alone import it.
"""

from typing import Any

import keras_tuner

from recipes.config.fields import TrainingConfig
from recipes.tuning.kerastuner_internals import lasting
from zoo.argument_checks import at_least
from zoo.errors import InputError

# As many values of a range are listed one by one.
_FEW = 6


def space(
    recipe: Any, config: TrainingConfig, fixed: dict
) -> keras_tuner.HyperParameters:
    """The search space of a recipe, without the fields that are `fixed`.

    Raises:
        InputError: if that leaves nothing to search.
    """
    free = keras_tuner.HyperParameters()
    recipe.search_space(free, config)
    names = [parameter.name for parameter in free.space]
    if not set(names) - set(fixed):
        raise InputError(
            f"Nothing is left to search: {', '.join(names)} are all given."
        )
    result = keras_tuner.HyperParameters()
    for name in names:
        if name in fixed:
            # What is there already keeps its value in `search_space`.
            result.Fixed(name, fixed[name])
    recipe.search_space(result, config)
    return result


def described(space: keras_tuner.HyperParameters) -> dict[str, dict]:
    """The free parameters of a space.

    Returns:
        By name, `values` where they are few, else `low`, `high` and `log`.
    """
    result = {}
    for parameter in space.space:
        if isinstance(parameter, keras_tuner.engine.hyperparameters.Fixed):
            continue
        values = _values(parameter)
        if values is not None:
            result[parameter.name] = {"values": values}
            continue
        result[parameter.name] = {
            "low": parameter.min_value,
            "high": parameter.max_value,
            "log": parameter.sampling == "log",
        }
    return result


def _values(parameter) -> list | None:
    """All that a parameter can be, where that is few; else None."""
    if not hasattr(parameter, "min_value"):
        return list(parameter.values)
    low, high, step = parameter.min_value, parameter.max_value, parameter.step
    if not step or parameter.sampling != "linear":
        return None
    count = round((high - low) / step) + 1
    if count > _FEW:
        return None
    return [round(low + index * step, 6) for index in range(count)]


def filled(values: dict) -> keras_tuner.HyperParameters:
    """What `search_space` of a recipe reads `values` from."""
    parameters = keras_tuner.HyperParameters()
    parameters.values = dict(values)
    return parameters


def oracle(
    tuner: str,
    space: keras_tuner.HyperParameters,
    *,
    objective: tuple[str, str],
    trials: int | None,
    epochs: int,
    seed: int,
) -> keras_tuner.Oracle:
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
        hyperband = lasting(keras_tuner.oracles.HyperbandOracle)(
            max_epochs=epochs, hyperband_iterations=rounds, **options
        )
        hyperband.max_trials = trials
        return hyperband
    most = 10 if trials is None else trials
    if tuner == "random":
        kind = lasting(keras_tuner.oracles.RandomSearchOracle)
        return kind(max_trials=most, **options)
    # By default the first three trials for each parameter are random: a
    # search of usual length would never come to anything else.
    return lasting(keras_tuner.oracles.BayesianOptimizationOracle)(
        max_trials=most, num_initial_points=max(3, most // 3), **options
    )
