"""What bench/runtimes.py compares: inputs of a model, and answers to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

# Tokens of a text that a language model reads.
LENGTH = 100


def inputs_of(
    trained: Any, dirs: list[Path], count: int
) -> tuple[list[np.ndarray], bool]:
    """Batches of ids, of validation data where they are at hand.

    Args:
        trained: the model.
        dirs: where data may be.
        count: of texts or sentences; of a language model a tenth, of which
            each has `LENGTH` tokens.

    Returns:
        The batches, and whether they are of validation data.
    """
    from recipes.evaluation.sources import validation
    from zoo.errors import InputError
    from zoo.tasks import LanguageModel

    if isinstance(trained, LanguageModel):
        count = count // 10
    # Without a folder, some would be downloaded; dates are made here.
    for folder in dirs or [Path(__file__).parent]:
        try:
            asked = recorded(trained, validation(trained, None, folder))
        except (InputError, OSError):
            continue
        rows = [row for ids in asked for row in ids]
        # Spread over them all, from the shortest to the longest.
        chosen = np.linspace(0, len(rows) - 1, min(count, len(rows)))
        rows = [rows[int(place)] for place in chosen]
        return batches(trained, rows), True
    random = np.random.default_rng(3)
    size = getattr(trained.tokenizer, "size", None)
    size = size or trained.tokenizer.sizes["source_vocabulary_size"]
    rows = [
        random.integers(4, size, random.integers(1, LENGTH // 4))
        for _ in range(count)
    ]
    if isinstance(trained, LanguageModel):
        rows = list(random.integers(1, size, (count, LENGTH)))
    return batches(trained, rows), False


def recorded(trained: Any, scored: Any) -> list[np.ndarray]:
    """The ids that a score is measured with."""
    from zoo.tasks import LanguageModel, TextClassifier, labels_of

    asked = []

    def answer(ids):
        ids = np.asarray(ids)
        asked.append(ids)
        if isinstance(trained, TextClassifier):
            return np.zeros((len(ids), len(labels_of(trained))), "float32")
        if isinstance(trained, LanguageModel):
            shape = (*ids.shape, trained.tokenizer.size)
            return np.zeros(shape, "float32")
        return np.zeros((len(ids), 1), "int32")

    scored.measure(answer)
    return asked


def batches(trained: Any, rows: list) -> list[np.ndarray]:
    """Rows as right-padded arrays of 16, those of a language model of 4."""
    from zoo.tasks import LanguageModel
    from zoo.text.ids import pad

    text = isinstance(trained, LanguageModel)
    rows = [np.asarray(row) for row in rows]
    # Padding of the batch that a row was in before is none of its own.
    rows = [row[:LENGTH] if text else row[row != 0] for row in rows]
    step = 4 if text else 16
    return [
        np.asarray(pad([row.tolist() for row in rows[i : i + step]]), "int32")
        for i in range(0, len(rows), step)
    ]


def compare(trained: Any, opened: dict, inputs: list[np.ndarray]) -> dict:
    """How a runtime's answers differ from the model's.

    Args:
        trained: the model.
        opened: functions by names of artifacts, see `openings`.
        inputs: what `inputs_of` returned.

    Returns:
        `largest_difference` of a logit, and of how many answers how many
        `differ`: `of` so many of a `unit`.
    """
    from zoo.backend.compile import logits_function
    from zoo.tasks import LanguageModel, Translator

    if isinstance(trained, Translator):
        return translations(trained, opened, inputs)
    expected = logits_function(trained.model)
    unit = "tokens" if isinstance(trained, LanguageModel) else "texts"
    largest, differ, of = 0.0, 0, 0
    for ids in inputs:
        ours = expected(ids)
        best = ours.argmax(axis=-1)
        wrong = np.zeros(best.shape, bool)
        for run in opened.values():
            theirs = run(ids)
            largest = worse(largest, ours, theirs)
            wrong |= theirs.argmax(axis=-1) != best
        differ, of = differ + int(wrong.sum()), of + best.size
    return result(largest, differ, of, unit)


def translations(trained: Any, opened: dict, inputs: list[np.ndarray]) -> dict:
    """The like of a translator: its logits behind the model's own words, and
    its greedy translations.
    """
    from export.tasks.translator_reference import (
        Reference,
        counted,
        with_targets,
    )
    from zoo.models.translator import encoder_form, step_form

    model = trained.model
    reference = Reference(trained, encoder_form(model), step_form(model))
    whole = ("_translate", "_texts")
    largest, differ, of = 0.0, 0, 0
    for ids in inputs:
        tokens = reference.greedy(ids)
        ((_, targets),) = with_targets([(ids, tokens)])
        ours = reference.logits((ids, targets))
        wrong = np.zeros(len(ids), bool)
        for name, run in opened.items():
            if name.endswith(whole):
                wrong |= differing(trained, name, run, ids, tokens)
            else:
                theirs = counted(run((ids, targets)), targets)
                largest = worse(largest, ours, theirs)
        differ, of = differ + int(wrong.sum()), of + len(ids)
    return result(largest, differ, of, "sentences")


def differing(
    trained: Any, name: str, run: Callable, ids: np.ndarray, tokens: np.ndarray
) -> np.ndarray:
    """Which sentences are translated in another way."""
    if name.endswith("_texts"):
        texts = [
            trained.tokenizer.source.decode(row[row != 0].tolist())
            for row in ids
        ]
        ours = [one.text for one in trained.decoder.translate(texts, None)]
        pairs = zip(ours, run(texts), strict=True)
        return np.array([our != their for our, their in pairs])
    theirs = run(ids)
    width = max(tokens.shape[1], theirs.shape[1])
    ours, theirs = (
        np.pad(x, [[0, 0], [0, width - x.shape[1]]]) for x in (tokens, theirs)
    )
    return np.any(ours != theirs, axis=1)


def worse(largest: float, ours: np.ndarray, theirs: np.ndarray) -> float:
    """The larger difference; one of shapes or of no number has no bound."""
    if ours.shape != theirs.shape:
        return float("inf")
    difference = float(np.abs(ours - theirs).max())
    return max(largest, difference) if difference >= 0 else float("inf")


def result(largest: float, differ: int, of: int, unit: str) -> dict:
    return {
        "largest_difference": largest,
        "differ": differ,
        "of": of,
        "unit": unit,
    }
