"""Texts one behind the other, as ids, for a language model."""

from pathlib import Path

import numpy as np

from recipes.data.examples import Examples, set_aside
from recipes.data.prepared import Prepared, prepared
from recipes.datasets import imdb, own_texts
from recipes.methods import warm_start
from zoo.text import WordTokenizer
from zoo.text.ids import PADDING


def texts(config, data_dir: Path | None) -> list[str]:
    """Texts without labels: of your own file, or of IMDB."""
    if config.train_file:
        return own_texts.texts(Path(config.train_file), config.text_column)
    splits = ("train", "unsupervised")
    return [text for split in splits for text in imdb.load(split, data_dir)[0]]


# What the arrays of ids depend on.
_DATA_FIELDS = ("vocabulary_size", "validation_share", "seed", "train_file")
_DATA_FIELDS += ("text_column", "source")


def data(config, data_dir: Path | None, folder: Path | None = None) -> Prepared:
    """The tokenizer, and the texts of two splits, each in a drawn order.

    The vocabulary comes from the training part alone, or is that of the model
    to start from. With `folder`, texts are tokenized once and kept there as
    arrays; where it exists, neither the texts nor TensorFlow are needed.
    """

    def make():
        parts = _parts(config, data_dir)
        found = warm_start.source(config, ("language_model",))
        words = (
            found.tokenizer
            if found
            else WordTokenizer.from_texts(parts[0], config.vocabulary_size)
        )
        splits = {
            name: Examples.from_texts(part, [0] * len(part), words)
            for name, part in zip(("train", "validation"), parts, strict=True)
        }
        return Prepared([], words, splits)

    if folder is None:
        return make()
    key = {name: getattr(config, name) for name in _DATA_FIELDS}
    files = [config.train_file] if config.train_file else []
    files += warm_start.files(config.source)
    return prepared(folder, key, make, files)


def validation(
    config, data_dir: Path | None, tokenizer: WordTokenizer
) -> np.ndarray:
    """The texts that are set aside, `as_one`."""
    _, part = _parts(config, data_dir)
    return as_one(Examples.from_texts(part, [0] * len(part), tokenizer))


def _parts(config, data_dir):
    """The texts to train on and those set aside, each in a drawn order."""
    all_texts = texts(config, data_dir)
    places = set_aside(len(all_texts), config.validation_share, config.seed)
    random = np.random.default_rng(config.seed)
    return [
        [all_texts[place] for place in random.permutation(part)]
        for part in places
    ]


def as_one(examples: Examples) -> np.ndarray:
    """Texts as one, int32 of shape `(length,)`: an empty word before each and
    behind the last.
    """
    return np.append(
        np.insert(examples.token_ids, examples.starts[:-1], PADDING), PADDING
    ).astype("int32")
