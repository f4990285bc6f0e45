"""Keeps a training run's state, so that a kill costs one epoch at most."""

import contextlib
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from zoo.errors import InputError
from zoo.files import replacing


class Keeper(keras.callbacks.Callback):
    """Writes everything that the rest of a run depends on after each epoch.

    That is every variable of the model (seeds of dropout included) and of
    its optimizer, the weights of the best epoch, the history and the time
    spent, in one file that replaces the last one at once. A run that is
    restored from it goes on bit by bit as if it had never stopped.

    Of equal epochs the first is the best one. Where the optimizer averages
    the weights (`use_ema`), the averages are what is validated and kept;
    training goes on with its own.

    Args:
        path: the file.
        patience: epochs without a better one before training stops; 0 for
            never.
        kept: the model whose weights are kept; it shares them with the one
            that is trained.
        monitor: column of the history that says which epoch is best.
        best: `max` or `min` of it.
        validate: what gives that column, if Keras does not: a function of
            nothing to scores by name.
    """

    def __init__(
        self,
        path: Path,
        patience: int,
        kept: keras.Model,
        monitor: str = "val_accuracy",
        best: Callable = max,
        validate: Callable[[], dict] | None = None,
    ):
        super().__init__()
        self.path = Path(path)
        self.patience = patience
        self.kept = kept
        self.monitor = monitor
        self.best_of = best
        self.validate = validate
        self.rows = []
        self.best = None
        self.finished = False
        self.seconds = 0.0

    def restore(self, model: keras.Model) -> int:
        """Brings back the state of the last whole epoch.

        Returns:
            The number of epochs already done: 0 where there is no backup.

        Raises:
            InputError: for a backup that does not fit the model.
        """
        if not self.path.exists():
            return 0
        with np.load(self.path, allow_pickle=False) as backup:
            about = json.loads(str(backup["about"]))
            variables = _variables(model)
            if about["variables"] != _description(variables):
                raise InputError(
                    f"{self.path} holds the state of another model. "
                    "Delete it to start the run again."
                )
            for place, variable in enumerate(variables):
                variable.assign(backup[f"variable_{place}"])
            self.best = [
                backup[f"best_{place}"] for place in range(about["weights"])
            ]
        self.rows = about["rows"]
        self.seconds = about["seconds"]
        self.finished = about["finished"]
        return len(self.rows)

    def take_best(self, model: keras.Model) -> None:
        """Gives `model` the weights of the best epoch."""
        model.set_weights(self.best)

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()
        _inner(self.model.optimizer).reset_gradient_norm()

    def on_epoch_end(self, epoch, logs=None):
        with _averaged(self.model):
            if self.validate is not None:
                logs.update(self.validate())
            weights = self.kept.get_weights()
        seconds = time.perf_counter() - self.began
        self.seconds += seconds
        optimizer = _inner(self.model.optimizer)
        steps = max(1.0, _number(optimizer.gradient_norm_steps))
        logs["gradient_norm"] = _number(optimizer.gradient_norm_sum) / steps
        logs["gradient_norm_max"] = _number(optimizer.gradient_norm_max)
        logs["learning_rate"] = _number(optimizer.learning_rate)
        row = {"epoch": epoch + 1, "seconds": round(seconds, 2)}
        row.update({name: float(value) for name, value in logs.items()})
        for name, value in row.items():
            if not math.isfinite(value):
                raise InputError(
                    f"Training broke down: {name} is {value} in epoch "
                    f"{epoch + 1}. A lower --learning-rate or --clip-norm "
                    "may do."
                )
        self.rows.append(row)
        scores = [row[self.monitor] for row in self.rows]
        best = scores.index(self.best_of(scores))
        if best == len(scores) - 1:
            self.best = weights
        if self.patience and len(scores) - 1 - best >= self.patience:
            self.finished = True
            self.model.stop_training = True
        self._write()

    def _write(self):
        variables = _variables(self.model)
        about = {
            "variables": _description(variables),
            "weights": len(self.best),
            "rows": self.rows,
            "seconds": self.seconds,
            "finished": self.finished,
        }
        arrays = {
            f"variable_{place}": np.asarray(variable)
            for place, variable in enumerate(variables)
        }
        arrays.update(
            {f"best_{place}": array for place, array in enumerate(self.best)}
        )
        with replacing(self.path) as draft:
            np.savez(draft, about=np.array(json.dumps(about)), **arrays)


def _inner(optimizer):
    """The optimizer itself: in float16 Keras wraps one that scales the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)


@contextlib.contextmanager
def _averaged(model: keras.Model):
    """Within, the model has the averages of its weights, if there are any."""
    if not _inner(model.optimizer).use_ema:
        yield
        return
    weights = [np.array(v) for v in model.trainable_variables]
    _inner(model.optimizer).finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, weight in zip(
            model.trainable_variables, weights, strict=True
        ):
            variable.assign(weight)


def _variables(model: keras.Model) -> list:
    return [*model.variables, *model.optimizer.variables]


def _description(variables: list) -> list:
    """What must be equal for a backup to fit: names and shapes, in order."""
    return [[variable.name, list(variable.shape)] for variable in variables]


def _number(scalar) -> float:
    """A scalar of the backend as a number, also one that replicas share."""
    return float(keras.ops.convert_to_numpy(scalar))
