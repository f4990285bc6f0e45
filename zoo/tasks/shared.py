"""The methods that all tasks have; each task takes them as its own.

What they call stands above `zoo.tasks` in the house, so it is imported by name
when it is called.
"""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from zoo.argument_checks import path_of

if TYPE_CHECKING:
    import keras

_SAVE = "zoo.pretrained.writer:save"
_EXPORT = "export:export"
_EVALUATE = "recipes:evaluate"


class _Task(Protocol):
    """What all tasks have."""

    @property
    def model(self) -> "keras.Model": ...

    @property
    def name(self) -> str: ...

    @property
    def arguments(self) -> dict: ...


def short_repr(task: _Task) -> str:
    """One line: the kind of task, its name, its cell and its size."""
    facts = [repr(task.name)] if task.name else []
    if "cell" in task.arguments:
        facts.append(f"cell={task.arguments['cell']}")
    if labels := getattr(task, "labels", None):
        facts.append(f"classes={len(labels)}")
    facts.append(f"parameters={task.model.count_params():,}")
    return f"{type(task).__name__}({', '.join(facts)})"


def no_such_attribute(task: _Task, name: str) -> NoReturn:
    """Tells what a task can do, where it is asked for something else.

    Raises:
        AttributeError: always.
    """
    methods = [
        method
        for method, value in vars(type(task)).items()
        if callable(value) and not method.startswith("_")
    ]
    raise AttributeError(
        f"{type(task).__name__} has no `{name}`. It has: {', '.join(methods)}."
    )


def save(task: _Task, folder: str | Path, weights: str = "float16") -> None:
    """Writes a pretrained folder, which `zoo.load` reads.

    Args:
        folder: where to; its last part is the model's name.
        weights: how they are stored: `float16`, or `int8` for half of that
            and somewhat less exact.

    Raises:
        InputError: if `folder` exists and is something else, or for another
            form of `weights`.
    """
    return _call(_SAVE, task, path_of("folder", folder), weights)


def export(
    task: _Task,
    folder: str | Path,
    formats: Sequence[str] | None = None,
    **arguments: Any,
) -> dict:
    """Writes SavedModel and ONNX, each proven equal to the model.

    Args:
        folder: where to.
        formats: `("saved_model", "onnx")` or one of them.
        **arguments: `quantize`, `validation` and `largest_loss`, as of
            `export.export`.

    Returns:
        What `manifest.json` of the export holds.

    Raises:
        ExportError, ConversionError, MismatchError, LossError, InputError: as
            `export.export`.
    """
    return _call(_EXPORT, task, path_of("folder", folder), formats, **arguments)


def evaluate(
    task: _Task, data_dir: Path | None = None, train_file: Path | None = None
) -> dict:
    """The scores on the test set of the recipe that trained the model.

    Args:
        data_dir: where the data are (see `zoo evaluate --help`).
        train_file: where the file of one's own is that it was trained on, if
            it was: a model does not choose what is read.

    Raises:
        InputError: for a model that does not say how it was trained, or data
            that are not there.
    """
    if data_dir is not None:
        data_dir = path_of("data_dir", data_dir)
    if train_file is not None:
        train_file = path_of("train_file", train_file)
    return _call(_EVALUATE, task, data_dir, train_file)


def _call(name, *arguments, **named):
    module, _, function = name.partition(":")
    function = getattr(importlib.import_module(module), function)
    return function(*arguments, **named)
