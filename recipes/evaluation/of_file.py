"""The scores of a trained model on a file of the user's own."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from recipes.data.examples import Examples
from recipes.datasets import own_pairs, own_texts
from recipes.evaluation import classification, language_modeling, translation
from recipes.evaluation.measures import accuracy_interval
from recipes.evaluation.sources import setting, tokens
from zoo.decoding.scoring import Reader
from zoo.errors import InputError
from zoo.models.language_model import step_form
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator

# Of a classifier's labels, so many are shown.
_SHOWN = 5


@dataclasses.dataclass(frozen=True)
class FileForm:
    """How a file of rows is read; "" for what the model was trained with.

    Attributes:
        text_column, label_column: names of its columns.
        delimiter, encoding, skip_bad_rows: as of `zoo.io.table_reader.Table`.
    """

    text_column: str = ""
    label_column: str = ""
    delimiter: str = ""
    encoding: str = ""
    skip_bad_rows: bool = False


def scores(task: Task, file: Path, form: FileForm) -> dict[str, Any]:
    """The scores on all of a file.

    Args:
        task: what `zoo.load` returns.
        file: labelled texts for a classifier, as `zoo train` reads them; pairs
            of sentences with a tab between for a translator; texts for a
            language model.
        form: how it is read.

    Raises:
        InputError: for a file that cannot be read, or a class that the model
            has not.
    """
    text_column = form.text_column or setting(task, "text_column", "text")
    if isinstance(task, TextClassifier):
        label_column = form.label_column or setting(
            task, "label_column", "label"
        )
        return _of_classes(
            task,
            own_texts.load(
                file,
                text_column,
                label_column,
                delimiter=form.delimiter,
                encoding=form.encoding,
                skip_bad_rows=form.skip_bad_rows,
                fewest_classes=1,
            ),
        )
    if isinstance(task, Translator):
        return translation.tested(
            task.decoder,
            own_pairs.load("", "", str(file)),
            beams=setting(task, "beams", 5),
            length_penalty=setting(task, "length_penalty", 1.0),
            label=task.name,
        )
    ids = tokens(
        task.tokenizer,
        file,
        text_column,
        delimiter=form.delimiter,
        encoding=form.encoding,
        skip_bad_rows=form.skip_bad_rows,
    )
    return _of_text(task, ids)


def _of_classes(task: TextClassifier, given: own_texts.LabelledTexts) -> dict:
    unknown = [name for name in given.classes if name not in task.labels]
    if unknown:
        shown = ", ".join(task.labels[:_SHOWN])
        more = len(task.labels) - _SHOWN
        raise InputError(
            f"{given.path} has a class that {task.name} has not: "
            f"{unknown[0]!r}. It has: {shown}{f', {more} more' * (more > 0)}."
        )
    index_of = {name: index for index, name in enumerate(task.labels)}
    examples = Examples.from_texts(
        given.texts, [index_of[name] for name in given.labels], task.tokenizer
    )
    found = classification.tested(
        task.model,
        examples,
        task.labels,
        measured=True,
        tokenizer=task.tokenizer,
    )
    found |= accuracy_interval(found)
    return found | ({"notes": given.notes} if given.notes else {})


def _of_text(task: LanguageModel, ids: np.ndarray) -> dict:
    if len(ids) < 2:
        raise InputError("A text to score has at least two tokens.")
    if task.tokenizer.has_text_start:
        found = language_modeling.word_scores(
            Reader(step_form(task.model)), ids, unit=task.tokenizer.unit
        )
        return {
            name.replace("validation", "test"): value
            for name, value in found.items()
        }
    return language_modeling.scores(
        task.model, {"test": ids}, unit=task.tokenizer.unit, first_halves={}
    )
