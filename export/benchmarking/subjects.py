"""What is measured: each format of a model, opened in each runtime."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from export import smaller_checks
from export.benchmarking import files, keras_model, saved_models
from export.errors import ConversionError, MismatchError
from export.litert import runs as litert_runs
from export.runtimes import registry
from zoo.errors import InputError
from zoo.printable import one_line
from zoo.tasks import Task, Translator

Answer = Callable[[Any], np.ndarray]
_LONGEST_NOTE = 200


@dataclasses.dataclass(frozen=True)
class Subject:
    """A row of the table before it is measured.

    Attributes:
        format: Keras, SavedModel, ONNX or LiteRT.
        weights: as its file holds them.
        runtime: what runs it.
        bytes: of its files, `None` for the Keras model.
        answer: ids to logits, of a translator source ids to target ids; `None`
            where it cannot run.
        compared: what `Given.compared` goes into, for the difference.
        step: of a language model, ids to logits, token by token.
        note: why it cannot run, or what its figures mean.
    """

    format: str
    weights: str
    runtime: str
    bytes: int | None
    answer: Answer | None
    compared: Answer | None = None
    step: Answer | None = None
    note: str = ""


def of(trained: Task, folder: Path) -> list[Subject]:
    """All that there is of a model; files are written into `folder`.

    The first is the Keras model as it is compared.
    """
    found = [
        Subject("Keras", "float32", *row) for row in keras_model.rows(trained)
    ]
    made = files.write(trained, folder)
    for one in made:
        if one.note:
            found.append(_missing(one, "", one.note))
            continue
        size = sum(
            path.stat().st_size for path in one.paths() if path.is_file()
        )
        if one.format == "SavedModel":
            row = saved_models.opened(trained, one.folder)
            subject = Subject(one.format, one.weights, "TensorFlow", size, *row)
            if isinstance(trained, Translator):
                note = saved_models.TEXT_TO_TEXT
                subject = dataclasses.replace(subject, note=note)
            found.append(subject)
            continue
        for runtime in registry.RUNTIMES.values():
            if runtime.suffix == one.suffix and not runtime.slow:
                found.append(_in(trained, one, runtime, size))
    return found


def _in(trained, made, runtime, size) -> Subject:
    if not runtime.installed():
        extra = "export" if runtime.name == "onnxruntime" else "verify"
        note = f'not installed: pip install "recurrent-zoo[{extra}]"'
        return _missing(made, runtime.title, note, size)
    try:
        answers = _answers(trained, made, runtime)
        tried = np.full((1, 3), 1, "int32")
        answers[0](tried)
    except (ConversionError, InputError, MismatchError) as error:
        note = one_line(error, _LONGEST_NOTE)
        return _missing(made, runtime.title, note, size)
    return Subject(made.format, made.weights, runtime.title, size, *answers)


def _missing(made, runtime, note, size=None) -> Subject:
    return Subject(made.format, made.weights, runtime, size, None, note=note)


def _answers(trained, made, runtime) -> tuple:
    """What answers, what is compared, and the steps of a language model."""
    if made.format == "ONNX":
        opened = smaller_checks.opened(trained, made.folder, runtime, made.axes)
        prefix = "onnx"
    else:
        opened = litert_runs.opened(trained, made.folder, runtime, made.axes)
        prefix = "litert"
    step = opened.get(f"{prefix}_step")
    if isinstance(trained, Translator):
        return opened[f"{prefix}_translate"], step, None
    whole = opened[prefix]
    return whole, whole, step
