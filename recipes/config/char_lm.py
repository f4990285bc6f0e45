"""What the recipe of characters can be asked for, and the runs that ship."""

import dataclasses
from typing import Any

from recipes.config.fields import PRECISION_HELP, check_training, option
from recipes.data.token_files import TOKENS
from recipes.datasets.long_texts import DATA
from zoo import cells
from zoo.argument_checks import at_least, fraction, one_of
from zoo.errors import InputError

# Whether the recipe can keep its data as arrays (--prepared).
PREPARED = True
# What is chosen for one's own text (`recipes.config.fit_to_language`).
FITTED = (
    *("validation_share", "units", "dropout", "batch_size", "epochs"),
    "patience",
)


@dataclasses.dataclass(frozen=True)
class Config:
    data: str = option("zoo_sources", ", ".join(DATA))
    train_file: str = option(
        "", "your own text, UTF-8; .gz is unpacked", reads=True
    )
    tokens: str = option("characters", ", ".join(TOKENS))
    validation_share: float = option(0.1, "share of the text for validation")
    test_share: float = option(0.0, "share of the text for the test, its end")
    cell: str = option("lstm", ", ".join(cells.names()))
    units: int = option(384, "size of the state of each layer")
    layers: int = option(1, "number of layers")
    embedding_size: int = option(64, "size of a token's vector")
    tied: bool = option(False, "score with the vectors of the embedding")
    embedding_dropout: float = option(0.0, "dropout of embedding features")
    dropout: float = option(0.3, "dropout between layers and at the end")
    recurrent_dropout: float = option(0.15, "variational, of classical cells")
    window: int = option(64, "tokens that a gradient goes back through")
    epochs: int = option(12, "number of epochs")
    epoch_windows: int = option(0, "windows in an epoch; 0: one pass")
    patience: int = option(0, "epochs without progress to stop after; 0: off")
    batch_size: int = option(64, "stretches of the text that are read at once")
    learning_rate: float = option(0.004, "highest learning rate")
    weight_decay: float = option(0.0, "decoupled weight decay")
    ema: float = option(0.99, "momentum of the averaged weights; 0: none")
    clip_norm: float = option(1.0, "longest gradient that is let through")
    precision: str = option("float32", PRECISION_HELP)
    seed: int = option(1, "seed of weights, dropout and where windows begin")

    def __post_init__(self):
        one_of("data", self.data, DATA)
        one_of("tokens", self.tokens, TOKENS)
        one_of("cell", self.cell, cells.names())
        at_least(
            1,
            units=self.units,
            layers=self.layers,
            embedding_size=self.embedding_size,
            window=self.window,
        )
        at_least(0, epoch_windows=self.epoch_windows)
        fraction(
            validation_share=self.validation_share,
            test_share=self.test_share,
            embedding_dropout=self.embedding_dropout,
            dropout=self.dropout,
            recurrent_dropout=self.recurrent_dropout,
        )
        shares = (self.validation_share, self.test_share)
        if not self.validation_share or sum(shares) >= 1:
            raise InputError(
                "`validation_share` must be above 0, and with `test_share` it "
                f"must leave something to train on. Received: {shares}"
            )
        check_training(self)

    @property
    def stated(self) -> tuple[str, ...]:
        """Fields that a command states even where they are at their default:
        for one's own text others would be chosen.
        """
        return FITTED if self.train_file else ()


PRESETS = {
    "default": Config(),
    # The run that ships as the pretrained model of this name; on a processor
    # with bfloat16 products, half as many epochs again take the same time.
    "shakespeare_lstm_base": Config(
        data="tiny_shakespeare",
        dropout=0.35,
        epochs=17,
        precision="mixed_bfloat16",
    ),
    # So is this one; of the text's end, the last twentieth is the test.
    "war_and_peace_lstm_base": Config(
        data="war_and_peace",
        validation_share=0.05,
        test_share=0.05,
        units=512,
        dropout=0.2,
        epochs=4,
        precision="mixed_bfloat16",
    ),
    "tiny": Config(units=32, embedding_size=16, epochs=1),
}


def search_space(hp: Any, config: Config) -> Config:
    """What `zoo tune` tries; the rest is as in `config`."""
    return dataclasses.replace(
        config,
        cell=hp.Choice("cell", ["lstm", "gru", "mingru"]),
        units=hp.Int("units", 128, 512, step=128),
        layers=hp.Int("layers", 1, 2),
        embedding_size=hp.Choice("embedding_size", [32, 64, 128]),
        dropout=hp.Float("dropout", 0.0, 0.5, step=0.1),
        recurrent_dropout=hp.Float("recurrent_dropout", 0.0, 0.3, step=0.05),
        window=hp.Choice("window", [32, 64, 128]),
        learning_rate=hp.Float("learning_rate", 1e-3, 1e-2, sampling="log"),
    )
