"""How fast subjects are, how far from the Keras model, and what they score."""

import dataclasses
import os
import random
import statistics
import time
from typing import Any

import numpy as np

from export.benchmarking.subjects import Subject
from export.examples import texts
from export.tasks.translator_reference import counted, with_targets
from zoo.evaluation import Validation
from zoo.tasks import LanguageModel, Task, Translator
from zoo.text.ids import END, pad

BATCHES = (1, 32)


@dataclasses.dataclass(frozen=True)
class Given:
    """What all subjects are given.

    Attributes:
        inputs: ids of shape `(batch, length)`, by number of rows.
        compared: what the differences are measured over.
        steps: ids of a language model, token by token.
        about: what the inputs are, in words.
    """

    inputs: dict[int, np.ndarray]
    compared: Any
    steps: np.ndarray | None
    about: str


def given(trained: Task, length: int, keras_answer: Any) -> Given:
    """The inputs: random ids; of a translator, its example sentences.

    Args:
        trained: the model; a translator for which no example sentences are
            known gets random ids of its language too.
        length: of rows of ids.
        keras_answer: of a translator, source ids to target ids.
    """
    if isinstance(trained, Translator):
        return _given_translator(trained, length, keras_answer)
    inputs = _random_ids(1, trained.tokenizer.size, length)
    steps = inputs[1] if isinstance(trained, LanguageModel) else None
    about = f"random ids, {length} in each row"
    return Given(inputs, inputs[1], steps, about)


def _given_translator(trained, length, keras_answer):
    found = texts(trained)
    if found:
        rows = [trained.tokenizer.source.encode(text) for text in found]
        inputs = {
            batch: pad([rows[n % len(rows)] for n in range(batch)])
            for batch in BATCHES
        }
        few = pad(rows)
        about = f"{len(found)} sentences"
    else:
        # None of them is special.
        size = trained.tokenizer.sizes["source_vocabulary_size"]
        inputs = _random_ids(END + 1, size, length)
        few = inputs[1]
        about = f"random source ids, {length} in each row"
    (pair,) = with_targets([(few, keras_answer(few))])
    return Given(inputs, pair, None, f"{about}, translated greedily")


def _random_ids(least, size, length):
    """Of shape `(batch, length)`, by number of rows."""
    generator = np.random.default_rng(0)
    return {
        batch: generator.integers(least, size, (batch, length), "int32")
        for batch in BATCHES
    }


def measured(
    subjects: list[Subject],
    given: Given,
    rounds: int,
    validation: Validation | None = None,
) -> list[dict]:
    """A row of the table for each subject.

    All take turns in each round, in a shuffled order, behind one round that
    does not count; what counts is the median of the rounds.

    Args:
        subjects: the first is what the others are compared with.
        given: what they get.
        rounds: how often.
        validation: what they are scored on.

    Returns:
        By name of a column; `None` where a subject cannot run, or the column
        means nothing for it.
    """
    runnable = [one for one in subjects if one.answer is not None]
    seconds: dict[int | str, dict] = {
        batch: _medians([one.answer for one in runnable], ids, rounds)
        for batch, ids in given.inputs.items()
    }
    stepping = [one.step for one in runnable if one.step is not None]
    if given.steps is not None:
        seconds["steps"] = _medians(stepping, given.steps, rounds)
    expected = _compared(subjects[0], given)
    rows = []
    for one in subjects:
        row: dict[str, Any] = {
            "format": one.format,
            "weights": one.weights,
            "runtime": one.runtime,
            "bytes": one.bytes,
        }
        for batch in given.inputs:
            row[f"ms_batch_{batch}"] = _milliseconds(
                seconds[batch].get(one.answer)
            )
        _add_rates(row, one, given, seconds)
        row["largest_difference"] = row["score"] = None
        if one.answer is not None:
            gap = np.abs(_compared(one, given) - expected).max()
            row["largest_difference"] = float(gap)
            if validation is not None:
                row["score"] = round(validation.measure(one.answer), 6)
        rows.append({**row, "note": one.note})
    return rows


def threads() -> str:
    """How many threads are used, in words."""
    count = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    return (
        f"as each runtime chooses by itself, of {count} processors (LiteRT: 1)"
    )


def _compared(subject, given):
    answers = subject.compared(given.compared)
    if isinstance(given.compared, tuple):
        return counted(answers, given.compared[1])
    return answers


def _medians(functions, inputs, rounds) -> dict:
    times: dict = {one: [] for one in functions}
    order, shuffler = list(functions), random.Random(0)
    for number in range(rounds + 1):
        # What runs before one must not be the same in each round.
        shuffler.shuffle(order)
        for one in order:
            begin = time.perf_counter()
            one(inputs)
            if number:
                times[one].append(time.perf_counter() - begin)
    return {one: statistics.median(found) for one, found in times.items()}


def _milliseconds(seconds):
    return None if seconds is None else round(1000 * seconds, 3)


def _add_rates(row, subject, given, seconds):
    """Tokens a second of a language model, sentences of a translator."""
    if given.steps is not None:
        taken = seconds["steps"].get(subject.step)
        rate = None if taken is None else round(given.steps.size / taken, 1)
        row["tokens_per_second"] = rate
    elif isinstance(given.compared, tuple):
        batch = max(given.inputs)
        taken = seconds[batch].get(subject.answer)
        rate = None if taken is None else round(batch / taken, 1)
        row["sentences_per_second"] = rate
