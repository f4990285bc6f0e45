"""Smaller ONNX files, each compared and scored before it is kept.

Two proofs: over the same ids as the float32 files, no logit changes by more
than a share of the largest one; and on validation data, the score of what the
files answer falls by no more than is allowed.
"""

import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from export import verify
from export.errors import MismatchError
from export.onnx import convert
from export.onnx.quantize import smaller
from export.runtimes import registry, verification
from export.score_loss import scored
from export.tasks import classifier, language_model, translator_checks
from export.tasks.translator_reference import with_targets
from zoo.evaluation import Validation
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator
from zoo.text.ids import END, PADDING

# How much a logit may change, as a share of the largest one. Over random ids,
# rounding to 8 bits changes those of the models that ship by up to 0.5 to 7 %;
# a wrong scale, or a gate in another's place, by as much as they are. What the
# change costs is for the score to say.
LARGEST_CHANGE = {"int8": 0.25, "float16": 0.01}


def compress(
    trained: Task,
    draft: Path,
    weights: str,
    validation: Validation,
    largest_loss: float,
    axes: dict | None,
) -> tuple[dict, dict]:
    """Puts smaller files in the place of the ONNX files of an export.

    Args:
        trained: the model that they are of.
        draft: the folder that they are in.
        weights: one of `export.WEIGHTS`.
        validation: what they are scored on.
        largest_loss: by how much the score may get worse.
        axes: names and axes of the step form, if there is one.

    Returns:
        The largest difference of each artifact from its float32 file, and what
        the manifest says under `quantization`.

    Raises:
        ConversionError: if ONNX Runtime refuses a smaller file.
        MismatchError: if it computes something else.
        LossError: if it is too much worse.
    """
    paths = sorted(draft.glob("*.onnx"))
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            shutil.copy(path, folder)
        required = registry.get(verification.REQUIRED)
        before = opened(trained, Path(folder), required, axes)
        made = _made(paths, weights)
        after = opened(trained, draft, required, axes)
        inputs = _inputs(trained, before)
        limits = _limits(weights, before, inputs)
        runtimes = in_each(trained, draft, weights, axes, before, limits)
        artifacts = _SCORED[type(trained)]
        answered, answers = (
            {file: runs[name] for name, file in artifacts.items()}
            for runs in (before, after)
        )
        score = scored(weights, validation, answered, answers, largest_loss)
    about = {
        **made,
        "largest_allowed": limits,
        "score": score,
        "runtimes": runtimes,
    }
    return runtimes[required.name]["largest_difference"], about


def in_each(
    trained: Task,
    draft: Path,
    weights: str,
    axes: dict | None,
    before: dict[str, Callable],
    limits: dict[str, float],
) -> dict[str, dict]:
    """Compares smaller files with what they were, in each runtime.

    Args:
        trained: as `compress`, like the next three.
        draft: see there.
        weights: see there.
        axes: see there.
        before: the files of before as functions, by names of artifacts.
        limits: how much a logit of each artifact may differ.

    Returns:
        What a manifest holds under `runtimes`.

    Raises:
        ConversionError: if ONNX Runtime refuses a smaller file.
        MismatchError: if one computes something else.
    """
    inputs = _inputs(trained, before)

    def checks(runtime):
        runs = opened(trained, draft, runtime, axes)
        return _checks(runtime, weights, before, runs, inputs, limits)

    return verification.in_each(checks)


def _made(paths, weights) -> dict:
    """Makes the files smaller, in place, and says what they are now."""
    import onnx

    def size():
        return sum(path.stat().st_size for path in paths)

    before = size()
    computed: set[str] = set()
    stored: set[str] = set()
    domains: set[str] = set()
    for path in paths:
        proto, *operators = smaller(onnx.load(path), weights)
        convert.save(proto, path)
        domains.update(node.domain for node in proto.graph.node)
        computed.update(operators[0])
        stored.update(operators[1])
    return {
        "weights": weights,
        "computed": sorted(computed),
        "stored": sorted(stored),
        "domains": sorted(domains - {""}),
        "bytes_before": before,
        "bytes_after": size(),
    }


def said(about: dict) -> str:
    """What the card says of it: a paragraph."""
    how = "They compute in float32."
    if about["computed"]:
        names = " and ".join(about["computed"])
        how = f"{names} compute so, all else in float32."
    if about["domains"]:
        how += f" Operators beyond ONNX: {', '.join(about['domains'])}."
    return (
        f"Its ONNX files hold matrices in {about['weights']}: "
        f"{about['bytes_after']:,} bytes instead of {about['bytes_before']:,}. "
        f"{how} Measured: {about['score']['line']}."
    )


# What is scored, by name of an artifact.
_SCORED = {
    TextClassifier: {"onnx": "model.onnx"},
    LanguageModel: {"onnx": "model.onnx", "onnx_step": "step.onnx"},
    Translator: {"onnx_translate": "translate.onnx"},
}
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


def _inputs(trained, before) -> dict:
    """Ids that are compared, by names of artifacts."""
    if isinstance(trained, Translator):
        sources = verify.example_ids(
            trained.tokenizer.sizes["source_vocabulary_size"]
        )
        translate = before["onnx_translate"]
        pairs = with_targets((ids, translate(ids)) for ids in sources)
        return {"onnx_step": pairs, "onnx_translate": pairs}
    size = trained.tokenizer.size
    inputs = {
        "onnx": verify.example_ids(size),
        "onnx_step": language_model.step_ids(size),
    }
    return {name: inputs[name] for name in before}


def _limits(weights, before, inputs) -> dict[str, float]:
    """How much a logit of each artifact may change."""
    limits = {
        name: LARGEST_CHANGE[weights]
        * max(float(np.abs(before[name](ids)).max()) for ids in inputs[name])
        for name in inputs
        if name != "onnx_translate"
    }
    if "onnx_translate" in inputs:
        # Each of two logits may have changed.
        limits["onnx_translate"] = 2 * limits["onnx_step"]
    return limits


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
    """The units that the smaller file chooses are, for the float32 files, as
    good as the best within `limit`.
    """
    worst = 0.0
    for source_ids, _ in pairs:
        tokens = translate(source_ids)
        ((_, target_ids),) = with_targets([(source_ids, tokens)])
        tokens = tokens[:, : target_ids.shape[1] - 1]
        # At each step, of what may be written, after what was written.
        found = logits((source_ids, target_ids[:, :-1]))[:, :, END:]
        chosen = np.maximum(tokens - END, 0)[:, :, None]
        chosen = np.take_along_axis(found, chosen, axis=2)[:, :, 0]
        gaps = (found.max(axis=2) - chosen) * (tokens != PADDING)
        worst = max(worst, float(gaps.max()))
    if not worst <= limit:
        raise MismatchError(what, worst, limit, "the best of the larger files")
    return worst
