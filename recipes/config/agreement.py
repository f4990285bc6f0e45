"""What the recipe of agreement can be asked for."""

import dataclasses
from typing import Any

from recipes.config.fields import PRECISION_HELP, check_training, option
from zoo import cells
from zoo.argument_checks import at_least, fraction, one_of, within

# Not a cell: a network that sees the last few words only.
WINDOW = "window"


@dataclasses.dataclass(frozen=True)
class Config:
    cell: str = option("gru", "elman, gated, gru, lstm, or window")
    units: int = option(64, "size of the state")
    layers: int = option(1, "number of layers")
    embedding_size: int = option(32, "size of a word's vector")
    window: int = option(5, "words that the cell 'window' sees")
    dropout: float = option(0.0, "dropout before the logits")
    train_examples: int = option(20_000, "sentences to train on")
    epochs: int = option(4, "passes over them")
    patience: int = option(0, "epochs without progress to stop after; 0: off")
    batch_size: int = option(64, "sentences in a batch")
    learning_rate: float = option(0.004, "highest learning rate")
    weight_decay: float = option(0.0, "decoupled weight decay")
    label_smoothing: float = option(0.0, "share of the target for all")
    clip_norm: float = option(1.0, "longest gradient that is let through")
    precision: str = option("float32", PRECISION_HELP)
    seed: int = option(1, "seed of weights, order and sentences")

    def __post_init__(self):
        one_of("cell", self.cell, [*cells.names(), WINDOW])
        at_least(
            1,
            units=self.units,
            layers=self.layers,
            embedding_size=self.embedding_size,
            window=self.window,
            train_examples=self.train_examples,
        )
        # All of them are in memory.
        within(1, 1_000_000, train_examples=self.train_examples)
        fraction(dropout=self.dropout)
        check_training(self)


PRESETS = {
    "default": Config(),
    "tiny": Config(units=16, train_examples=1_000, epochs=1),
}


def search_space(hp: Any, config: Config) -> Config:
    """What `zoo tune` tries; the rest is as in `config`."""
    return dataclasses.replace(
        config,
        cell=hp.Choice("cell", ["gru", "lstm", "gated", "elman"]),
        units=hp.Int("units", 32, 128, step=32),
        layers=hp.Int("layers", 1, 2),
        embedding_size=hp.Choice("embedding_size", [16, 32, 64]),
        dropout=hp.Float("dropout", 0.0, 0.4, step=0.1),
        batch_size=hp.Choice("batch_size", [32, 64, 128]),
        learning_rate=hp.Float("learning_rate", 1e-3, 2e-2, sampling="log"),
    )
