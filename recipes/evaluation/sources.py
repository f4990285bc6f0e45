"""Where the examples come from on which other forms of a model are scored.

They are the validation data of the recipe that trained the model, or a file of
the user's own.
"""

import math
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

import recipes
from recipes.data import token_files
from recipes.data.examples import Examples
from recipes.datasets import documents, long_texts, own_pairs, own_texts, tfds
from recipes.evaluation.held_out import TOKENS, of_classes, of_pairs, of_text
from zoo.errors import InputError
from zoo.evaluation import Validation
from zoo.io.table_file import is_table
from zoo.tasks import LanguageModel, Task, Translator, labels_of
from zoo.text import TextTokenizer

_Value = TypeVar("_Value")


def validation(
    trained: Task,
    file: Path | None = None,
    data_dir: Path | None = None,
) -> Validation:
    """What a model is scored on; nothing is downloaded for it.

    Args:
        trained: the model.
        file: your own data: of a classifier as for `zoo train imdb_sentiment
            --train-file`, of a language model a text, of a translator lines of
            a sentence, a tab and its translation. Without one, the validation
            data of the recipe and configuration that trained the model, if
            these are no file of someone's own.
        data_dir: see `recipes.datasets.tfds`.

    Raises:
        InputError: for a file that cannot be used, or data that are not there.
    """
    if file is not None:
        return _of_file(trained, Path(file))
    try:
        module, config = recipes.of(trained)
        with tfds.without_downloads():
            return module.validation(trained, config, data_dir)
    except InputError as error:
        raise InputError(
            f"{error} To score a model's other forms, give the folder of the "
            "data as --data-dir, or a file of yours as --validation-file."
        ) from error


def _of_file(trained, file):
    if isinstance(trained, Translator):
        pairs = own_pairs.load("", "", str(file))
        return of_pairs(trained, pairs, split=file.name)
    columns = ("text_column", "text"), ("label_column", "label")
    names = [setting(trained, *column) for column in columns]
    if isinstance(trained, LanguageModel):
        ids = tokens(trained.tokenizer, file, names[0], TOKENS)
        return of_text(trained, ids, file.name)
    given = own_texts.load(file, *names)
    for name in given.classes:
        if name not in labels_of(trained):
            raise InputError(
                f"{file} has a class that {trained.name} has not: {name!r}. It "
                f"has: {', '.join(labels_of(trained))}."
            )
    indices = [labels_of(trained).index(name) for name in given.labels]
    return of_classes(trained, given.texts, indices, file.name)


def setting(trained: Task, name: str, default: _Value) -> _Value:
    """What a model's configuration has for a field, if that can be.

    Args:
        trained: the model.
        name: of the field.
        default: what it is where there is none, or one of another type.
    """
    config = trained.about.get("config")
    value = config.get(name) if isinstance(config, dict) else None
    if type(value) is int and type(default) is float:
        value = float(value)
    return value if type(value) is type(default) and value != "" else default


def tokens(
    tokenizer: TextTokenizer,
    file: Path,
    text_column: str,
    most: float = math.inf,
    **form: Any,
) -> np.ndarray:
    """The ids of a text, or of texts one behind the other.

    Args:
        tokenizer: of a language model.
        file: its text; with a tokenizer of words or subwords, and where it is
            a table, a file of texts.
        text_column: of such a file.
        most: ids from which no more are read, where that saves time.
        form: how else it is read, as of `own_texts.texts`.
    """
    if tokenizer.has_text_start or is_table(file):
        texts = own_texts.texts(file, text_column, **form)
        examples = Examples.from_texts(texts, None, tokenizer)
        return documents.as_one(examples, tokenizer)
    parts, count = [], 0
    read = long_texts.pieces("", str(file), None)
    for part in token_files.encoded(tokenizer, read, str(file)):
        parts.append(part)
        count += len(part)
        if count > most:
            break
    return np.concatenate([np.zeros(0, "int32"), *parts])
