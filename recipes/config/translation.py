"""What the recipe of translation can be asked for, and the runs that ship."""

import dataclasses
from typing import Any

from recipes.config.fields import PRECISION_HELP, check_training, option
from recipes.datasets import parallel
from zoo import cells
from zoo.argument_checks import at_least, fraction, one_of, positive
from zoo.choices import ATTENTIONS
from zoo.decoding.search_settings import BeamSearch
from zoo.errors import InputError
from zoo.text.subwords import NORMALISATIONS, UNITS

BEST_BY = ("chrf", "loss")
# What is chosen for one's own sentences (`recipes.config.fit_to_pairs`).
FITTED = (
    *("tokens", "normalisation", "vocabulary_size", "longest"),
    *("validation_share", "units", "embedding_size", "embedding_dropout"),
    *("dropout", "label_smoothing", "batch_tokens", "learning_rate"),
    *("epochs", "patience", "best_by"),
)


@dataclasses.dataclass(frozen=True)
class Config:
    data: str = option("dates", ", ".join(parallel.PAIRS))
    pair: str = option("", "languages, as in en-de; the first of the data's")
    examples: int = option(60_000, "dates: examples to train on")
    train_source: str = option(
        "", "your own sentences, one a line; or .gz", reads=True
    )
    train_target: str = option(
        "", "their translations, line by line", reads=True
    )
    train_pairs: str = option(
        "", "or both in one file, a tab between them", reads=True
    )
    test_source: str = option("", "the like, for the test", reads=True)
    test_target: str = option("", "the like, for the test", reads=True)
    test_pairs: str = option("", "the like, for the test", reads=True)
    reverse: bool = option(False, "translate your own the other way")
    validation_share: float = option(0.05, "of your own, set aside")
    beside: str = option("", "another of the data sets, to learn too")
    teacher: str = option("", "translator to learn from, or back; or A,B")
    source: str = option("", "translator to start from", flag="from")
    tokens: str = option("characters", ", ".join(UNITS))
    normalisation: str = option("nmt_nfkc", ", ".join(NORMALISATIONS))
    vocabulary_size: int = option(1_000, "units to know; of characters at most")
    shared: bool = option(True, "one vocabulary for both languages")
    longest: int = option(100, "units of a side of a training pair at most")
    cell: str = option("gru", ", ".join(cells.names()))
    units: int = option(128, "size of the state of each layer and direction")
    encoder_layers: int = option(1, "number of layers that read")
    decoder_layers: int = option(1, "number of layers that write")
    bidirectional: bool = option(True, "read both contexts")
    attention: str = option("additive", ", ".join(ATTENTIONS))
    input_feeding: bool = option(True, "tell the decoder where it looked last")
    embedding_size: int = option(64, "size of a unit's vector")
    tied: bool = option(True, "score with the vectors of the target's units")
    word_dropout: float = option(0.0, "share of units read as unknown")
    embedding_dropout: float = option(0.0, "dropout of embedding features")
    dropout: float = option(0.1, "dropout of memory, layers and at the end")
    label_smoothing: float = option(0.0, "share of the target for all units")
    risk: float = option(0.0, "--from: weight of what its translations cost")
    epochs: int = option(4, "passes over the training set")
    patience: int = option(0, "epochs without progress to stop after; 0: off")
    best_by: str = option("chrf", "chrf or loss: of the best epoch")
    batch_tokens: int = option(4096, "units of either side in a batch")
    learning_rate: float = option(0.004, "highest learning rate")
    weight_decay: float = option(0.0, "decoupled weight decay")
    ema: float = option(0.99, "momentum of the averaged weights; 0: none")
    clip_norm: float = option(1.0, "longest gradient that is let through")
    beams: int = option(5, "beams of the test")
    length_penalty: float = option(1.0, "0 favours short translations")
    precision: str = option("float32", PRECISION_HELP)
    seed: int = option(1, "seed of weights, dropout, order and split")

    @property
    def own(self) -> bool:
        """Whether the training sentences are the user's own."""
        return any(self.files[:3])

    @property
    def files(self) -> tuple[str, ...]:
        """The user's own files, three to train on and three for the test."""
        return (
            self.train_source,
            self.train_target,
            self.train_pairs,
            self.test_source,
            self.test_target,
            self.test_pairs,
        )

    @property
    def languages(self) -> str:
        """The languages, as in `en-de`; of one's own sentences perhaps ""."""
        if self.own:
            return self.pair
        return parallel.language_pair(self.data, self.pair)

    @property
    def stated(self) -> tuple[str, ...]:
        """Fields that a command states even where they are at their default:
        for one's own sentences others would be chosen.
        """
        return FITTED if self.own else ()

    def __post_init__(self):
        self._check_data()
        one_of("tokens", self.tokens, UNITS)
        one_of("best_by", self.best_by, BEST_BY)
        one_of("normalisation", self.normalisation, NORMALISATIONS)
        one_of("cell", self.cell, cells.names())
        one_of("attention", self.attention, ATTENTIONS)
        at_least(
            1,
            examples=self.examples,
            units=self.units,
            encoder_layers=self.encoder_layers,
            decoder_layers=self.decoder_layers,
            embedding_size=self.embedding_size,
            longest=self.longest,
        )
        fraction(
            word_dropout=self.word_dropout,
            validation_share=self.validation_share,
            embedding_dropout=self.embedding_dropout,
            dropout=self.dropout,
        )
        if self.risk:
            self._check_risk()
        BeamSearch(self.beams, self.length_penalty)
        check_training(self)

    def _check_data(self):
        if self.beside:
            pairs = parallel.PAIRS[
                one_of("beside", self.beside, parallel.PAIRS)
            ]
            one_of(f"pair of {self.beside}", self.languages, pairs)
            if self.beside == self.data and not self.own:
                raise InputError(f"`beside` is `data`: {self.data}.")
        if self.own:
            return
        if self.reverse or any(self.files):
            raise InputError("Your own test needs your own training data.")
        parallel.language_pair(self.data, self.pair)

    def _check_risk(self):
        positive(risk=self.risk)
        if not self.source:
            raise InputError("`risk` needs a translator to start from: --from.")
        for name in ("beside", "teacher", "word_dropout"):
            if getattr(self, name):
                raise InputError(
                    "With `risk`, a translator learns from its own "
                    f"translations alone. Leave out `{name}`."
                )


_MULTI30K = Config(
    data="multi30k",
    tokens="bpe",
    vocabulary_size=5_000,
    units=256,
    embedding_size=256,
    embedding_dropout=0.2,
    dropout=0.3,
    label_smoothing=0.1,
    batch_tokens=1_500,
    learning_rate=0.002,
    precision="mixed_bfloat16",
)
_TATOEBA = dataclasses.replace(
    _MULTI30K,
    data="tatoeba",
    vocabulary_size=4_000,
    units=192,
    embedding_size=192,
    embedding_dropout=0.1,
    dropout=0.2,
    epochs=3,
    batch_tokens=3_000,
    learning_rate=0.003,
)
# Then, from a translator that was trained so, by what its translations cost.
_BY_RISK = {
    "risk": 10.0,
    "embedding_dropout": 0.1,
    "dropout": 0.1,
    "epochs": 1,
    "batch_tokens": 3_000,
    "learning_rate": 0.0003,
}
_RUNS: dict[str, dict[str, Any]] = {
    "multi30k_en_de_first": {
        "pair": "en-de",
        "epochs": 5,
        "word_dropout": 0.1,
        "teacher": "multi30k_gru_base_de_en",
    },
    "multi30k_gru_base_en_de": {
        "pair": "en-de",
        "source": "runs/multi30k_en_de_first",
        **_BY_RISK,
    },
    "multi30k_gru_base_de_en": {"pair": "de-en", "epochs": 10},
    "multi30k_en_fr_first": {"pair": "en-fr", "epochs": 12},
    "multi30k_gru_base_en_fr": {
        "pair": "en-fr",
        "source": "runs/multi30k_en_fr_first",
        **_BY_RISK,
    },
    "multi30k_fr_en_first": {
        "pair": "fr-en",
        "epochs": 18,
        "word_dropout": 0.15,
    },
    "multi30k_fr_en_second": {
        "pair": "fr-en",
        "epochs": 6,
        "word_dropout": 0.1,
        "teacher": "runs/multi30k_en_fr_first,runs/multi30k_fr_en_first",
    },
    # As the second one saw too little of its data to know them by heart: on
    # with less dropout.
    "multi30k_fr_en_third": {
        "pair": "fr-en",
        "source": "runs/multi30k_fr_en_second",
        "teacher": "runs/multi30k_en_fr_first,runs/multi30k_fr_en_second",
        "word_dropout": 0.05,
        "embedding_dropout": 0.1,
        "dropout": 0.1,
        "epochs": 2,
        "learning_rate": 0.001,
    },
    # The mean of several that were trained by risk, and what little more of
    # it does to that.
    "multi30k_fr_en_fourth": {
        "pair": "fr-en",
        "source": "runs/multi30k_fr_en_second",
        **_BY_RISK,
    },
    "multi30k_fr_en_fifth": {
        "pair": "fr-en",
        "source": "runs/multi30k_fr_en_third",
        **_BY_RISK,
    },
    "multi30k_fr_en_sixth": {
        "pair": "fr-en",
        "source": "runs/multi30k_fr_en_fourth,runs/multi30k_fr_en_fifth",
        **_BY_RISK,
        "dropout": 0.2,
        "learning_rate": 0.00015,
    },
    "multi30k_gru_base_fr_en": {
        "pair": "fr-en",
        "source": "runs/multi30k_fr_en_fourth,runs/multi30k_fr_en_fifth,"
        "runs/multi30k_fr_en_sixth",
        **_BY_RISK,
        "learning_rate": 0.00001,
    },
}
PRESETS = {
    "default": Config(),
    # The run that ships as the pretrained model of this name.
    "dates_gru_base": Config(),
    # Each `..._first` and so on with `--run-dir runs/NAME`: what comes after
    # it reads it there.
    **{
        name: dataclasses.replace(_MULTI30K, **fields)
        for name, fields in _RUNS.items()
    },
    "tatoeba_gru_base_en_fr": dataclasses.replace(_TATOEBA, pair="en-fr"),
    "tatoeba_gru_base_fr_en": dataclasses.replace(_TATOEBA, pair="fr-en"),
    "tiny": Config(examples=2_000, units=32, embedding_size=16, epochs=1),
}


def search_space(hp: Any, config: Config) -> Config:
    """What `zoo tune` tries; the rest is as in `config`."""
    return dataclasses.replace(
        config,
        cell=hp.Choice("cell", ["gru", "lstm"]),
        units=hp.Int("units", 64, 256, step=64),
        encoder_layers=hp.Int("encoder_layers", 1, 2),
        attention=hp.Choice("attention", list(ATTENTIONS)),
        embedding_size=hp.Choice("embedding_size", [32, 64, 128]),
        dropout=hp.Float("dropout", 0.0, 0.4, step=0.1),
        learning_rate=hp.Float("learning_rate", 1e-3, 1e-2, sampling="log"),
    )
