"""The epochs of a run: Keras's `fit`, from wherever it was stopped."""

import contextlib
import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from recipes.data.examples import Batches
from recipes.data.feed import feed
from recipes.data.replica_batches import shares
from recipes.distribute.strategy import Distribution
from recipes.distribute.worker_errors import lost_workers
from recipes.training.checkpoint_callback import CheckpointCallback
from recipes.training.precision import note
from zoo.errors import InputError


def check_backend(adversarial: float) -> None:
    """Checks that this backend can train so, before anything is written.

    Raises:
        InputError: for `adversarial` above 0 on another one than TensorFlow.
    """
    if adversarial and keras.backend.backend() != "tensorflow":
        raise InputError("`adversarial` needs the TensorFlow backend.")


def trainable(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    loss: Callable,
    distribution: Distribution,
    *,
    accuracy: bool = False,
    adversarial: float = 0.0,
) -> keras.Model:
    """`model`, compiled, for `train`.

    Args:
        model: built in the scope of `distribution`, as this is called.
        optimizer: sums gradients over the replicas.
        loss: of labels and logits, nats by row or by row and step.
        distribution: where it is trained.
        accuracy: whether to report the share of right answers too.
        adversarial: size of the changes that it is to withstand
            (`recipes.training.adversarial`).
    """
    if keras.backend.backend() == "tensorflow":
        from recipes.training.train_step import Replicated

        model = Replicated(model.inputs, {"logits": model.output["logits"]})
        model.compile(
            optimizer,
            loss,
            accuracy=accuracy,
            xla=distribution.xla,
            adversarial=adversarial,
        )
    else:
        metrics = {"logits": ["accuracy"]} if accuracy else None
        model.compile(optimizer, {"logits": loss}, metrics=metrics)
    model.optimizer.build(model.trainable_variables)
    return model


def train(
    model: keras.Model,
    training: Batches,
    checkpoints: CheckpointCallback,
    *,
    epochs: int,
    logs: Path,
    progress: bool,
    initialise: Callable[[], None] | None = None,
) -> None:
    """Trains up to `epochs`, from the newest state of `checkpoints`.

    Args:
        model: what `trainable` returned.
        training: shuffled batches without an end.
        checkpoints: reads and writes the states.
        epochs: when to stop, if `checkpoints` does not say so before.
        logs: folder for TensorBoard.
        progress: whether to show how far it is.
        initialise: what to do to the weights before the first epoch; it
            counts as training time.

    Raises:
        InputError: if training breaks down, a state cannot be written or
            read, or another worker is lost.
        KeyboardInterrupt, Terminated: for a signal, when the state is saved.
    """
    distribution = checkpoints.distribution
    lost = lost_workers(distribution.workers, distribution.index)
    with checkpoints.preemption.watched(), lost, _logging(logs):
        try:
            while True:
                done = checkpoints.restore(model)
                position = checkpoints.position
                if position > training.steps:
                    raise InputError(
                        f"The state in {checkpoints.store.folder} is after "
                        f"{position} steps of an epoch of {training.steps}. "
                        "Delete it to start the run again."
                    )
                if progress and (done or position):
                    steps = f" and {position} steps" * bool(position)
                    print(f"Going on after epoch {done}{steps}.", flush=True)
                if progress and (said := note(model.dtype_policy.name)):
                    print(said, flush=True)
                if initialise is not None and not done and not position:
                    began = time.perf_counter()
                    initialise()
                    _share_weights(model, distribution)
                    seconds = time.perf_counter() - began
                    checkpoints.stopwatch.seconds = seconds
                if checkpoints.finished or done >= epochs:
                    return
                if position == training.steps:
                    checkpoints.finish_epoch(model, done)
                    continue
                model.fit(
                    _from(training, done, position, distribution),
                    shuffle=False,
                    steps_per_epoch=training.steps - position,
                    initial_epoch=done,
                    epochs=done + 1 if position else epochs,
                    callbacks=[checkpoints, *reporters(logs, distribution)],
                    verbose=_verbosity() if progress else 0,
                )
                if not position:
                    return
                # `fit` ends by taking the averages of the weights for the
                # weights; what goes on is the state of before.
        except KeyboardInterrupt:
            checkpoints.save()
            raise


def _share_weights(model, distribution):
    """Gives every worker the chief's weights.

    What each has computed by itself may differ in the last digit, and would do
    so ever after.
    """
    if len(distribution.workers) < 2:
        return
    for variable in model.variables:
        array = np.asarray(variable)
        content = distribution.sent(array.tobytes())
        shared = np.frombuffer(content, array.dtype)
        variable.assign(shared.reshape(variable.shape))


def reporters(logs: Path, distribution: Distribution) -> list:
    """What else follows the training."""
    if keras.backend.backend() != "tensorflow" or not distribution.chief:
        return []
    # TensorFlow writes to no folder whose name is no text.
    if str(logs) != str(logs).encode("utf-8", "replace").decode("utf-8"):
        return []
    return [keras.callbacks.TensorBoard(str(logs))]


@contextlib.contextmanager
def _logging(logs):
    """Within, a failure to write to `logs` is one clear line."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        if "SummaryWriter" not in str(error):
            raise
        raise InputError(
            f"{logs} cannot be written. The state after the last whole epoch "
            "is saved: make room, and the same command goes on from there."
        ) from error


def _from(training, epoch, position, distribution):
    """What `fit` reads, from that step of that epoch on."""
    if keras.backend.backend() == "tensorflow":
        training = shares(
            training,
            distribution.replicas,
            distribution.local,
            distribution.xla,
        )
    skipped = position * len(distribution.local)

    def batches():
        return itertools.islice(training.make(epoch), skipped, None)

    return feed(batches, distribution.strategy)


def _verbosity() -> int:
    """A bar on a terminal, a line for each epoch elsewhere."""
    return 1 if sys.stdout.isatty() else 2
