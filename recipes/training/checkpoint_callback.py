"""Keeps a training run's state, so that little is lost when it is stopped."""

import contextlib
import math
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from recipes.distribute.signals import Notice
from recipes.distribute.strategy import Placement
from recipes.training import checkpoint
from recipes.training.checkpoint_store import Backups
from recipes.training.run_folder import write_history
from zoo.errors import InputError

# Within a longer epoch, the state is written every so many seconds.
_SECONDS = 600
# So often the gradient's norm is looked at; the optimizer knows the step.
_STEPS_UNSEEN = 10


class Keeper(keras.callbacks.Callback):
    """Writes everything that the rest of a run depends on after each epoch.

    That is every variable of the model (seeds of dropout included), of its
    optimizer and of its metrics, the weights of the best epoch, the history,
    the time spent and the place in the data. A run that is restored from it
    goes on bit by bit as if it had never stopped.

    Of equal epochs the first is the best one. Where the optimizer averages
    the weights (`use_ema`), the averages are what is validated and kept;
    training goes on with its own.

    Args:
        backups: where the states are written, by the chief.
        history: file for a row of each epoch, likewise.
        patience: epochs without a better one before training stops; 0 for
            never.
        kept: the model whose weights are kept; it shares them with the one
            that is trained.
        monitor: column of the history that says which epoch is best.
        best: `max` or `min` of it.
        validate: gives that column: a function of nothing to scores by name,
            called on the chief.
        placement: where the run is computed.
    """

    def __init__(
        self,
        backups: Backups,
        history: Path,
        patience: int,
        kept: keras.Model,
        monitor: str,
        best: Callable,
        validate: Callable[[], dict],
        placement: Placement,
    ):
        super().__init__()
        self.backups = backups
        self.history = history
        self.patience = patience
        self.kept = kept
        self.monitor = monitor
        self.best_of = best
        self.validate = validate
        self.placement = placement
        # Of signals that ask to stop.
        self.notice = Notice()
        self.rows = []
        self.best = None
        self.finished = False
        self.seconds = self.in_epoch = 0.0
        # Steps of the current epoch that are done, and their metrics.
        self.position = 0
        self.carried_on = None
        # Whether the variables are between two states.
        self.in_step = False

    def restore(self, model: keras.Model) -> int:
        """Brings back the newest state, on every worker the chief's.

        Returns:
            The number of epochs already done: 0 where there is no state.

        Raises:
            InputError: for a state that does not fit the model, or none that
                is whole.
        """
        found = {}

        def find():
            found["content"] = self.backups.read() or b""
            return len(found["content"])

        if not self.placement.by_chief(find):
            return 0
        content = self.placement.sent(found.get("content", b""))
        about, arrays = checkpoint.unpacked(content)
        variables = checkpoint.variables(model)
        if about["variables"] != checkpoint.description(variables):
            raise InputError(
                f"{self.backups.folder} holds the state of another model. "
                "Delete it to start the run again."
            )
        for variable, value in zip(variables, arrays["variable"], strict=True):
            variable.assign(value)
        self.best = arrays["best"] or None
        self.carried_on = arrays["metric"]
        self.rows = about["rows"]
        self.seconds = about["seconds"]
        self.in_epoch = about["in_epoch"]
        self.finished = about["finished"]
        self.position = about["position"]
        return len(self.rows)

    def share(self, model: keras.Model) -> None:
        """Gives every worker the chief's weights.

        What each has computed by itself may differ in the last digit, and
        would do so ever after.
        """
        if len(self.placement.workers) < 2:
            return
        for variable in model.variables:
            content = self.placement.sent(np.asarray(variable).tobytes())
            value = np.frombuffer(content, np.asarray(variable).dtype)
            variable.assign(value.reshape(variable.shape))

    def take_best(self, model: keras.Model) -> None:
        """Gives `model` the weights of the best epoch."""
        model.set_weights(self.best)

    def on_epoch_begin(self, epoch, logs=None):
        self.began = self.written = time.perf_counter()
        if not self.position:
            self.in_epoch = 0.0
            _inner(self.model.optimizer).reset_gradient_norm()
            return
        # Keras has just reset them.
        metrics = self.model.metrics_variables
        for variable, value in zip(metrics, self.carried_on, strict=True):
            variable.assign(value)

    def on_train_batch_begin(self, batch, logs=None):
        # The first step takes as long as it takes to build the graph, and has
        # nothing to lose.
        if batch:
            self.notice.defer()
        self.in_step = True

    def on_train_batch_end(self, batch, logs=None):
        self.position += 1
        self.in_step = False
        self.notice.go_on()
        if self.position % _STEPS_UNSEEN == 0:
            self._check_norm()
        if time.perf_counter() - self.written > _SECONDS:
            self.save()

    def on_epoch_end(self, epoch, logs=None):
        self._check_norm()
        if "loss" not in logs:
            logs.update(self.model.get_metrics_result())
        self.notice.defer()
        with self._averaged():
            self.notice.go_on()
            logs.update(self.placement.by_chief(self.validate))
            weights = self.kept.get_weights()
            self.notice.defer()
        optimizer = _inner(self.model.optimizer)
        steps = max(1.0, _number(optimizer.gradient_norm_steps))
        logs["gradient_norm"] = _number(optimizer.gradient_norm_sum) / steps
        logs["gradient_norm_max"] = _number(optimizer.gradient_norm_max)
        logs["learning_rate"] = _number(optimizer.learning_rate)
        self._count_time()
        row = {"epoch": epoch + 1, "seconds": round(self.in_epoch, 2)}
        row.update({name: float(value) for name, value in logs.items()})
        for name, value in row.items():
            if not math.isfinite(value):
                self._break_down(f"{name} is {value} in epoch {epoch + 1}")
        self.rows.append(row)
        scores = [row[self.monitor] for row in self.rows]
        best = scores.index(self.best_of(scores))
        if best == len(scores) - 1:
            self.best = weights
        if self.patience and len(scores) - 1 - best >= self.patience:
            self.finished = True
            self.model.stop_training = True
        self.position = 0
        self._write()
        self.notice.go_on()

    def finish_epoch(self, model: keras.Model, epoch: int) -> None:
        """What is left of an epoch whose steps are all done."""
        self.set_model(model)
        model.reset_metrics()
        self.on_epoch_begin(epoch)
        self.on_epoch_end(epoch, {})

    def save(self) -> None:
        """Writes the state in the middle of an epoch, where that can be.

        Several workers would have to stop at the same step for it, and JAX
        holds the state elsewhere: there the last whole epoch is kept.
        """
        alone = len(self.placement.workers) < 2
        alone = alone and keras.backend.backend() == "tensorflow"
        if self.in_step or not self.position or not alone:
            return
        self._count_time()
        self.written = self.began
        self._write()

    def _count_time(self):
        now = time.perf_counter()
        self.seconds += now - self.began
        self.in_epoch += now - self.began
        self.began = now

    @contextlib.contextmanager
    def _averaged(self):
        """Within, the model has the averages of its weights, if there are any.

        They are no state to go on from, nor is what lies between.
        """
        optimizer = _inner(self.model.optimizer)
        if not optimizer.use_ema:
            yield
            return
        trained = self.model.trainable_variables
        weights = [np.array(variable) for variable in trained]
        self.in_step = True
        optimizer.finalize_variable_values(trained)
        try:
            yield
        finally:
            for variable, weight in zip(trained, weights, strict=True):
                variable.assign(weight)
            self.in_step = False

    def _check_norm(self):
        optimizer = _inner(self.model.optimizer)
        step = int(_number(optimizer.broken_step))
        if step:
            norm = _number(optimizer.broken_norm)
            self._break_down(
                f"the norm of the gradient is {norm} at step {step}"
            )

    def _break_down(self, why):
        kept = "No epoch was completed."
        if self.best is not None:
            scores = [row[self.monitor] for row in self.rows]
            epoch = scores.index(self.best_of(scores)) + 1
            kept = f"The weights of epoch {epoch}, the best, are kept."
        raise BrokenDown(
            f"Training broke down: {why}. {kept} A lower --learning-rate or "
            "--clip-norm may do."
        )

    def _write(self):
        if not self.placement.chief:
            return
        variables = checkpoint.variables(self.model)
        about = {
            "variables": checkpoint.description(variables),
            "rows": self.rows,
            "seconds": self.seconds,
            "in_epoch": self.in_epoch,
            "finished": self.finished,
            "position": self.position,
        }
        arrays = {
            "variable": variables,
            "metric": self.model.metrics_variables if self.position else [],
            "best": self.best or [],
        }
        content = checkpoint.packed(about, arrays)
        self.backups.write(content, len(self.rows), self.position)
        if self.rows:
            write_history(self.history, self.rows)


class BrokenDown(InputError):
    """Numbers have left the range of floats; training cannot go on."""


def _inner(optimizer):
    """The optimizer itself: in float16 Keras wraps one that scales the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _number(scalar) -> float:
    """A scalar of the backend as a number, also one that replicas share."""
    return float(keras.ops.convert_to_numpy(scalar))
