"""Which word comes next? A language model of words, to build others on.

    zoo train word_lm
    zoo train word_lm --train-file mine.jsonl

Reads the 75,000 training reviews of IMDB that have a label or none (not the
test reviews), in an order that the seed draws, as one text with an empty word
between two reviews. What it has learned of words and their order is where a
classifier may start (`zoo train imdb_sentiment --from NAME`).

With `--train-file` the settings suit your own texts, unless flags, a preset or
a file say others (`recipes.config.fit_to_language`); in scripts without spaces
tokens are subwords then. Words are those of `zoo.text.WordTokenizer`:
lower-case, without punctuation but ! and ?. In training the softmax is over the
most frequent words and some of the others, drawn anew for each batch
(`zoo.layers.SampledLogits`); what is validated and reported is the whole one. A
share of the texts is set aside: the perplexity is the mean over every word of
theirs, unknown ones and ends of texts included, read as one text.

Published run, `--preset reviews_gru_base` (the default): perplexity 124.9 on
750 reviews, 1.9 passes over the others in 4,854 s on one core (other work ran
beside it), products in bfloat16, on a processor that has them.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from keras import ops

from recipes.config import flags
from recipes.config.fields import chosen
from recipes.config.fit_to_language import word_fitted as fitted
from recipes.config.word_lm import FITTED, PRESETS, Config
from recipes.config.word_lm import search_space as search_space
from recipes.data.examples import Batches, Examples
from recipes.data.prepared import Prepared, prepared
from recipes.data.tokenizers import from_texts
from recipes.data.windows import windows
from recipes.datasets import documents, imdb, own_texts
from recipes.evaluation.held_out import of_text
from recipes.evaluation.language_modeling import word_scores
from recipes.methods import warm_start
from recipes.training.losses import cross_entropy
from recipes.training.run import Run
from zoo import cells
from zoo.decoding.scoring import Reader
from zoo.evaluation import Validation
from zoo.models.language_model import sampled_form, step_form
from zoo.printable import printable
from zoo.tasks import LanguageModel
from zoo.text import TextTokenizer
from zoo.text.tokenizer import unknown_share

# Stretches that validation reads side by side, and words that it reads after
# each epoch; at the end it reads all.
_VALIDATION_ROWS, _VALIDATED = 32, 50_000


def objective(config: Config) -> tuple[str, str]:
    """The score that a search looks at, and whether its min or max."""
    return f"validation_nats_per_{config.unit}", "min"


def texts(config: Config, data_dir: Path | None) -> dict[str, list[str]]:
    """`train` and `validation`, each in a drawn order."""
    return documents.split(
        documents.texts(
            data_dir,
            train_file=config.train_file,
            **config.file_form,
        ),
        validation_share=config.validation_share,
        seed=config.seed,
    )


def data(
    config: Config,
    data_dir: Path | None,
    folder: Path | None = None,
    start: LanguageModel | None = None,
) -> Prepared:
    """The tokenizer, and the texts of two splits, each in a drawn order.

    The vocabulary comes from the training part alone, or is that of the model
    to start from (`start`, if it is loaded already). With `folder`, texts are
    tokenized once and kept there as arrays; where it exists, neither the texts
    nor TensorFlow are needed.
    """

    def make():
        splits = texts(config, data_dir)
        if other := start or _start(config):
            tokenizer: TextTokenizer = other.tokenizer
        else:
            tokenizer = from_texts(
                # Line ends stand between texts of characters.
                [*splits["train"], "\n"],
                config.tokens,
                config.vocabulary_size,
                word_rules=config.word_rules,
                lower_case=False,
            )
        examples = {
            name: Examples.from_texts(split, None, tokenizer)
            for name, split in splits.items()
        }
        return Prepared([], tokenizer, examples)

    files = [config.train_file] if config.train_file else []
    files += warm_start.weight_files(config.source)
    settings = {name: getattr(config, name) for name in FITTED}
    return prepared(folder, config.data_key, make, files, settings)


def _start(config: Config) -> LanguageModel | None:
    """The model to start from; None where there is none."""
    return warm_start.load_start(config.source, (LanguageModel,))


def model(config: Config, vocabulary_size: int) -> tuple[str, dict]:
    """The builder's name and its arguments."""
    # A linear cell has no product that takes its state in.
    drops = cells.registration(config.cell).takes_recurrent_mask
    return "language_model", {
        "vocabulary_size": vocabulary_size,
        "cell": config.cell,
        "units": config.units,
        "layers": config.layers,
        "embedding_size": config.embedding_size,
        "tied": True,
        "embedding_dropout": config.embedding_dropout,
        "dropout": config.dropout,
        "recurrent_dropout": config.recurrent_dropout * drops,
    }


def evaluate(
    trained: LanguageModel, config: Config, data_dir: Path | None = None
) -> dict:
    """The scores of a trained model on the validation part of `config`."""
    ids = _held_out(config, data_dir, trained.tokenizer)
    reader = Reader(step_form(trained.model))
    return word_scores(reader, ids, unit=trained.tokenizer.unit)


def validation(
    trained: LanguageModel, config: Config, data_dir: Path | None = None
) -> Validation:
    """What other forms of a trained model are scored on."""
    return of_text(trained, _held_out(config, data_dir, trained.tokenizer))


def _held_out(config, data_dir, tokenizer):
    """The ids of the texts that are set aside, one behind the other."""
    part = texts(config, data_dir)["validation"]
    examples = Examples.from_texts(part, None, tokenizer)
    return documents.as_one(examples, tokenizer)


def _with_next(
    batches: Batches[tuple[dict, dict]],
) -> Batches[tuple[dict, dict]]:
    """The same batches, which tell the model what comes next too."""

    def make(first_epoch) -> Iterator:
        for inputs, targets in batches.make(first_epoch):
            yield {**inputs, "next_ids": targets["logits"]}, targets

    return Batches(make, batches.steps, batches.contents)


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
    start = _start(config)
    ready = data(config, data_dir, prepared_dir, start)
    validation = documents.as_one(ready.splits["validation"], ready.tokenizer)
    training = windows(
        documents.as_one(ready.splits["train"], ready.tokenizer),
        config.batch_size,
        config.window,
        config.seed,
        config.epoch_windows,
    )
    about = imdb.DATA
    if config.train_file:
        about = own_texts.about(config.train_file, hashed=True)
    size = ready.tokenizer.size
    builder, arguments = model(config, size)
    if start:
        # Whether states can be dropped depends on the cell.
        cell = start.arguments["cell"]
        _, arguments = model(dataclasses.replace(config, cell=cell), size)
        arguments = warm_start.inherit_arguments(
            arguments, start, chosen=chosen(config), names=config.source
        )
        about = warm_start.data_lineage(about, start)
    net = run.begin(builder, arguments, [], ready.tokenizer, about)
    frequent = min(config.frequent_words, size - 1)
    reader, unit = Reader(step_form(net)), ready.tokenizer.unit
    rows = min(_VALIDATION_ROWS, len(validation) - 1)

    def validate():
        part = validation[: _VALIDATED + 1]
        scores = word_scores(reader, part, rows, unit)
        return {"val_loss": scores[f"validation_nats_per_{unit}"]}

    def initialise():
        if start:
            warm_start.load_shared_weights(net, start, [])

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
        initialise=initialise,
        training_model=lambda: sampled_form(
            net, config.batch_size, frequent, config.drawn_words
        ),
        progress=progress,
    )
    metrics = {
        "cell": arguments["cell"],
        **word_scores(Reader(step_form(net)), validation, unit=unit),
        "splits": {name: len(part) for name, part in ready.splits.items()},
    }
    if config.train_file:
        unknown = unknown_share(ready.tokenizer, validation)
        metrics["unknown_share"] = round(unknown, 5)
    tokens = training.steps * config.batch_size * config.window
    return run.finish(net, metrics, tokens)


def main(arguments: list[str]) -> dict:
    """Trains as the command line says; returns the metrics."""
    parser = flags.parser("word_lm", Config, PRESETS, __doc__)
    flags.add_prepared(parser)
    config, values = flags.parse(parser, arguments, Config, PRESETS)
    run_dir = values.run_dir or Path("runs", "word_lm")
    config, said = fitted(config, values, run_dir)
    for line in said:
        print(printable(line), flush=True)
    if flags.only_prepares(values):
        splits = data(config, values.data_dir, values.prepared).splits
        return {f"{name}_texts": len(split) for name, split in splits.items()}
    return train(config, run_dir, values.data_dir, prepared_dir=values.prepared)
