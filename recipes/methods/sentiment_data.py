"""What the recipe of sentiment reads: its texts, as ids, in three splits."""

from pathlib import Path

from recipes import run_files
from recipes.config.imdb_sentiment import FITTED, Config
from recipes.data import splits
from recipes.data.prepared import Prepared, prepared
from recipes.datasets import reviews
from recipes.methods import labelled_examples, warm_start
from zoo.tasks import LanguageModel, TextClassifier


def texts(
    config: Config, data_dir: Path | None, kept: dict | None = None
) -> reviews.SplitTexts:
    """The names of the classes, and texts and classes of the three splits.

    Args:
        config: says which texts, and how they are split.
        data_dir: folder of tensorflow-datasets.
        kept: what was set aside when the run was begun, if it is known.
    """
    return reviews.texts(data_dir, kept=kept, **config.text_settings)


def data(
    config: Config,
    data_dir: Path | None,
    folder: Path | None = None,
    start: TextClassifier | LanguageModel | None = None,
    split: reviews.SplitTexts | None = None,
) -> Prepared:
    """The names of the classes, the tokenizer, and the three splits.

    The vocabulary comes from the training part, beside n-grams by tf-idf from
    the validation part too, or is that of the model to start from (`start`, if
    it is loaded already). With a teacher, the training part has probabilities
    for labels, and the unlabelled texts at its end. With `folder`, texts are
    tokenized once and kept there as arrays; where it exists, neither the texts
    nor TensorFlow are needed. `split` is what `texts` returned, if they are
    read already.
    """

    def make():
        other = start or start_of(config)
        return labelled_examples.examples(
            split or texts(config, data_dir),
            tokenizer=other.tokenizer if other else None,
            tokens=config.tokens,
            vocabulary_size=config.vocabulary_size,
            word_rules=config.word_rules,
            validation_words=config.ngram_method == "tfidf",
            teacher=config.teacher,
            unlabelled=lambda: reviews.unlabelled(
                data_dir,
                train_file=config.train_file,
                unlabelled_file=config.unlabelled_file,
                text_column=config.text_column,
            ),
        )

    files = [config.train_file, config.test_file, config.unlabelled_file]
    files += warm_start.weight_files(config.source)
    files += warm_start.weight_files(config.teacher)
    return prepared(
        folder,
        config.data_key,
        make,
        list(filter(None, files)),
        {name: getattr(config, name) for name in FITTED},
    )


def start_of(config: Config) -> TextClassifier | LanguageModel | None:
    """The model to start from; None where there is none."""
    return warm_start.load_start(config.source, warm_start.CLASSIFIER_STARTS)


def kept_of(folder: Path | None) -> dict | None:
    """What was set aside when the run in a folder was begun."""
    return None if folder is None else splits.read(folder / run_files.SPLIT)
