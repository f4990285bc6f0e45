"""The run folder: what a recipe was asked to do, how far it came, its result.

config.json     recipe, its configuration, the model's builder and labels
tokenizer.json  the vocabulary
backup/         state after the last whole epoch, until the run is done
text/           a long text as ids, likewise
history.csv     a row for each epoch
logs/           the same for TensorBoard
model.keras     the weights of the best epoch
metrics.json    scores, seconds, sizes: a run that has it is done
plots/          curves and what else the recipe draws
"""

import csv
import dataclasses
import io
import platform
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras

from recipes import flags, plots
from recipes.config import dtype_policy
from recipes.datasets.examples import Batches
from recipes.datasets.feed import feed
from recipes.datasets.token_files import made
from recipes.keeper import Keeper
from recipes.losses import cross_entropy
from recipes.optimizer import ClippedAdam
from zoo import models
from zoo.errors import InputError
from zoo.files import read_json, replacing, write_json, write_text
from zoo.text import load_tokenizer


class Run:
    """One run folder of one recipe with one configuration.

    Opening it writes nothing, so a mistake that is found before `begin`
    leaves no trace.

    Args:
        folder: where the run is or shall be.
        recipe: name of the recipe.
        config: its configuration, a frozen dataclass.

    Raises:
        InputError: if `folder` holds something else, another recipe's run,
            or a run with another configuration.
    """

    def __init__(self, folder: Path, recipe: str, config):
        self.folder = Path(folder)
        self.recipe = recipe
        self.config = dataclasses.asdict(config)
        self.command = flags.command(recipe, config)
        self.metrics = None
        self.saved = {}
        if self.folder.exists() and not self.folder.is_dir():
            raise InputError(f"Run folder {folder} is a file.")
        if not self.folder.exists() or not self._held():
            return
        if not (self.folder / "config.json").exists():
            raise InputError(
                f"{folder} is not empty and not a run folder (it has no "
                "config.json). Choose another --run-dir."
            )
        saved = read_json(self.folder / "config.json")
        # A field that is newer than the run has its default.
        defaults = dataclasses.asdict(type(config)())
        known = {**defaults, **saved.get("config", {})}
        if saved.get("recipe") != recipe:
            raise InputError(
                f"{folder} holds a run of {saved.get('recipe')!r}, not of "
                f"{recipe!r}. Choose another --run-dir."
            )
        if known != self.config:
            differing = [
                f"{name} {known[name]!r} there, {value!r} here"
                for name, value in self.config.items()
                if known[name] != value
            ]
            raise InputError(
                f"{folder} holds a run with another configuration "
                f"({'; '.join(differing)}). Choose another --run-dir."
            )
        self.saved = saved
        if (self.folder / "metrics.json").exists():
            self.metrics = read_json(self.folder / "metrics.json")

    def _held(self):
        """What the folder holds, but for a text, which comes before a run."""
        return set(self.folder.iterdir()) - set(made(self.folder / "text"))

    def begin(
        self,
        builder: str,
        arguments: dict,
        labels: list[str],
        tokenizer,
        data: dict,
    ) -> keras.Model:
        """Builds the model and writes the part of the folder that stays.

        Args:
            builder: name of a function of `zoo.models`.
            arguments: its plain arguments.
            labels: names of the classes.
            tokenizer: what makes ids of texts.
            data: `name` and `licence` of what it is trained on.

        Returns:
            The model, in the configuration's precision, with weights that
            depend on the seed only.

        Raises:
            InputError: if the folder was begun with other data.
        """
        self._check_data(labels, tokenizer, data)
        # TensorFlow sums embedding gradients in any order unless told not to.
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            tf.config.experimental.enable_op_determinism()
        keras.utils.set_random_seed(self.config["seed"])
        with dtype_policy(self.config["precision"]):
            model = models.build(builder, arguments)
        self.builder, self.arguments = builder, arguments
        # First of all the file that makes it a run folder: one that is killed
        # here must not be taken for somebody else's.
        write_json(
            self.folder / "config.json",
            {
                "recipe": self.recipe,
                "command": self.command,
                "config": self.config,
                "data": data,
                "builder": builder,
                "arguments": arguments,
                "labels": labels,
                "tokenizer": tokenizer.kind,
                "keras": keras.__version__,
                "backend": keras.backend.backend(),
                "python": platform.python_version(),
            },
        )
        tokenizer.save(self.folder / "tokenizer.json")
        return model

    def _check_data(self, labels, tokenizer, data):
        """The weights so far belong to these classes and words."""
        begun = self.folder / "tokenizer.json"
        if not self.saved or not begun.exists():
            return
        words = load_tokenizer(begun).vocabulary
        known = (self.saved["labels"], self.saved.get("data", data), words)
        if known != (labels, data, tokenizer.vocabulary):
            raise InputError(
                f"{self.folder} was begun with other data: the texts or "
                "classes have changed since. Choose another --run-dir."
            )

    def fit(
        self,
        model: keras.Model,
        training: Batches,
        validation: Batches | Callable[[], dict],
        learning_rate,
        progress: bool,
        initialise: Callable[[], None] | None = None,
        trained_form: keras.Model | None = None,
        loss: Callable | None = None,
        monitor: tuple[str, Callable] = ("val_loss", min),
    ) -> keras.Model:
        """Trains `model` to the best epoch, from the backup if there is one.

        The configuration says `epochs`, `patience` (epochs without a better
        validation before it stops; 0 for never), `clip_norm`,
        `weight_decay`, and, if it has them, `label_smoothing` and `ema`.

        Args:
            model: what `begin` returned.
            training: shuffled batches without an end.
            validation: batches that end, for the accuracy, which shall be
                high; or a function of nothing to scores.
            learning_rate: number or schedule.
            progress: whether to show how far it is.
            initialise: what to do to the weights before the first epoch; it
                counts as training time.
            trained_form: the model that is trained, if it is another form of
                `model` with the same weights.
            loss: of labels and logits; cross-entropy by default.
            monitor: which of the scores of `validation` says how good an epoch
                is, and `min` or `max` of it.

        Returns:
            The model to test and to keep: float32, with the weights of the
            best epoch.
        """
        form = trained_form or model
        if loss is None:
            loss = cross_entropy(self.config.get("label_smoothing", 0.0))
        by_batches = isinstance(validation, Batches)
        form.compile(
            ClippedAdam(
                learning_rate,
                self.config["clip_norm"],
                self.config["weight_decay"],
                self.config.get("ema", 0.0),
            ),
            {"logits": loss},
            metrics={"logits": ["accuracy"]} if by_batches else None,
        )
        form.optimizer.build(form.trainable_variables)
        monitor, best = ("val_accuracy", max) if by_batches else monitor
        keeper = Keeper(
            self.folder / "backup" / "state.npz",
            self.config["patience"],
            model,
            monitor,
            best,
            None if by_batches else validation,
        )
        first_epoch = keeper.restore(form)
        if first_epoch and progress:
            print(f"Going on after epoch {first_epoch}.", flush=True)
        if not first_epoch and initialise is not None:
            began = time.perf_counter()
            initialise()
            keeper.seconds = time.perf_counter() - began
        if not keeper.finished:
            form.fit(
                feed(lambda: training.make(first_epoch)),
                shuffle=False,
                steps_per_epoch=training.steps,
                epochs=self.config["epochs"],
                initial_epoch=first_epoch,
                validation_data=feed(
                    lambda: validation.make(0), validation.steps
                )
                if by_batches
                else None,
                callbacks=[keeper, *self._reporters()],
                verbose=_verbosity() if progress else 0,
            )
        result = models.build(self.builder, self.arguments)
        keeper.take_best(result)
        self.history = keeper.rows
        self.train_seconds = keeper.seconds
        self.best_validation = round(
            best(row[monitor] for row in keeper.rows), 5
        )
        return result

    def _reporters(self) -> list:
        if keras.backend.backend() != "tensorflow":
            return []
        return [keras.callbacks.TensorBoard(str(self.folder / "logs"))]

    def finish(self, model: keras.Model, metrics: dict, tokens: int) -> dict:
        """Writes the result and drops the backup.

        Args:
            model: what `fit` returned.
            metrics: the task's scores.
            tokens: number of tokens in one epoch of training.

        Returns:
            What `metrics.json` holds.
        """
        with replacing(self.folder / "model.keras") as draft:
            model.save(draft)
        text = io.StringIO()
        writer = csv.DictWriter(text, list(self.history[0]))
        writer.writeheader()
        writer.writerows(self.history)
        write_text(self.folder / "history.csv", text.getvalue())
        plots.curves(self.history, self.folder / "plots" / "curves.png")
        self.metrics = {
            "recipe": self.recipe,
            "epochs": len(self.history),
            "train_seconds": round(self.train_seconds, 1),
            "parameters": model.count_params(),
            "tokens_per_second": round(
                tokens * len(self.history) / self.train_seconds
            ),
            **metrics,
        }
        write_json(self.folder / "metrics.json", self.metrics)
        shutil.rmtree(self.folder / "backup", ignore_errors=True)
        return self.metrics


def _verbosity() -> int:
    """A bar on a terminal, a line for each epoch elsewhere."""
    return 1 if sys.stdout.isatty() else 2
