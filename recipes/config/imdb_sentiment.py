"""What the recipe of sentiment can be asked for, and the runs that ship."""

import dataclasses
from typing import Any

from recipes.config.fields import PRECISION_HELP, check_training, chosen, option
from recipes.data.tokenizers import TOKENS
from zoo import cells
from zoo.argument_checks import at_least, fraction, one_of, positive
from zoo.choices import POOLINGS, check_ngrams
from zoo.errors import InputError
from zoo.text import word_rules

# Whether the recipe can keep its data as arrays (--prepared).
PREPARED = True
NGRAM_METHODS = ("nbsvm", "tfidf")
SPLITS = ("random", "stratified")
BEST_BY = ("accuracy", "loss")
CLASS_WEIGHTS = ("none", "balanced")
# What is chosen for one's own texts (`recipes.config.fit_to_texts`).
FITTED = (
    *("tokens", "word_rules", "vocabulary_size"),
    *("batch_size", "epochs", "patience"),
    *("best_by", "validation_share", "split", "test_share"),
    *("ngrams", "ngram_method", "ngram_slots"),
)
_NEWER_FIELDS = (
    *("split", "test_share", "group_column"),
    *("delimiter", "encoding", "skip_bad_rows"),
)
_TOKEN_FIELDS = ("tokens", "word_rules")
_TEXT_FIELDS = (
    *("train_file", "test_file", "text_column", "label_column"),
    *("validation_share", "seed", *_NEWER_FIELDS),
)


@dataclasses.dataclass(frozen=True)
class Config:
    cell: str = option("gru", ", ".join(cells.names()))
    units: int = option(64, "size of the state of each direction")
    layers: int = option(1, "number of layers")
    bidirectional: bool = option(True, "read both contexts")
    pooling: str = option("mean_max", ", ".join(POOLINGS))
    embedding_size: int = option(64, "size of a word's vector")
    vocabulary_size: int = option(20_000, "most frequent words to know")
    max_words: int = option(0, "words of a training review to read; 0: all")
    word_vectors: bool = option(True, "start from words' neighbours")
    embedding_dropout: float = option(0.5, "dropout of embedding features")
    dropout: float = option(0.5, "dropout between layers and at the end")
    recurrent_dropout: float = option(0.0, "variational dropout of states")
    tokens: str = option("words", ", ".join(TOKENS))
    word_rules: int = option(1, "version of the rules of words")
    ngrams: int = option(0, "longest n-gram to judge beside the states")
    ngram_method: str = option("nbsvm", ", ".join(NGRAM_METHODS))
    ngram_slots: int = option(131_071, "size of the table of n-grams")
    adversarial: float = option(0.0, "relative change of words to withstand")
    epochs: int = option(2, "passes over the training set")
    patience: int = option(0, "epochs without progress to stop after; 0: off")
    batch_size: int = option(64, "reviews in a batch")
    learning_rate: float = option(0.003, "highest learning rate")
    weight_decay: float = option(0.0, "decoupled weight decay")
    label_smoothing: float = option(0.0, "share of the target for all")
    ema: float = option(0.0, "momentum of the averaged weights; 0: none")
    clip_norm: float = option(1.0, "longest gradient that is let through")
    validation_share: float = option(0.05, "share of training for validation")
    best_by: str = option("accuracy", "accuracy or loss: of the best epoch")
    class_weights: str = option("none", "none, or balanced: classes alike")
    precision: str = option("float32", PRECISION_HELP)
    seed: int = option(1, "seed of weights, order and split")
    source: str = option("", "model to start from", flag="from")
    rate_decay: float = option(1.0, "--from: learning rate, a layer lower")
    unfreeze: float = option(
        0.0, "--from: share of steps until all layers learn", formerly="thaw"
    )
    teacher: str = option("", "classifier to learn from; or A,B")
    train_file: str = option("", "your own .csv, .tsv or .jsonl", reads=True)
    test_file: str = option("", "the like, for the test", reads=True)
    unlabelled_file: str = option(
        "", "texts for a teacher to label", reads=True
    )
    text_column: str = option("text", "its column with the text")
    label_column: str = option("label", "its column with the class")
    group_column: str = option("", "column of what must stay together")
    delimiter: str = option("", "between its columns, or tab; else found out")
    encoding: str = option("", "as latin-1; else UTF-8, or UTF-16 by its mark")
    skip_bad_rows: bool = option(False, "leave out rows that cannot be used")
    test_share: float = option(0.1, "of it for the test, without a test file")
    split: str = option("random", "random, or stratified: by class, no repeats")

    def __post_init__(self):
        one_of("cell", self.cell, cells.names())
        one_of("pooling", self.pooling, POOLINGS)
        one_of("tokens", self.tokens, TOKENS)
        word_rules.check(self.word_rules, "word_rules")
        one_of("ngram_method", self.ngram_method, NGRAM_METHODS)
        one_of("split", self.split, SPLITS)
        one_of("best_by", self.best_by, BEST_BY)
        one_of("class_weights", self.class_weights, CLASS_WEIGHTS)
        at_least(
            1,
            units=self.units,
            layers=self.layers,
            embedding_size=self.embedding_size,
        )
        at_least(3, vocabulary_size=self.vocabulary_size)
        at_least(0, max_words=self.max_words)
        check_ngrams(self.ngrams, self.ngram_slots, self.vocabulary_size)
        fraction(
            embedding_dropout=self.embedding_dropout,
            dropout=self.dropout,
            recurrent_dropout=self.recurrent_dropout,
            validation_share=self.validation_share,
            test_share=self.test_share,
            adversarial=self.adversarial,
            unfreeze=self.unfreeze,
        )
        positive(rate_decay=self.rate_decay)
        check_training(self)
        if self.test_file and not self.train_file:
            raise InputError("`test_file` needs a `train_file` too.")
        if not self.source and (self.unfreeze or self.rate_decay != 1):
            raise InputError(
                "`unfreeze` and `rate_decay` need a model: --from."
            )
        if self.unlabelled_file and not self.teacher:
            raise InputError("`unlabelled_file` needs a `teacher`.")

    @property
    def stated(self) -> tuple[str, ...]:
        """Fields that a command states even where they are at their default:
        for one's own texts others would be chosen.
        """
        return FITTED if self.train_file else ()

    @property
    def text_settings(self) -> dict[str, Any]:
        """Which texts, and how they are split; see `datasets.reviews`."""
        return {name: getattr(self, name) for name in _TEXT_FIELDS}

    @property
    def data_key(self) -> dict[str, Any]:
        """What the arrays of ids depend on.

        A field that is newer than data that were prepared before is there if
        it is not at its default.
        """
        newer, given = (*_NEWER_FIELDS, *_TOKEN_FIELDS), chosen(self)
        names = (*_TEXT_FIELDS, "vocabulary_size", "source", "teacher")
        key = {
            name: getattr(self, name)
            for name in (*names, "unlabelled_file")
            if name not in newer
        }
        return key | {name: given[name] for name in newer if name in given}


PRESETS = {
    "default": Config(),
    # The run that ships as the pretrained model of this name.
    "imdb_gru_base": Config(),
    # What ships as the best, and the small one that learns from it.
    "imdb_gru_large": Config(
        source="reviews_gru_base",
        rate_decay=0.5,
        unfreeze=0.1,
        epochs=3,
        learning_rate=0.002,
        embedding_dropout=0.3,
        recurrent_dropout=0.2,
        ngrams=3,
        ema=0.99,
        precision="mixed_bfloat16",
    ),
    "imdb_gru_tiny": Config(
        teacher="imdb_gru_large",
        vocabulary_size=12_000,
        embedding_dropout=0.3,
        dropout=0.3,
        ngrams=3,
        ngram_slots=65_521,
        epochs=3,
        ema=0.99,
    ),
    # Two layers of a linear cell; at 64 units on 2 cores no faster than a GRU.
    "fast": Config(cell="mingru", layers=2, embedding_dropout=0.3, dropout=0.3),
    "tiny": Config(units=8, embedding_size=8, vocabulary_size=2_000, epochs=1),
}


def search_space(hp: Any, config: Config) -> Config:
    """What `zoo tune` tries; the rest is as in `config`."""
    sizes = {}  # Those of the model to start from, if there is one.
    if not config.source:
        sizes = {
            "cell": hp.Choice("cell", ["gru", "lstm", "mingru"]),
            "units": hp.Int("units", 32, 128, step=32),
            "layers": hp.Int("layers", 1, 2),
            "pooling": hp.Choice("pooling", ["mean_max", "max", "mean"]),
            "embedding_size": hp.Choice("embedding_size", [32, 64, 128]),
        }
    if config.train_file:
        # One's own texts may be of any kind.
        few, many = max(1, config.epochs // 2), 2 * config.epochs
        sizes["epochs"] = hp.Choice(
            "epochs", sorted({few, config.epochs, many})
        )
        sizes["ngrams"] = hp.Int("ngrams", 0, 3)
        if not config.source:
            sizes["tokens"] = hp.Choice("tokens", list(TOKENS))
            sizes["vocabulary_size"] = hp.Choice(
                "vocabulary_size", [5_000, 20_000, 50_000]
            )
    return dataclasses.replace(
        config,
        **sizes,
        embedding_dropout=hp.Float("embedding_dropout", 0.1, 0.6, step=0.1),
        dropout=hp.Float("dropout", 0.1, 0.6, step=0.1),
        batch_size=hp.Choice("batch_size", [32, 64, 128]),
        learning_rate=hp.Float("learning_rate", 1e-3, 1e-2, sampling="log"),
    )
