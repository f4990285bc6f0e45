"""Texts without labels, one behind the other, for a language model."""

from pathlib import Path
from typing import Any

import numpy as np

from recipes.data.examples import Examples, set_aside
from recipes.datasets import imdb, own_texts
from zoo.text import TextTokenizer


def texts(data_dir: Path | None, *, train_file: str, **form: Any) -> list[str]:
    """Texts without labels.

    Args:
        data_dir: see `recipes.datasets.imdb.load`.
        train_file: your own texts; "" for IMDB, its test reviews left out.
        form: how that file is read, as of `own_texts.texts`.

    Raises:
        InputError: for a file that cannot be used, or data that are not there.
    """
    if train_file:
        return own_texts.texts(Path(train_file), **form)
    splits = ("train", "unsupervised")
    return [text for split in splits for text in imdb.load(split, data_dir)[0]]


def split(
    texts: list[str], *, validation_share: float, seed: int
) -> dict[str, list[str]]:
    """`train` and `validation`, each in an order that the seed draws."""
    parts = set_aside(len(texts), validation_share, seed)
    random = np.random.default_rng(seed)
    return {
        name: [texts[index] for index in random.permutation(part)]
        for name, part in zip(("train", "validation"), parts, strict=True)
    }


def as_one(examples: Examples, tokenizer: TextTokenizer) -> np.ndarray:
    """Texts as one, int32 of shape `(length,)`.

    Before each and behind the last is what the tokenizer opens a text with: an
    empty word, or a line end between characters or bytes.
    """
    (opening,) = tokenizer.opening
    return np.append(
        np.insert(examples.token_ids, examples.starts[:-1], opening), opening
    ).astype("int32")
