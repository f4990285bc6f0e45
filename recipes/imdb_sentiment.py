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

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recipes import run_files
from recipes.config import flags
from recipes.config.fields import chosen
from recipes.config.imdb_sentiment import PRESETS, Config
from recipes.config.imdb_sentiment import search_space as search_space
from recipes.data.examples import Examples, ordered, shuffled
from recipes.data.prepared import Prepared, prepared
from recipes.datasets import imdb, own_texts, reviews
from recipes.evaluation import classification
from recipes.evaluation.held_out import check_labels, of_classes
from recipes.methods import distillation, nbsvm, warm_start
from recipes.methods.ppmi_embedding import word_vectors
from recipes.training import fit
from recipes.training.losses import cross_entropy
from recipes.training.run import Run
from zoo.evaluation import Validation
from zoo.models.layer_names import EMBEDDING
from zoo.tasks import LanguageModel, TextClassifier
from zoo.text import TextTokenizer, WordTokenizer


def objective(config: Config) -> tuple[str, str]:
    """The score that a search looks at, and whether its min or max."""
    return "validation_accuracy", "max"


# What the arrays of ids depend on.
_DATA_FIELDS = (
    *("vocabulary_size", "validation_share", "seed", "train_file"),
    *("test_file", "text_column", "label_column"),
    *("source", "teacher", "unlabelled_file"),
)


def texts(config: Config, data_dir: Path | None) -> tuple[list[str], dict]:
    """The names of the classes, and texts and classes of the three splits."""
    return reviews.texts(
        data_dir,
        train_file=config.train_file,
        test_file=config.test_file,
        text_column=config.text_column,
        label_column=config.label_column,
        validation_share=config.validation_share,
        seed=config.seed,
    )


def data(
    config: Config,
    data_dir: Path | None,
    folder: Path | None = None,
    start: TextClassifier | LanguageModel | None = None,
) -> Prepared:
    """The names of the classes, the tokenizer, and the three splits.

    The vocabulary comes from the training part alone, or is that of the model
    to start from (`start`, if it is loaded already). With a teacher, the
    training part has probabilities for labels, and the unlabelled texts at its
    end. With `folder`, texts are tokenized once and kept there as arrays; where
    it exists, neither the texts nor TensorFlow are needed.
    """

    def make():
        labels, splits = texts(config, data_dir)
        train, classes = splits["train"]
        if other := start or _start(config):
            tokenizer: TextTokenizer = other.tokenizer
        else:
            tokenizer = WordTokenizer.from_texts(train, config.vocabulary_size)
        if config.teacher:
            train = train + reviews.unlabelled(
                data_dir,
                train_file=config.train_file,
                unlabelled_file=config.unlabelled_file,
                text_column=config.text_column,
            )
            p = distillation.probabilities(config.teacher, train, labels)
            classes = distillation.mix_with_labels(p, classes)
        splits["train"] = (train, classes)
        examples = {
            name: Examples.from_texts(split_texts, split_classes, tokenizer)
            for name, (split_texts, split_classes) in splits.items()
        }
        return Prepared(labels, tokenizer, examples)

    key = {name: getattr(config, name) for name in _DATA_FIELDS}
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
    labels, splits = texts(config, data_dir)
    check_labels(trained, labels)
    test_texts, classes = splits["test"]
    examples = Examples.from_texts(test_texts, classes, trained.tokenizer)
    return classification.tested(trained.model, examples, labels)


def validation(
    trained: TextClassifier, config: Config, data_dir: Path | None = None
) -> Validation:
    """What other forms of a trained model are scored on."""
    labels, splits = texts(config, data_dir)
    check_labels(trained, labels)
    return of_classes(trained, *splits["validation"])


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
    ready = data(config, data_dir, prepared_dir, start)
    labels, tokenizer, examples = ready.labels, ready.tokenizer, ready.splits
    about = imdb.DATA
    if config.train_file:
        about = own_texts.about(config.train_file)
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
        if config.ngrams:
            nbsvm.initialise(net, examples["train"])
        if start:
            warm_start.load_shared_weights(net, start, labels)
        elif config.word_vectors:
            vectors = word_vectors(
                examples["train"], tokenizer.size, config.embedding_size
            )
            net.get_layer(EMBEDDING).embeddings.assign(vectors)

    loss = cross_entropy(config.label_smoothing)
    held_out = ordered(examples["validation"], classification.BATCH_SIZE)
    net = run.fit(
        net,
        batches,
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
        ema=config.ema,
        adversarial=config.adversarial,
        layerwise_rates=rates,
        initialise=initialise,
        progress=progress,
    )

    metrics = {
        "cell": arguments["cell"],
        "validation_accuracy": run.best_validation,
    }
    if test:
        picture = run.folder / run_files.PLOTS / "confusion.png"
        metrics.update(
            classification.tested(net, examples["test"], labels, picture)
        )
    lengths = examples["train"].lengths
    if config.max_words:
        lengths = np.minimum(lengths, config.max_words)
    return run.finish(net, metrics, tokens=int(lengths.sum()))


def main(arguments: list[str]) -> dict:
    """Trains as the command line says; returns the metrics."""
    parser = flags.parser("imdb_sentiment", Config, PRESETS, __doc__)
    flags.add_prepared(parser)
    config, values = flags.parse(parser, arguments, Config, PRESETS)
    run_dir = values.run_dir or Path("runs", "imdb_sentiment")
    if flags.only_prepares(values):
        splits = data(config, values.data_dir, values.prepared).splits
        return {
            f"{name}_examples": len(split) for name, split in splits.items()
        }
    return train(config, run_dir, values.data_dir, prepared_dir=values.prepared)
