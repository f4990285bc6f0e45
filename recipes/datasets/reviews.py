"""Reviews, or texts of your own, as ids and classes, for a classifier."""

from pathlib import Path

from recipes.data.examples import Examples, set_aside
from recipes.data.prepared import Prepared, prepared
from recipes.datasets import imdb, own_texts
from recipes.methods import distillation, warm_start
from zoo.text import WordTokenizer

# What is set aside as the test of a file does not depend on the run: a model
# that learns from another is tested on what neither has seen.
_TEST_SEED = 2


def texts(config, data_dir: Path | None) -> tuple[list, dict]:
    """The names of the classes, and texts and classes of the three splits."""
    if config.train_file:
        labels, both = own_texts.train_and_test(
            config.train_file,
            config.test_file,
            (config.text_column, config.label_column),
            _TEST_SEED,
        )
    else:
        labels = imdb.LABELS
        both = {name: imdb.load(name, data_dir) for name in ("train", "test")}
    whole = both["train"]
    places = set_aside(len(whole[0]), config.validation_share, config.seed)
    train, validation = (
        tuple([side[place] for place in part] for side in whole)
        for part in places
    )
    return labels, {
        "train": train,
        "validation": validation,
        "test": both["test"],
    }


# What the arrays of ids depend on.
_DATA_FIELDS = ("vocabulary_size", "validation_share", "seed", "train_file")
_DATA_FIELDS += ("test_file", "text_column", "label_column")
_DATA_FIELDS += ("source", "teacher", "unlabelled_file")


def data(config, data_dir: Path | None, folder: Path | None = None) -> Prepared:
    """The names of the classes, the tokenizer, and the three splits.

    The vocabulary comes from the training part alone, or is that of the model
    to start from. With a teacher, the training part has probabilities for
    labels, and the unlabelled texts at its end. With `folder`, texts are
    tokenized once and kept there as arrays; where it exists, neither the
    texts nor TensorFlow are needed.
    """

    def make():
        labels, parts = texts(config, data_dir)
        train_texts, classes = parts["train"]
        found = warm_start.source(config, warm_start.SOURCES)
        tokenizer = (
            found.tokenizer
            if found
            else WordTokenizer.from_texts(train_texts, config.vocabulary_size)
        )
        if config.teacher:
            train_texts = train_texts + unlabelled(config, data_dir)
            thought = distillation.probabilities(
                config.teacher, train_texts, list(labels)
            )
            classes = distillation.mixed(thought, classes)
        parts = {**parts, "train": (train_texts, classes)}
        encoded = {
            name: Examples.from_texts(*part, tokenizer)
            for name, part in parts.items()
        }
        return Prepared(list(labels), tokenizer, encoded)

    if folder is None:
        return make()
    key = {name: getattr(config, name) for name in _DATA_FIELDS}
    files = [config.train_file, config.test_file, config.unlabelled_file]
    files += warm_start.files(config.source) + warm_start.files(config.teacher)
    return prepared(folder, key, make, list(filter(None, files)))


def unlabelled(config, data_dir: Path | None) -> list[str]:
    """Texts that only a teacher labels."""
    if config.unlabelled_file:
        path = Path(config.unlabelled_file)
        return own_texts.texts(path, config.text_column)
    if config.train_file:
        return []
    return imdb.load("unsupervised", data_dir)[0]
