"""LiteRT files in a runtime, as functions of ids that a Keras model takes too.

A file has a fixed number of rows, so a batch is cut into as many.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from export.litert.forms import SOURCE, TARGET, TOKENS
from export.runtimes.registry import Runtime
from export.tasks.language_model import stepped as language_model_stepped
from export.tasks.translator_checks import stepped as translator_stepped
from zoo.decoding.translator_step import max_target_length
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator
from zoo.text.ids import END, PADDING, START, UNKNOWN

# Of whatever a model takes, what it answers.
Answer = Callable[..., np.ndarray]


def opened(
    trained: Task, folder: Path, runtime: Runtime, axes: dict, rows: int = 1
) -> dict[str, Answer]:
    """The files of an export, by names of artifacts.

    Args:
        trained: the model that they are of.
        folder: where they are.
        runtime: what opens them, when they are called.
        axes: names and axes of the step form, if there is one.
        rows: that each of them takes.

    Returns:
        `litert`, of ids to logits, `litert_step` likewise, of a translator of
        pairs of source and target ids; `litert_translate`, of source ids to
        target ids.
    """
    return _OPENED[type(trained)](folder, runtime, axes, rows)


def _classifier(folder, runtime, axes, rows):
    run = runtime.when_called(folder / "model.tflite")

    def logits(ids):
        return run({TOKENS: ids})["logits"]

    return {"litert": _by_rows(logits, rows)}


def _language_model(folder, runtime, axes, rows):
    step = runtime.when_called(folder / "step.tflite")

    def logits(ids):
        return language_model_stepped(step, axes, ids)

    whole = _classifier(folder, runtime, axes, rows)
    return {**whole, "litert_step": _by_rows(logits, rows)}


def _translator(folder, runtime, axes, rows):
    encoder, step = (
        runtime.when_called(folder / f"{name}.tflite")
        for name in ("encoder", "decoder_step")
    )

    def logits(source_ids, target_ids):
        return translator_stepped(encoder, step, axes, source_ids, target_ids)

    def greedy(source_ids):
        return translated(encoder, step, axes, source_ids)

    by_rows = _by_rows(logits, rows)
    return {
        "litert_step": lambda pair: by_rows(*pair),
        "litert_translate": _by_rows(greedy, rows),
    }


_OPENED = {
    TextClassifier: _classifier,
    LanguageModel: _language_model,
    Translator: _translator,
}


def translated(
    encoder: Callable, step: Callable, axes: dict, source_ids: np.ndarray
) -> np.ndarray:
    """Greedy translations by an encoder and a step of a decoder.

    Args:
        encoder: of a dict to a dict.
        step: likewise.
        axes: names of what goes into a step.
        source_ids: int32 of shape `(batch, time)`.

    Returns:
        Target ids, padded behind their end.
    """
    values = encoder({SOURCE: source_ids})
    limits = max_target_length((source_ids != PADDING).sum(axis=1))
    tokens = np.full(len(source_ids), START, "int32")
    found: list[np.ndarray] = []
    going = limits > 0
    while going.any():
        values[TARGET] = tokens[:, None].astype("int32")
        outputs = step({name: values[name] for name in axes["inputs"]})
        logits = outputs.pop("logits")
        logits[:, [PADDING, START, UNKNOWN]] = -np.inf
        for name, value in outputs.items():
            values[name.removeprefix("next_")] = value
        tokens = np.where(going, logits.argmax(axis=1), PADDING)
        found.append(tokens)
        going = going & (tokens != END) & (len(found) < limits)
    return np.stack(found, axis=1).astype("int32")


def _by_rows(answer: Answer, rows: int) -> Answer:
    """A function of so many rows as one of any number of them."""

    def run(*arrays):
        count = len(arrays[0])
        answers = []
        for begin in range(0, count, rows):
            taken = [array[begin : begin + rows] for array in arrays]
            missing = [(0, rows - len(taken[0])), (0, 0)]
            taken = [np.pad(array, missing) for array in taken]
            answers.append(answer(*taken))
        # Translations end where they end.
        width = max(one.shape[1] for one in answers)
        answers = [
            np.pad(
                one,
                [(0, 0), (0, width - one.shape[1])] + [(0, 0)] * (one.ndim - 2),
            )
            for one in answers
        ]
        return np.concatenate(answers)[:count]

    return run
