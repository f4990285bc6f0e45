"""What the recipe of words can be asked for, and the runs that ship."""

import dataclasses
from typing import Any

from recipes.config.fields import PRECISION_HELP, check_training, chosen, option
from recipes.data.tokenizers import TOKENS
from zoo import cells
from zoo.argument_checks import at_least, fraction, one_of
from zoo.text import word_rules

# Whether the recipe can keep its data as arrays (--prepared).
PREPARED = True
# What is chosen for one's own texts (`recipes.config.fit_to_language`).
FITTED = (
    *("tokens", "word_rules", "vocabulary_size", "validation_share"),
    *("units", "embedding_size", "embedding_dropout", "dropout"),
    *("frequent_words", "batch_size", "epoch_windows", "epochs", "patience"),
)
# Of these, what a model to start from has already.
OF_THE_START = (
    *("tokens", "word_rules", "vocabulary_size"),
    *("units", "embedding_size", "embedding_dropout", "dropout"),
)
# What the arrays of ids depend on; the newer ones are there if they are not at
# their default.
_DATA_FIELDS = (
    *("vocabulary_size", "validation_share", "seed", "train_file"),
    *("text_column", "source"),
)
_FORM = ("text_column", "delimiter", "encoding", "skip_bad_rows")
_NEWER_DATA_FIELDS = ("tokens", "word_rules", *_FORM[1:])


@dataclasses.dataclass(frozen=True)
class Config:
    source: str = option("", "model to start from", flag="from")
    train_file: str = option(
        "", "your own .txt (a text a line), .csv, ...", reads=True
    )
    text_column: str = option("text", "its column with the text")
    delimiter: str = option("", "between its columns, or tab; else found out")
    encoding: str = option("", "as latin-1; else UTF-8, or UTF-16 by its mark")
    skip_bad_rows: bool = option(False, "leave out rows that cannot be used")
    tokens: str = option("words", ", ".join(TOKENS))
    word_rules: int = option(1, "version of the rules of words")
    vocabulary_size: int = option(20_000, "most frequent words to know")
    validation_share: float = option(0.01, "share of the texts, set aside")
    cell: str = option("gru", ", ".join(cells.names()))
    units: int = option(512, "size of the state of each layer")
    layers: int = option(1, "number of layers")
    embedding_size: int = option(256, "size of a word's vector")
    embedding_dropout: float = option(0.1, "dropout of embedding features")
    dropout: float = option(0.1, "dropout between layers and at the end")
    recurrent_dropout: float = option(0.0, "variational, of classical cells")
    frequent_words: int = option(1_024, "words that always have a logit")
    drawn_words: int = option(512, "others that are drawn for a batch")
    window: int = option(64, "words that a gradient goes back through")
    epochs: int = option(4, "number of epochs")
    epoch_windows: int = option(1_000, "windows in an epoch; 0: one pass")
    patience: int = option(0, "epochs without progress to stop after; 0: off")
    batch_size: int = option(128, "stretches of the text that are read at once")
    learning_rate: float = option(0.003, "highest learning rate")
    weight_decay: float = option(0.0, "decoupled weight decay")
    ema: float = option(0.99, "momentum of the averaged weights; 0: none")
    clip_norm: float = option(1.0, "longest gradient that is let through")
    precision: str = option("mixed_bfloat16", PRECISION_HELP)
    seed: int = option(1, "seed of weights, dropout, order and split")

    def __post_init__(self):
        one_of("tokens", self.tokens, TOKENS)
        word_rules.check(self.word_rules, "word_rules")
        one_of("cell", self.cell, cells.names())
        at_least(
            1,
            units=self.units,
            layers=self.layers,
            embedding_size=self.embedding_size,
            window=self.window,
            frequent_words=self.frequent_words,
            drawn_words=self.drawn_words,
        )
        at_least(3, vocabulary_size=self.vocabulary_size)
        at_least(0, epoch_windows=self.epoch_windows)
        fraction(
            validation_share=self.validation_share,
            embedding_dropout=self.embedding_dropout,
            dropout=self.dropout,
            recurrent_dropout=self.recurrent_dropout,
        )
        check_training(self)

    @property
    def stated(self) -> tuple[str, ...]:
        """Fields that a command states even where they are at their default:
        for one's own texts others would be chosen.
        """
        return FITTED if self.train_file else ()

    @property
    def unit(self) -> str:
        """What one token is."""
        return self.tokens.removesuffix("s")

    @property
    def file_form(self) -> dict[str, Any]:
        """How the user's file is read; see `recipes.datasets.own_texts`."""
        return {name: getattr(self, name) for name in _FORM}

    @property
    def data_key(self) -> dict[str, Any]:
        """What the arrays of ids depend on."""
        key = {name: getattr(self, name) for name in _DATA_FIELDS}
        newer = chosen(self)
        return key | {n: newer[n] for n in _NEWER_DATA_FIELDS if n in newer}


PRESETS = {
    "default": Config(),
    # The run that ships as the pretrained model of this name.
    "reviews_gru_base": Config(),
    "tiny": Config(
        vocabulary_size=2_000,
        units=32,
        embedding_size=16,
        frequent_words=64,
        drawn_words=64,
        epochs=1,
        epoch_windows=50,
    ),
}


def search_space(hp: Any, config: Config) -> Config:
    """What `zoo tune` tries; the rest is as in `config`."""
    # Those of the model to start from, if there is one.
    sizes: dict[str, Any] = {}
    if not config.source:
        sizes = {
            "cell": hp.Choice("cell", ["gru", "lstm", "mingru"]),
            "units": hp.Int("units", 256, 768, step=128),
            "embedding_size": hp.Choice("embedding_size", [128, 192, 256]),
        }
    return dataclasses.replace(
        config,
        **sizes,
        dropout=hp.Float("dropout", 0.0, 0.4, step=0.1),
        learning_rate=hp.Float("learning_rate", 1e-3, 1e-2, sampling="log"),
    )
