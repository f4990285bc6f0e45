"""The methods that all tasks have; each task takes them as its own.

What they call stands above `zoo.tasks` in the house, so it is imported by name
when it is called.
"""

import importlib
from pathlib import Path

_SAVE = "zoo.pretrained.writer:save"
_EXPORT = "export:export"
_EVALUATE = "recipes:evaluate"


def short_repr(task) -> str:
    """One line: the kind of task, its name, its cell and its size."""
    facts = [repr(task.name)] if task.name else []
    if "cell" in task.arguments:
        facts.append(f"cell={task.arguments['cell']}")
    if getattr(task, "labels", None):
        facts.append(f"classes={len(task.labels)}")
    facts.append(f"parameters={task.model.count_params():,}")
    return f"{type(task).__name__}({', '.join(facts)})"


def no_such_attribute(task, name: str):
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


def save(task, folder: str | Path, weights: str = "float16") -> None:
    """Writes a pretrained folder, which `zoo.load` reads.

    Args:
        folder: where to; its last part is the model's name.
        weights: how they are stored: `float16`, or `int8` for half of that
            and somewhat less exact.

    Raises:
        InputError: if `folder` exists and is something else, or for another
            form of `weights`.
    """
    return _call(_SAVE, task, Path(folder), weights)


def export(task, folder: str | Path, formats=None, **arguments) -> dict:
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
    return _call(_EXPORT, task, Path(folder), formats, **arguments)


def evaluate(task, data_dir: Path | None = None) -> dict:
    """The scores on the test set of the recipe that trained the model.

    Args:
        data_dir: where the data are (see `zoo evaluate --help`).

    Raises:
        InputError: for a model that does not say how it was trained, or data
            that are not there.
    """
    return _call(_EVALUATE, task, data_dir)


def _call(name, *arguments, **named):
    module, _, function = name.partition(":")
    function = getattr(importlib.import_module(module), function)
    return function(*arguments, **named)
