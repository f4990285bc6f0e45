"""From a builder's name to the task that its models are for."""

from typing import Any, TypeVar

from zoo import models
from zoo.errors import InputError
from zoo.tasks.kinds import Kind, wrong_kind
from zoo.tasks.language_model import LanguageModel
from zoo.tasks.text_classifier import TextClassifier
from zoo.tasks.translator import Translator

Task = TextClassifier | LanguageModel | Translator
_Kind = TypeVar("_Kind", TextClassifier, LanguageModel, Translator)
# By what `zoo.models.task` says.
_TASKS: dict[str, type[LanguageModel] | type[Translator]] = {
    "language_model": LanguageModel,
    "translator": Translator,
}


def make(builder: str, *, labels: list[str], **parts: Any) -> Task:
    """The task of a model.

    Args:
        builder: name of the function of `zoo.models` that built the model.
        labels: names of the classes; empty for all but classifiers.
        **parts: the attributes that all tasks have.
    """
    task = models.task(builder)
    if task in _TASKS:
        return _TASKS[task](builder=builder, **parts)
    return TextClassifier(builder=builder, labels=labels, **parts)


def labels_of(task: Task) -> list[str]:
    """The names of a classifier's classes; an empty list for other tasks."""
    return task.labels if isinstance(task, TextClassifier) else []


def require(task: Task, kind: type[_Kind]) -> _Kind:
    """The task, if it is of one kind.

    Args:
        task: what `zoo.load` returned.
        kind: `TextClassifier`, `LanguageModel` or `Translator`.

    Raises:
        InputError: for another one; it says what that one is for.
    """
    if not isinstance(task, Task):
        raise InputError(
            "A task is what `zoo.load` returns. Received: "
            f"{type(task).__name__}"
        )
    if not isinstance(task, kind):
        raise wrong_kind(
            task.name,
            Kind(task.kind, task.usage),
            Kind(kind.kind, kind.usage),
        )
    return task
