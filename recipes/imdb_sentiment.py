"""Does the reviewer like the film? Sentiment of a whole text.

    zoo train imdb_sentiment
    zoo train imdb_sentiment --train-file mine.csv

Whole reviews of the IMDB data set, raw, read in both directions; the mean and
the maximum of all states, because sentiment is spread over the text, feed the
decision. The embedding starts from word vectors of the training texts
(`recipes.methods.ppmi_embedding`). Batches are of like length, so hardly any
padding is computed. A part of the training set, drawn by the seed, is the
validation set that chooses the epoch; the test set is read once, at the end.

With `--train-file`, your own texts and labels, any number of classes, take
the place of the reviews (CSV, TSV or JSON lines); `--test-file` likewise,
else a tenth of them is set aside as the test set.

`--from` starts from the weights of another model: a classifier, or a language
model, which has read more texts than were labelled
(`recipes.methods.warm_start`; `--unfreeze` and `--rate-decay` let its lower
layers learn later and slower). `--teacher` learns what other classifiers think,
also of texts without a label (`recipes.methods.distillation`); `--adversarial`
withstands changes of its words.
`--ngrams` averages what the states say with what short sequences of words say
wherever they stand (`zoo.layers.WithNgrams`), the two learned apart.

Published run, `--preset imdb_gru_base` (the default): 90.79 % on the test set
after 102 s on 2 cores (`bench/imdb_time_to_accuracy.py`); `--preset fast`, a
linear cell: 89.82 % in 110 s; `--preset imdb_gru_large`, from a language model
and with n-grams: 92.18 % after 1,709 s on one core, other work beside it;
`--preset imdb_gru_tiny`, a small one that learns from it: 92.14 % after 832 s.
Settings were chosen on films that the rest of the training set does not have:
a random choice rewards knowing their names.
"""

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recipes import report, run_files
from recipes.config import fit_to_texts, flags
from recipes.config.fields import chosen
from recipes.config.imdb_sentiment import PRESETS, Config
from recipes.config.imdb_sentiment import search_space as search_space
from recipes.data import splits
from recipes.data.examples import Examples, ordered, shuffled
from recipes.data.prepared import Prepared, prepared
from recipes.datasets import imdb, own_texts, reviews
from recipes.distribute import strategy
from recipes.evaluation import baselines, classification, own_summary
from recipes.evaluation.held_out import check_labels, of_classes
from recipes.methods import (
    distillation,
    nbsvm,
    stacking,
    tfidf_ngrams,
    warm_start,
)
from recipes.methods.ppmi_embedding import word_vectors
from recipes.training import fit
from recipes.training.losses import balanced as class_weights
from recipes.training.losses import cross_entropy
from recipes.training.run import Run
from recipes.training.run_folder import begun_with, check_file
from zoo.evaluation import Validation
from zoo.io.files import write_json
from zoo.models.layer_names import EMBEDDING
from zoo.tasks import LanguageModel, TextClassifier
from zoo.text import CharacterTokenizer, TextTokenizer, WordTokenizer


def objective(config: Config) -> tuple[str, str]:
    """The score that a search looks at, and whether its min or max."""
    return "validation_accuracy", "max"


# What the three splits depend on; of these, those that are newer than data
# that were prepared before, and what the arrays of ids depend on besides.
_NEWER_FIELDS = (
    *("split", "test_share", "group_column"),
    *("delimiter", "encoding", "skip_bad_rows"),
)
_TEXT_FIELDS = (
    *("train_file", "test_file", "text_column", "label_column"),
    *("validation_share", "seed", *_NEWER_FIELDS),
)
_DATA_FIELDS = ("vocabulary_size", "source", "teacher", "unlabelled_file")
_TOKENIZERS: dict = {
    "words": WordTokenizer,
    "characters": CharacterTokenizer,
}


def texts(
    config: Config, data_dir: Path | None, kept: dict | None = None
) -> reviews.SplitTexts:
    """The names of the classes, and texts and classes of the three splits.

    Args:
        config: says which texts, and how they are split.
        data_dir: folder of tensorflow-datasets.
        kept: what was set aside when the run was begun, if it is known.
    """
    asked = {name: getattr(config, name) for name in _TEXT_FIELDS}
    return reviews.texts(data_dir, kept=kept, **asked)


def data(
    config: Config,
    data_dir: Path | None,
    folder: Path | None = None,
    start: TextClassifier | LanguageModel | None = None,
    split: reviews.SplitTexts | None = None,
) -> Prepared:
    """The names of the classes, the tokenizer, and the three splits.

    The vocabulary comes from the training part alone, or is that of the model
    to start from (`start`, if it is loaded already). With a teacher, the
    training part has probabilities for labels, and the unlabelled texts at its
    end. With `folder`, texts are tokenized once and kept there as arrays; where
    it exists, neither the texts nor TensorFlow are needed. `split` is what
    `texts` returned, if they are read already.
    """

    def make():
        read = split or texts(config, data_dir)
        labels, named = read.labels, dict(read.splits)
        train: list[str] = named["train"][0]
        classes: Any = named["train"][1]
        if other := start or _start(config):
            tokenizer: TextTokenizer = other.tokenizer
        else:
            made = _TOKENIZERS[config.tokens]
            # The n-grams learn from the validation texts in the end, and few
            # texts have many words that no other has.
            late = (
                named["validation"][0] if config.ngram_method == "tfidf" else []
            )
            tokenizer = made.from_texts(train + late, config.vocabulary_size)
        if config.teacher:
            train = train + reviews.unlabelled(
                data_dir,
                train_file=config.train_file,
                unlabelled_file=config.unlabelled_file,
                text_column=config.text_column,
            )
            p = distillation.probabilities(config.teacher, train, labels)
            classes = distillation.mix_with_labels(p, classes)
        named["train"] = (train, classes)
        examples = {
            name: Examples.from_texts(split_texts, split_classes, tokenizer)
            for name, (split_texts, split_classes) in named.items()
        }
        return Prepared(labels, tokenizer, examples, read.set_aside, read.notes)

    newer, given = (*_NEWER_FIELDS, "tokens"), chosen(config)
    key = {
        name: getattr(config, name)
        for name in (*_TEXT_FIELDS, *_DATA_FIELDS)
        if name not in newer
    }
    key |= {name: given[name] for name in newer if name in given}
    files = [config.train_file, config.test_file, config.unlabelled_file]
    files += warm_start.weight_files(config.source)
    files += warm_start.weight_files(config.teacher)
    return prepared(folder, key, make, list(filter(None, files)))


def _start(config: Config) -> TextClassifier | LanguageModel | None:
    """The model to start from; None where there is none."""
    return warm_start.load_start(config.source, warm_start.CLASSIFIER_STARTS)


def model(
    config: Config, vocabulary_size: int, classes: int
) -> tuple[str, dict]:
    """The builder's name and its arguments."""
    return "classifier", {
        "vocabulary_size": vocabulary_size,
        "classes": classes,
        "cell": config.cell,
        "units": config.units,
        "layers": config.layers,
        "bidirectional": config.bidirectional,
        "pooling": config.pooling,
        "embedding_size": config.embedding_size,
        "embedding_dropout": config.embedding_dropout,
        "dropout": config.dropout,
        "recurrent_dropout": config.recurrent_dropout,
        "ngrams": config.ngrams,
        "ngram_slots": config.ngram_slots,
    }


def evaluate(
    trained: TextClassifier, config: Config, data_dir: Path | None = None
) -> dict:
    """The scores of a trained model on the test set of `config`."""
    read = texts(config, data_dir, _kept(trained.folder))
    check_labels(trained, read.labels)
    test_texts, classes = read.splits["test"]
    examples = Examples.from_texts(test_texts, classes, trained.tokenizer)
    return classification.tested(
        trained.model,
        examples,
        read.labels,
        measured=bool(config.train_file),
    )


def _kept(folder: Path | None) -> dict | None:
    """What was set aside when the run in a folder was begun."""
    return None if folder is None else splits.read(folder / run_files.SPLIT)


def validation(
    trained: TextClassifier, config: Config, data_dir: Path | None = None
) -> Validation:
    """What other forms of a trained model are scored on."""
    read = texts(config, data_dir, _kept(trained.folder))
    check_labels(trained, read.labels)
    return of_classes(trained, *read.splits["validation"])


def train(
    config: Config,
    run_dir: Path,
    data_dir: Path | None = None,
    progress: bool = True,
    prepared_dir: Path | None = None,
    test: bool = True,
) -> dict:
    """Trains, tests, and fills the run folder; returns `metrics.json`.

    Args:
        config: what to train.
        run_dir: the run folder; an interrupted run goes on.
        data_dir: folder of tensorflow-datasets.
        progress: whether to show how far it is.
        prepared_dir: folder of the data as arrays, made if it is not there.
        test: whether the test set is read at the end.
    """
    fit.check_backend(config.adversarial)
    run = Run(
        run_dir,
        "imdb_sentiment",
        config,
        command=flags.command("imdb_sentiment", config),
        seed=config.seed,
        precision=config.precision,
        batch_size=config.batch_size,
    )
    if run.metrics is not None:
        return run.metrics
    start = _start(config)
    split, about = None, imdb.DATA
    if config.train_file:
        about = own_texts.about(config.train_file, hashed=True)
        if Path(config.train_file).is_file():
            split = texts(config, data_dir, _kept(Path(run_dir)))
    ready = data(config, data_dir, prepared_dir, start, split)
    labels, tokenizer, examples = ready.labels, ready.tokenizer, ready.splits
    builder, arguments = model(config, tokenizer.size, len(labels))
    if start:
        arguments = warm_start.inherit_arguments(
            arguments, start, chosen=chosen(config), names=config.source
        )
        about = warm_start.data_lineage(about, start)
    if config.teacher:
        about = distillation.data_lineage(
            about,
            teachers=config.teacher,
            unlabelled_file=config.unlabelled_file,
        )
    net = run.begin(builder, arguments, labels, tokenizer, about)
    if ready.set_aside is not None:
        write_json(run.folder / run_files.SPLIT, ready.set_aside)
    batches = shuffled(
        examples["train"], config.batch_size, config.seed, config.max_words
    )

    rates: Sequence = ()
    if start:
        rates = warm_start.layerwise_learning_rates(
            net,
            decay=config.rate_decay,
            unfreeze=config.unfreeze,
            epochs=config.epochs,
            steps=batches.steps,
        )

    def initialise():
        if config.ngrams and config.ngram_method == "nbsvm":
            nbsvm.initialise(net, examples["train"])
        elif config.ngrams:
            tfidf_ngrams.initialise(
                net, examples["train"], words, balanced=balanced
            )
        if start:
            warm_start.load_shared_weights(net, start, labels)
        elif config.word_vectors:
            vectors = word_vectors(
                examples["train"], tokenizer.size, config.embedding_size
            )
            net.get_layer(EMBEDDING).embeddings.assign(vectors)

    balanced = config.class_weights == "balanced"
    # What can be taken apart.
    words = tokenizer.vocabulary if tokenizer.kind == "words" else []
    weights = None
    if balanced:
        weights = class_weights(examples["train"].labels, len(labels))
    loss = cross_entropy(config.label_smoothing, weights)
    held_out = ordered(examples["validation"], classification.BATCH_SIZE)
    net = run.fit(
        net,
        batches,
        classification.of_batches(net, held_out, loss),
        loss=loss,
        accuracy=True,
        monitor=f"val_{config.best_by}",
        best=max if config.best_by == "accuracy" else min,
        learning_rate=config.learning_rate,
        epochs=config.epochs,
        patience=config.patience,
        clip_norm=config.clip_norm,
        weight_decay=config.weight_decay,
        ema=config.ema,
        adversarial=config.adversarial,
        layerwise_rates=rates,
        initialise=initialise,
        progress=progress,
    )

    metrics = {
        "cell": arguments["cell"],
        "validation_accuracy": round(run.best_row["val_accuracy"], 5),
    }
    if config.ngrams and config.ngram_method == "tfidf":
        metrics |= stacking.join_parts(
            net,
            examples["train"],
            examples["validation"],
            words,
            balanced=balanced,
        )
        net = run.keep(net)
    if test:
        others = None
        if split is not None:
            others = baselines.answers(
                split.all_but_test, split.splits["test"][0]
            )
        metrics |= classification.tested(
            net,
            examples["test"],
            labels,
            run.folder / run_files.PLOTS / "confusion.png",
            measured=bool(config.train_file),
            baselines=others,
        )
    lengths = examples["train"].lengths
    if config.max_words:
        lengths = np.minimum(lengths, config.max_words)
    if ready.notes:
        metrics["notes"] = list(ready.notes)
    return run.finish(net, metrics, tokens=int(lengths.sum()))


def fitted(
    config: Config, values: argparse.Namespace, run_dir: Path
) -> tuple[Config, list[str]]:
    """The configuration that suits one's own texts, and lines that say why.

    Args:
        config: what the command line asks for.
        values: its flags. Where they name a preset or a file, that holds.
        run_dir: the run folder; a run goes on with what it was begun with.
    """
    if not config.train_file or values.preset or values.config:
        return config, []
    given = flags.given(values, Config)
    if begun := begun_with(run_dir, "imdb_sentiment"):
        check_file(run_dir, begun, config.train_file)
        then = flags.from_file(
            run_dir / run_files.CONFIG, "imdb_sentiment", Config
        )
        return dataclasses.replace(then, **given), []
    read = texts(dataclasses.replace(config, split="stratified"), None)
    known = fit_to_texts.facts(*read.named)
    return fit_to_texts.fitted(config, list(given), known)


def main(arguments: list[str]) -> dict:
    """Trains as the command line says; returns the metrics."""
    parser = flags.parser("imdb_sentiment", Config, PRESETS, __doc__)
    flags.add_prepared(parser)
    config, values = flags.parse(parser, arguments, Config, PRESETS)
    run_dir = values.run_dir or Path("runs", "imdb_sentiment")
    config, said = fitted(config, values, run_dir)
    for line in said:
        print(line, flush=True)
    if flags.only_prepares(values):
        splits = data(config, values.data_dir, values.prepared).splits
        return {
            f"{name}_examples": len(split) for name, split in splits.items()
        }
    if (run_dir / run_files.METRICS).is_file():
        print(f"{run_dir} is finished; nothing is trained.", flush=True)
    metrics = train(
        config, run_dir, values.data_dir, prepared_dir=values.prepared
    )
    if "baselines" in metrics and strategy.current().chief:
        for line in own_summary.lines(metrics, metrics.get("notes", ())):
            print(line)
        report.answer([run_dir], None, False)
    return metrics
