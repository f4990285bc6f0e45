"""Writes a training run's state, so that little is lost when it is stopped.

Keras's `BackupAndRestore` is not used: it brings back the weights and the
number of the epoch, and no more. A run that goes on from it shuffles other
data, draws other dropout, averages other weights and calls another epoch the
best. Here all of that is part of the state, so a run that was killed at any
moment ends bit by bit as if it had never been stopped, which the tests can
therefore compare (tests/recipes_training).
"""

import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from recipes.distribute.signals import PreemptionHandler
from recipes.distribute.strategy import Distribution
from recipes.training import checkpoint
from recipes.training.averaged_weights import AveragedWeights
from recipes.training.best_epoch import BestEpoch
from recipes.training.checkpoint_store import CheckpointStore
from recipes.training.divergence import check_gradient, check_row
from recipes.training.identity import Identity
from recipes.training.optimizer import inner_optimizer, number
from recipes.training.run_folder import write_history
from recipes.training.stopwatch import Stopwatch
from zoo.errors import InputError

# Within a longer epoch, the state is written every so many seconds.
_SECONDS = 600
# So often the gradient's norm is looked at; the optimizer knows the step.
_STEPS_UNSEEN = 10


class CheckpointCallback(keras.callbacks.Callback):
    """Writes everything that the rest of a run depends on after each epoch.

    That is every variable of the model (seeds of dropout included), of its
    optimizer and of its metrics, the weights of the best epoch, the history,
    the time spent and the position in the data.

    Where the optimizer averages the weights (`use_ema`), the averages are what
    is validated and kept; training goes on with its own.

    Args:
        store: where the states are written, by the chief.
        history: file for a row of each epoch, likewise.
        kept: the model whose weights are kept; it shares them with the one
            that is trained.
        identity: what the states belong to.
        best_epoch: decides which weights are kept, and when to stop.
        validate: function of nothing to scores by name, called on the chief.
        distribution: where the run is computed.

    Attributes:
        rows: of the history, one for each whole epoch.
        position: steps of the current epoch that are done.
        finished: whether the patience was at its end.
        stopwatch: the time spent.
        preemption: of signals that ask to stop.
    """

    def __init__(
        self,
        store: CheckpointStore,
        history: Path,
        kept: keras.Model,
        *,
        identity: Identity,
        best_epoch: BestEpoch,
        validate: Callable[[], dict],
        distribution: Distribution,
    ):
        super().__init__()
        self.store = store
        self.history = history
        self.kept = kept
        self.identity = identity
        self.best_epoch = best_epoch
        self.validate = validate
        self.distribution = distribution
        self.stopwatch = Stopwatch()
        self.preemption = PreemptionHandler()
        self.rows: list[dict] = []
        self.finished = False
        self.position = 0
        # Of an epoch that is gone on with, the metrics of its first steps.
        self._metrics: list[np.ndarray] = []
        # Whether the variables are between two states.
        self._in_step = False
        self._averages = AveragedWeights()

    def restore(self, model: keras.Model) -> int:
        """Brings back the newest state, on every worker the chief's.

        Returns:
            The number of epochs already done: 0 where there is no state.

        Raises:
            InputError: for a state that does not fit the model, one of another
                run or of other data, or none that is whole.
        """
        content, where = b"", f"The state in {self.store.folder}"

        def read():
            nonlocal content
            newest = self.store.read()
            content = newest or b""
            if newest is not None:
                about, _ = checkpoint.unpacked(content, where)
                self.identity.check(about, self.store.folder)
            return newest is not None

        if not self.distribution.by_chief(read):
            return 0
        about, arrays = checkpoint.unpacked(
            self.distribution.sent(content), where
        )
        variables = checkpoint.variables(model)
        if about["variables"] != checkpoint.description(variables):
            raise InputError(
                f"{self.store.folder} holds the state of another model. "
                "Delete it to start the run again."
            )
        weights = self.kept.weights if arrays["best"] else []
        for name, like in ("variable", variables), ("best", weights):
            checkpoint.check_shapes(arrays[name], like, f"{name}s", where)
        for row in about["rows"]:
            if self.best_epoch.monitor not in row:
                raise InputError(
                    f"{where} is of a run that was judged by another score "
                    f"than {self.best_epoch.monitor}. Delete it to start again."
                )
        for variable, value in zip(variables, arrays["variable"], strict=True):
            variable.assign(value)
        self.rows = about["rows"]
        self.best_epoch.restore(self.rows, arrays["best"])
        self._metrics = arrays["metric"]
        self.stopwatch.seconds = about["seconds"]
        self.stopwatch.in_epoch = about["in_epoch"]
        self.finished = about["finished"]
        self.position = about["position"]
        return len(self.rows)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.stopwatch.start(new_epoch=not self.position)
        self._written = self.stopwatch.now
        if not self.position:
            inner_optimizer(self.model).reset_gradient_norm()
            return
        # Keras has just reset them.
        metrics = self.model.metrics_variables
        where = f"The state in {self.store.folder}"
        checkpoint.check_shapes(self._metrics, metrics, "metrics", where)
        for variable, value in zip(metrics, self._metrics, strict=True):
            variable.assign(value)

    def on_train_batch_begin(
        self, batch: int, logs: dict | None = None
    ) -> None:
        # The first step takes as long as it takes to build the graph, and has
        # nothing to lose.
        if batch:
            self.preemption.defer()
        self._in_step = True

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.position += 1
        self._in_step = False
        self.preemption.allow()
        if self.position % _STEPS_UNSEEN == 0:
            check_gradient(inner_optimizer(self.model), self.best_epoch)
        if time.perf_counter() - self._written > _SECONDS:
            self.save()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        logs = {} if logs is None else logs
        optimizer = inner_optimizer(self.model)
        check_gradient(optimizer, self.best_epoch)
        if "loss" not in logs:
            logs.update(self.model.get_metrics_result())
        self.preemption.defer()
        with self._averages.applied(self.model):
            self.preemption.allow()
            logs.update(self.distribution.by_chief(self.validate))
            weights = self.kept.get_weights()
            self.preemption.defer()
        steps = max(1.0, number(optimizer.gradient_norm_steps))
        logs["gradient_norm"] = number(optimizer.gradient_norm_sum) / steps
        logs["gradient_norm_max"] = number(optimizer.gradient_norm_max)
        logs["learning_rate"] = number(optimizer.learning_rate)
        self.stopwatch.count()
        row = {"epoch": epoch + 1, "seconds": round(self.stopwatch.in_epoch, 2)}
        row.update({name: float(value) for name, value in logs.items()})
        check_row(row, self.best_epoch)
        self.rows.append(row)
        self.best_epoch.update(row, weights)
        if self.best_epoch.out_of_patience:
            self.finished = True
            self.model.stop_training = True
        self.position = 0
        self._write()
        self.preemption.allow()

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
        alone = len(self.distribution.workers) < 2
        alone = alone and keras.backend.backend() == "tensorflow"
        between = self._in_step or self._averages.in_place
        if between or not self.position or not alone:
            return
        self.stopwatch.count()
        self._written = self.stopwatch.now
        self._write()

    def _write(self):
        if not self.distribution.chief:
            return
        variables = checkpoint.variables(self.model)
        about = {
            "variables": checkpoint.description(variables),
            "rows": self.rows,
            "seconds": self.stopwatch.seconds,
            "in_epoch": self.stopwatch.in_epoch,
            "finished": self.finished,
            "position": self.position,
            **self.identity.described(),
        }
        arrays = {
            "variable": variables,
            "metric": self.model.metrics_variables if self.position else [],
            "best": self.best_epoch.weights or [],
        }
        content = checkpoint.packed(about, arrays)
        self.store.write(content, len(self.rows), self.position)
        if self.rows:
            write_history(self.history, self.rows)
