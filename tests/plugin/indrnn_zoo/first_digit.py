"""Was the first digit odd? All that comes behind it is noise.

    zoo train first_digit --cell indrnn

Published run: the default.
"""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from recipes.config import flags
from recipes.config.fields import PRECISIONS, check_training, option
from recipes.data.examples import Examples, ordered, shuffled
from recipes.evaluation import classification
from recipes.evaluation.held_out import of_classes
from recipes.training.losses import cross_entropy
from recipes.training.run import Run
from zoo import cells
from zoo.argument_checks import at_least, one_of
from zoo.text import WordTokenizer

DATA = {"name": "rows of digits", "licence": "CC0-1.0", "version": "1"}
LABELS = ["even", "odd"]
DIGITS = 12


@dataclasses.dataclass(frozen=True)
class Config:
    cell: str = option("indrnn", "any cell")
    units: int = option(16, "size of the state")
    # A default may be computed.
    train_examples: int = option(2 * 1_000, "rows to train on")
    epochs: int = option(6, "passes over them")
    patience: int = option(0, "epochs without progress to stop after; 0: off")
    batch_size: int = option(32, "rows in a batch")
    learning_rate: float = option(0.01, "highest learning rate")
    weight_decay: float = option(0.0, "decoupled weight decay")
    clip_norm: float = option(1.0, "longest gradient that is let through")
    precision: str = option("float32", ", ".join(PRECISIONS))
    seed: int = option(1, "seed of weights, order and rows")

    def __post_init__(self):
        one_of("cell", self.cell, cells.names())
        at_least(1, units=self.units, train_examples=self.train_examples)
        check_training(self)


PRESETS = {
    "default": Config(),
    "tiny": Config(units=8, train_examples=200, epochs=3),
}


def objective(config: Config) -> tuple[str, str]:
    """The score that a search looks at, and whether its min or max."""
    return "validation_accuracy", "max"


def search_space(hp: Any, config: Config) -> Config:
    """What `zoo tune` tries; the rest is as in `config`."""
    return dataclasses.replace(
        config,
        units=hp.Int("units", 8, 32, step=8),
        learning_rate=hp.Float("learning_rate", 3e-3, 3e-2, sampling="log"),
    )


def _rows(count, seed):
    digits = np.random.default_rng(seed).integers(0, 10, (count, DIGITS))
    texts = [" ".join(map(str, row)) for row in digits]
    return texts, digits[:, 0] % 2


def data(config: Config) -> tuple[WordTokenizer, dict]:
    """The tokenizer, and texts, labels and `Examples` of each split."""
    tokenizer = WordTokenizer(list("0123456789"))
    splits = {"train": (config.train_examples, config.seed)}
    splits |= {"validation": (200, 10_001), "test": (400, 10_002)}
    found = {}
    for name, (count, split_seed) in splits.items():
        texts, labels = _rows(count, split_seed)
        examples = Examples.from_texts(texts, labels, tokenizer)
        found[name] = (texts, labels, examples)
    return tokenizer, found


def model(config: Config, vocabulary_size: int) -> tuple[str, dict]:
    """The builder's name and its arguments."""
    return "classifier", {
        "vocabulary_size": vocabulary_size,
        "classes": len(LABELS),
        "cell": config.cell,
        "units": config.units,
        "embedding_size": 8,
        "bidirectional": False,
        "pooling": "last",
    }


def _tested(net, split):
    _, labels, examples = split
    predicted = classification.predict(net, examples).argmax(axis=-1)
    return {"test_accuracy": classification.accuracy(labels, predicted)}


def evaluate(trained, config: Config, data_dir: Path | None = None) -> dict:
    """The scores of a trained model on the test set."""
    return _tested(trained.model, data(config)[1]["test"])


def validation(trained, config: Config, data_dir: Path | None = None):
    """What other forms of a trained model are scored on."""
    texts, labels, _ = data(config)[1]["validation"]
    return of_classes(trained, texts, labels)


def train(
    config: Config,
    run_dir: Path,
    data_dir: Path | None = None,
    progress: bool = True,
    test: bool = True,
) -> dict:
    """Trains, tests, and fills the run folder; returns `metrics.json`."""
    run = Run(
        run_dir,
        "first_digit",
        config,
        command=flags.command("first_digit", config),
        seed=config.seed,
        precision=config.precision,
        batch_size=config.batch_size,
    )
    if run.metrics is not None:
        return run.metrics
    tokenizer, splits = data(config)
    net = run.begin(*model(config, tokenizer.size), LABELS, tokenizer, DATA)
    examples = splits["train"][2]
    loss = cross_entropy()
    held_out = ordered(splits["validation"][2], classification.BATCH_SIZE)
    net = run.fit(
        net,
        shuffled(examples, config.batch_size, config.seed),
        classification.of_batches(net, held_out, loss),
        loss=loss,
        accuracy=True,
        monitor="val_accuracy",
        best=max,
        learning_rate=config.learning_rate,
        epochs=config.epochs,
        patience=config.patience,
        clip_norm=config.clip_norm,
        weight_decay=config.weight_decay,
        progress=progress,
    )
    metrics = {"cell": config.cell, "validation_accuracy": run.best_validation}
    if test:
        metrics.update(_tested(net, splits["test"]))
    return run.finish(net, metrics, tokens=len(examples.token_ids))


def main(arguments: list[str]) -> dict:
    """Trains as the command line says; returns the metrics."""
    parser = flags.parser("first_digit", Config, PRESETS, __doc__)
    config, values = flags.parse(parser, arguments, Config, PRESETS)
    run_dir = values.run_dir or Path("runs", "first_digit")
    return train(config, run_dir, values.data_dir)
