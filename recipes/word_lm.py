"""Which word comes next? A language model of words, to build others on.

    zoo train word_lm
    zoo train word_lm --train-file mine.jsonl

Reads the 75,000 training reviews of IMDB that have a label or none (not the
test reviews), in an order that the seed draws, as one text with an empty word
between two reviews. What it has learned of words and their order is where a
classifier may start (`zoo train imdb_sentiment --from NAME`).

Words are those of `zoo.text.WordTokenizer`: lower-case, without punctuation
but ! and ?. In training the softmax is over the most frequent words and some
of the others, drawn anew for each batch (`zoo.layers.SampledLogits`); what is
validated and reported is the whole one. A share of the reviews is set aside:
the perplexity is the mean over every word of theirs, unknown ones and ends of
reviews included, read as one text.

Published run, `--preset reviews_gru_base` (the default): perplexity 124.9 on
750 reviews, 1.9 passes over the others in 4,854 s on one core (other work ran
beside it), products in bfloat16, on a processor that has them.
"""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from keras import ops

from recipes.config import flags
from recipes.config.fields import PRECISIONS, check_training, option
from recipes.data.examples import Batches
from recipes.data.prepared import Prepared
from recipes.data.windows import windows
from recipes.datasets import documents, imdb
from recipes.evaluation.held_out import of_text
from recipes.methods import warm_start
from recipes.training.losses import cross_entropy
from recipes.training.run import Run
from zoo.argument_checks import at_least, fraction, one_of
from zoo.cells import CELLS
from zoo.decoding.scoring import Reader, text_nats
from zoo.evaluation import Validation
from zoo.models.language_model import sampled_form, step_form
from zoo.tasks import Task

# Stretches that validation reads side by side, and words that it reads after
# each epoch; at the end it reads all.
_VALIDATION_ROWS, _VALIDATED = 32, 50_000


@dataclasses.dataclass(frozen=True)
class Config:
    source: str = option("", "model to start from", flag="from")
    train_file: str = option("", "your own .txt (a text a line), .csv, ...")
    text_column: str = option("text", "its column with the text")
    vocabulary_size: int = option(20_000, "most frequent words to know")
    validation_share: float = option(0.01, "share of the texts, set aside")
    cell: str = option("gru", ", ".join(CELLS))
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
    precision: str = option("mixed_bfloat16", ", ".join(PRECISIONS))
    seed: int = option(1, "seed of weights, dropout, order and split")

    def __post_init__(self):
        one_of("cell", self.cell, CELLS)
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


def objective(config: Config) -> tuple[str, str]:
    """The score that a search looks at, and whether its min or max."""
    return "validation_nats_per_word", "min"


def search_space(hp, config: Config) -> Config:
    """What `zoo tune` tries; the rest is as in `config`."""
    sizes = {}  # Those of the model to start from, if there is one.
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


def data(
    config: Config, data_dir: Path | None, folder: Path | None = None
) -> Prepared:
    """The tokenizer, and the texts of two splits, each in a drawn order.

    With `folder`, texts are tokenized once and kept there as arrays; where it
    exists, neither the texts nor TensorFlow are needed.
    """
    return documents.data(config, data_dir, folder)


def model(config: Config, vocabulary_size: int) -> tuple[str, dict]:
    """The builder's name and its arguments."""
    # A linear cell has no product that takes its state in.
    classical = not hasattr(CELLS[config.cell], "terms")
    return "language_model", {
        "vocabulary_size": vocabulary_size,
        "cell": config.cell,
        "units": config.units,
        "layers": config.layers,
        "embedding_size": config.embedding_size,
        "tied": True,
        "embedding_dropout": config.embedding_dropout,
        "dropout": config.dropout,
        "recurrent_dropout": config.recurrent_dropout * classical,
    }


def scores(reader: Reader, ids: np.ndarray, rows: int = 1) -> dict:
    """Nats per word of a text, and the perplexity."""
    parts = text_nats(reader, ids, rows)
    nats, words = np.sum([(part.sum(), part.size) for part in parts], axis=0)
    return {
        "validation_nats_per_word": round(nats / words, 5),
        "validation_perplexity": round(math.exp(nats / words), 2),
        "validation_words": int(words),
    }


def evaluate(
    trained: Task, config: Config, data_dir: Path | None = None
) -> dict:
    """The scores of a trained model on the validation part of `config`."""
    ids = documents.validation(config, data_dir, trained.tokenizer)
    return scores(Reader(step_form(trained.model)), ids)


def validation(
    trained: Task, config: Config, data_dir: Path | None = None
) -> Validation:
    """What other forms of a trained model are scored on."""
    ids = documents.validation(config, data_dir, trained.tokenizer)
    return of_text(trained, ids)


def _with_next(batches: Batches) -> Batches:
    """The same batches, which tell the model what comes next too."""

    def make(first_epoch) -> Iterator:
        for inputs, targets in batches.make(first_epoch):
            yield {**inputs, "next_ids": targets["logits"]}, targets

    return Batches(make, batches.steps)


def train(
    config: Config,
    run_dir: Path,
    data_dir: Path | None = None,
    progress: bool = True,
    prepared_dir: Path | None = None,
    test: bool = True,
) -> dict:
    """Trains, validates, and fills the run folder; returns `metrics.json`.

    Args:
        config: what to train.
        run_dir: the run folder; an interrupted run goes on.
        data_dir: folder of tensorflow-datasets.
        progress: whether to show how far it is.
        prepared_dir: folder of the data as arrays, made if it is not there.
        test: without meaning here; there is no test part.
    """
    run = Run(
        run_dir,
        "word_lm",
        config,
        command=flags.command("word_lm", config),
        seed=config.seed,
        precision=config.precision,
        batch_size=config.batch_size,
    )
    if run.metrics is not None:
        return run.metrics
    found = warm_start.source(config, ("language_model",))
    ready = data(config, data_dir, prepared_dir)
    validation = documents.as_one(ready.splits["validation"])
    training = windows(
        documents.as_one(ready.splits["train"]),
        config.batch_size,
        config.window,
        config.seed,
        config.epoch_windows,
    )
    source = imdb.DATA
    if config.train_file:
        source = {"name": Path(config.train_file).name, "licence": "your own"}
    size = ready.tokenizer.size
    builder, arguments = model(config, size)
    if found:
        # Whether states can be dropped depends on the cell.
        sized = dataclasses.replace(config, cell=found.arguments["cell"])
        arguments = warm_start.adopted(model(sized, size)[1], found, config)
        source = warm_start.after(source, found)
    net = run.begin(builder, arguments, [], ready.tokenizer, source)
    frequent = min(config.frequent_words, size - 1)
    reader = Reader(step_form(net))
    rows = min(_VALIDATION_ROWS, len(validation) - 1)

    def validate():
        found = scores(reader, validation[: _VALIDATED + 1], rows)
        return {"val_loss": found["validation_nats_per_word"]}

    nats = cross_entropy()
    net = run.fit(
        net,
        _with_next(training),
        validate,
        loss=lambda labels, logits: nats(ops.minimum(labels, frequent), logits),
        monitor="val_loss",
        best=min,
        learning_rate=config.learning_rate,
        epochs=config.epochs,
        patience=config.patience,
        clip_norm=config.clip_norm,
        weight_decay=config.weight_decay,
        ema=config.ema,
        initialise=(
            (lambda: warm_start.give(net, found, [])) if found else None
        ),
        training_model=lambda: sampled_form(
            net, config.batch_size, frequent, config.drawn_words
        ),
        progress=progress,
    )
    metrics = {
        "cell": arguments["cell"],
        **scores(Reader(step_form(net)), validation),
        "splits": {name: len(part) for name, part in ready.splits.items()},
    }
    tokens = training.steps * config.batch_size * config.window
    return run.finish(net, metrics, tokens)


def main(arguments: list[str]) -> dict:
    """Trains as the command line says; returns the metrics."""
    parser = flags.parser("word_lm", Config, PRESETS, __doc__)
    flags.add_prepared(parser)
    config, values = flags.parse(parser, arguments, Config, PRESETS)
    run_dir = values.run_dir or Path("runs", "word_lm")
    if flags.only_prepares(values):
        splits = data(config, values.data_dir, values.prepared).splits
        return {f"{name}_texts": len(split) for name, split in splits.items()}
    return train(config, run_dir, values.data_dir, prepared_dir=values.prepared)
