"""Smaller ONNX files against those in float32, over the same ids, in each
runtime.
"""

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from export import verify
from export.errors import MismatchError
from export.request import Request
from export.runtimes import registry, verification
from export.tasks import classifier, language_model, translator_checks
from export.tasks.translator_reference import with_targets
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator
from zoo.text.ids import END, PADDING

# How much a logit may change, as a share of the largest one. Over random ids,
# rounding to 8 bits changes those of the models that ship by up to 0.5 to 7 %;
# a wrong scale, or a gate in another's place, by as much as they are. What the
# change costs is for the score to say.
LARGEST_CHANGE = {"int8": 0.25, "float16": 0.01}
# The share of the units of translations that must be chosen well.
_MOST = 0.95


_OPENED = {
    TextClassifier: classifier.opened,
    LanguageModel: language_model.opened,
    Translator: translator_checks.opened,
}


def opened(
    trained: Task, folder: Path, runtime: registry.Runtime, axes: Any
) -> dict[str, Callable]:
    """The ONNX files of a folder as functions, by names of artifacts."""
    return _OPENED[type(trained)](folder, runtime, axes)


def in_each(
    trained: Task,
    draft: Path,
    request: Request,
    axes: dict | None,
    before: dict[str, Callable],
    limits: Callable[[registry.Runtime], dict[str, float]],
) -> dict[str, dict]:
    """Compares smaller files with what they were, in each runtime.

    Args:
        trained: the model that they are of.
        draft: the folder that they are in.
        request: what is asked for, `quantize` among it.
        axes: names and axes of the step form, if there is one.
        before: the files of before as functions, by names of artifacts.
        limits: of a runtime, how much a logit of each artifact may differ.

    Returns:
        What a manifest holds under `runtimes`.

    Raises:
        ConversionError: if ONNX Runtime refuses a smaller file.
        MismatchError: if one computes something else.
    """
    inputs, weights = _inputs(trained, request, before), request.quantize

    def checks(runtime):
        runs = opened(trained, draft, runtime, axes)
        return _checks(runtime, weights, before, runs, inputs, limits(runtime))

    return verification.in_each(checks)


def largest_change(request: Request, logits: list[np.ndarray]) -> float:
    """How much a logit may change: a share of the largest one, and no more
    than `atol`, where that is asked for.

    Args:
        request: what is asked for, `quantize` among it.
        logits: of the float32 file.
    """
    largest = max(float(np.abs(one).max()) for one in logits)
    share = LARGEST_CHANGE[str(request.quantize)] * largest
    return min(share, verify.limit(request.atol, share))


def _inputs(trained, request, before) -> dict:
    """Ids that are compared, by names of artifacts."""
    sizes = request.batch_size, request.length
    if isinstance(trained, Translator):
        sources = verify.example_ids(
            trained.tokenizer.sizes["source_vocabulary_size"], *sizes
        )
        translate = before["onnx_translate"]
        pairs = with_targets((ids, translate(ids)) for ids in sources)
        return {"onnx_step": pairs, "onnx_translate": pairs}
    size = trained.tokenizer.size
    inputs = {
        "onnx": verify.example_ids(size, *sizes),
        "onnx_step": language_model.step_ids(size, request.batch_size),
    }
    return {name: inputs[name] for name in before}


def limits(
    trained: Task, request: Request, before: dict[str, Callable]
) -> dict[str, float]:
    """How much a logit of each artifact may change.

    Args:
        trained: as `in_each`, like the next two.
        request: see there.
        before: see there.
    """
    inputs = _inputs(trained, request, before)
    found = {
        name: largest_change(
            request, [before[name](ids) for ids in inputs[name]]
        )
        for name in inputs
        if name != "onnx_translate"
    }
    if "onnx_translate" in inputs:
        # Each of two logits may have changed.
        found["onnx_translate"] = 2 * found["onnx_step"]
    return found


def _checks(runtime, weights, before, runs, inputs, limits) -> tuple:
    """What is compared in a runtime, and with what."""
    few = verify.FEW_SHAPES if runtime.slow else None

    def compared(name):
        what = f"{name} with {weights} weights in {runtime.title}"
        chosen = inputs[name][:few]
        if name == "onnx_translate":
            step, limit = before["onnx_step"], limits[name]
            return _chosen_well(runs[name], step, chosen, limit, what)
        if runtime.slow and name == "onnx_step":
            chosen = [_fewer_steps(one) for one in chosen]
        return verify.largest_difference(
            what, runs[name], before[name], chosen, limits[name]
        )

    about = {"batches": {name: len(inputs[name][:few]) for name in inputs}}
    each = {name: functools.partial(compared, name) for name in inputs}
    return each, about


def _fewer_steps(ids):
    """Ids, or source and target ids, with the first steps alone."""
    most = language_model.FEW_STEPS
    if isinstance(ids, tuple):
        return ids[0], ids[1][:, :most]
    return ids[:, :most]


def _chosen_well(translate, logits, pairs, limit, what) -> float:
    """How much worse than the best, for the float32 files, the units are that
    the smaller file chooses: what `_MOST` of them keep within.

    Not all of them: of random ids, a rounded state may go a way of its own.
    """
    every = []
    for source_ids, _ in pairs:
        tokens = translate(source_ids)
        ((_, target_ids),) = with_targets([(source_ids, tokens)])
        tokens = tokens[:, : target_ids.shape[1] - 1]
        # At each step, of what may be written, after what was written.
        found = logits((source_ids, target_ids[:, :-1]))[:, :, END:]
        chosen = np.maximum(tokens - END, 0)[:, :, None]
        chosen = np.take_along_axis(found, chosen, axis=2)[:, :, 0]
        every.append((found.max(axis=2) - chosen)[tokens != PADDING])
    gaps = np.concatenate(every)
    # A file that writes nothing, not even an end, chose nothing well.
    gap = float(np.quantile(gaps, _MOST)) if gaps.size else math.inf
    if not gap <= limit:
        raise MismatchError(what, gap, limit, "the best of the larger files")
    return gap
