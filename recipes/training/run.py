"""One training run of one recipe, from its first epoch to its metrics."""

import dataclasses
import hashlib
import secrets
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import keras

from recipes import run_files
from recipes.config.fields import TrainingConfig
from recipes.data.examples import Batches
from recipes.distribute import strategy
from recipes.training.best_epoch import BestEpoch
from recipes.training.checkpoint_callback import CheckpointCallback
from recipes.training.checkpoint_store import CheckpointStore
from recipes.training.curves import curves
from recipes.training.determinism import make_deterministic
from recipes.training.divergence import TrainingDiverged
from recipes.training.fit import train, trainable
from recipes.training.identity import Identity
from recipes.training.optimizer import ClippedAdam
from recipes.training.precision import dtype_policy
from recipes.training.run_folder import (
    FolderLock,
    check_data,
    check_vocabulary,
    opened,
    save_model,
    write_config,
    write_history,
)
from recipes.training.schedule import cosine
from zoo import models
from zoo.io.files import read_json, write_json
from zoo.redaction import recorded
from zoo.text import Tokenizer


class Run:
    """One run folder of one recipe with one configuration.

    Opening it writes nothing, so a mistake that is found before `begin`
    leaves no trace.

    Args:
        folder: where the run is or shall be.
        recipe: name of the recipe.
        config: its configuration, a frozen dataclass with defaults. It is
            recorded and compared; what training needs comes by name.
        command: the command that trains so.
        seed: of the weights and of all draws in training.
        precision: the dtype policy of the model.
        batch_size: rows of a batch, where that is fixed.

    Raises:
        InputError: if `folder` holds something else, another recipe's run,
            or a run with another configuration; for a batch or a precision
            that several replicas cannot have.
    """

    def __init__(
        self,
        folder: Path,
        recipe: str,
        config: TrainingConfig,
        *,
        command: str,
        seed: int,
        precision: str,
        batch_size: int | None = None,
    ):
        self.folder = Path(folder)
        self.recipe, self.command = recipe, command
        self.config, self._config = recorded(dataclasses.asdict(config)), config
        self.seed, self.precision = seed, precision
        self.distribution = strategy.current()
        self.distribution.check(precision=precision, batch_size=batch_size)
        self.distribution.agree("configuration", self.config)
        self._lock = FolderLock(self.folder)
        # Each of its states says that it is of this run.
        self.id = secrets.token_hex(8)
        self.saved: dict = {}
        self.metrics = self.distribution.by_chief(lambda: self._open(config))
        if not self.distribution.chief:
            self._scratch = tempfile.TemporaryDirectory()
            self.folder = Path(self._scratch.name)
            self._lock = FolderLock(self.folder)

    def _open(self, config):
        """The metrics, if the run is done; None where it may go on."""
        saved = opened(self.folder, self.recipe, config)
        if saved is None:
            return None
        self.saved, self.id = saved, saved.get("run", "")
        metrics = self.folder / run_files.METRICS
        done = self._lock.acquire_unless(metrics)
        return read_json(metrics) if done else None

    def begin(
        self,
        builder: str,
        arguments: dict,
        labels: list[str],
        tokenizer: Tokenizer,
        data: dict,
    ) -> keras.Model:
        """Builds the model and writes the part of the folder that stays.

        Args:
            builder: name of a function of `zoo.models`.
            arguments: its plain arguments.
            labels: names of the classes.
            tokenizer: what makes ids of texts.
            data: what is known of what it is trained on.

        Returns:
            The model, with weights that depend on the seed only.

        Raises:
            InputError: if the folder was begun with other data.
        """
        self.distribution.by_chief(
            lambda: self._check_data(labels, tokenizer, data)
        )
        words = repr(tokenizer.vocabulary).encode()
        self.distribution.agree("vocabulary", hashlib.sha256(words).hexdigest())
        make_deterministic(self.seed)
        policy, scope = dtype_policy(self.precision), self.distribution.scope()
        with self._lock.removed_on_mistake(not self.saved), policy, scope:
            model = models.build(builder, arguments)
        self.builder, self.arguments = builder, arguments
        # First of all: a folder without it is taken for somebody else's.
        write_config(
            self.folder,
            {
                "recipe": self.recipe,
                "run": self.id,
                "command": self.command,
                "config": self.config,
                "data": data,
                "builder": builder,
                "arguments": arguments,
                "labels": labels,
                "tokenizer": tokenizer.kind,
            },
        )
        tokenizer.save(self.folder / run_files.TOKENIZER)
        return model

    def _check_data(self, labels, tokenizer, data):
        check_vocabulary(tokenizer)
        self._lock.acquire(new=not self.saved)
        check_data(self.folder, self.saved, labels, tokenizer, data)

    def fit(
        self,
        model: keras.Model,
        training: Batches,
        validate: Callable[[], dict],
        *,
        loss: Callable,
        monitor: str,
        best: Callable,
        learning_rate: float,
        warmup_share: float = 0.05,
        epochs: int,
        patience: int = 0,
        clip_norm: float,
        weight_decay: float = 0.0,
        ema: float = 0.0,
        layerwise_rates: Sequence = (),
        adversarial: float = 0.0,
        accuracy: bool = False,
        initialise: Callable[[], None] | None = None,
        training_model: Callable[[], keras.Model] | None = None,
        progress: bool = True,
    ) -> keras.Model:
        """Trains `model` to the best epoch, from the backup if there is one.

        Args:
            model: what `begin` returned.
            training: shuffled batches without an end.
            validate: function of nothing to scores by name. The chief alone
                calls it, after each epoch.
            loss: of labels and logits, nats by row or by row and step.
            monitor: the score of `validate` that an epoch is judged by.
            best: `min` or `max` of it.
            learning_rate: the highest; see `recipes.training.schedule`.
            warmup_share: of all steps, those in which it grows.
            epochs: number of epochs at most.
            patience: epochs without a better one before training stops; 0 for
                never.
            clip_norm, weight_decay: see `ClippedAdam`.
            ema: momentum of the averaged weights; 0.0 for none.
            layerwise_rates: how fast parts of the model learn.
            adversarial: see `recipes.training.adversarial`.
            accuracy: whether to report the share of right answers too.
            initialise: what to do to the weights before the first epoch; it
                counts as training time.
            training_model: makes the model that is trained, if it is another
                form of `model` with the same weights.
            progress: whether to show how far it is.

        Returns:
            The model to test and to keep: float32, with the weights of the
            best epoch.

        Raises:
            InputError: if training breaks down, a state cannot be written or
                read, or another worker is lost.
            Terminated: for SIGTERM, when the state is saved.
        """
        self.distribution.agree("number of batches", training.steps)
        steps = epochs * training.steps
        with dtype_policy(self.precision), self.distribution.scope():
            trained = training_model() if training_model is not None else model
            optimizer = ClippedAdam(
                cosine(learning_rate, steps=steps, warmup_share=warmup_share),
                clip_norm,
                weight_decay=weight_decay,
                ema_momentum=ema,
                layerwise_rates=layerwise_rates,
            )
            trained = trainable(
                trained,
                optimizer,
                loss,
                self.distribution,
                accuracy=accuracy,
                adversarial=adversarial,
            )
        best_epoch = BestEpoch(monitor, best, patience)
        checkpoints = CheckpointCallback(
            CheckpointStore(self.folder / run_files.BACKUP),
            self.folder / run_files.HISTORY,
            model,
            identity=Identity(self.id, self._config, training.sha256()),
            best_epoch=best_epoch,
            validate=validate,
            distribution=self.distribution,
        )
        try:
            train(
                trained,
                training,
                checkpoints,
                epochs=epochs,
                logs=self.folder / run_files.LOGS,
                progress=progress and self.distribution.chief,
                initialise=initialise,
            )
        except BaseException as stopped:
            if isinstance(stopped, TrainingDiverged) and best_epoch.weights:
                self._save(best_epoch.weights)
            self._lock.release()
            raise
        self.history = checkpoints.rows
        self.train_seconds = checkpoints.stopwatch.seconds
        self.best_validation = round(best_epoch.score, 5)
        self.best_row = self.history[(best_epoch.number or 1) - 1]
        return self._save(best_epoch.weights)

    def _save(self, weights):
        return save_model(self.folder, self.builder, self.arguments, weights)

    def keep(self, model: keras.Model) -> keras.Model:
        """Saves a model that was changed after `fit`; returns it anew."""
        return self._save(model.get_weights())

    def finish(self, model: keras.Model, metrics: dict, tokens: int) -> dict:
        """Writes the result and drops the backup.

        Args:
            model: what `fit` returned.
            metrics: the task's scores.
            tokens: number of tokens in one epoch of training.

        Returns:
            What `metrics.json` holds.
        """
        write_history(self.folder / run_files.HISTORY, self.history)
        curves(self.history, self.folder / run_files.PLOTS / "curves.png")
        speed = tokens * len(self.history) / self.train_seconds
        metrics = {
            "recipe": self.recipe,
            "epochs": len(self.history),
            "train_seconds": round(self.train_seconds, 1),
            "parameters": model.count_params(),
            "tokens_per_second": round(speed),
            **metrics,
        }
        write_json(self.folder / run_files.METRICS, metrics)
        CheckpointStore(self.folder / run_files.BACKUP).remove()
        self._lock.remove()
        # Nobody leaves before the chief has written.
        return self.distribution.by_chief(lambda: metrics)
