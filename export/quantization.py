"""Smaller ONNX files, each compared and scored before it is kept.

Two proofs: over the same ids as the float32 files, no logit changes by more
than a share of the largest one; and on validation data, the score of what the
files answer falls by no more than is allowed.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from export import verify
from export.errors import LossError, MismatchError
from export.onnx import convert, language_model_step
from export.onnx.quantize import smaller
from export.tasks import language_model, translator_checks
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
    opened = _OPENED[type(trained)]
    paths = sorted(draft.glob("*.onnx"))
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            shutil.copy(path, folder)
        before, answered = opened(Path(folder), axes)
        made = _made(paths, weights)
        after, answers = opened(draft, axes)
        inputs = _inputs(trained, answered)
        compared = {
            name: _compared(name, weights, run, before[name], inputs[name])
            for name, run in after.items()
        }
        if isinstance(trained, Translator):
            step, limit = before["onnx_step"], compared["onnx_step"]["limit"]
            compared["onnx_translate"] = _chosen_well(
                answers["translate.onnx"], step, inputs["onnx_step"], 2 * limit
            )
        score = _scored(weights, validation, answered, answers, largest_loss)
    about = {
        **made,
        "largest_allowed": {n: one["limit"] for n, one in compared.items()},
        "score": score,
    }
    return {n: one["difference"] for n, one in compared.items()}, about


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


def _classifier(folder, axes):
    """Functions of ids to logits, and what answers, by names of artifacts."""
    run = convert.read(folder / "model.onnx")
    return {"onnx": run}, {"model.onnx": run}


def _language_model(folder, axes):
    whole = convert.read(folder / "model.onnx", padded=False)
    one = language_model_step.read(folder / "step.onnx")

    def step(ids):
        return language_model.stepped(one, axes, ids)

    return (
        {"onnx": whole, "onnx_step": step},
        {"model.onnx": whole, "step.onnx": step},
    )


def _translator(folder, axes):
    encoder, step, looped = (
        language_model_step.read(folder / f"{name}.onnx")
        for name in ("encoder", "decoder_step", "translate")
    )

    def logits(ids):
        return translator_checks.stepped(encoder, step, axes, *ids)

    def translate(source_ids):
        return looped({"source_ids": source_ids})["target_ids"]

    return {"onnx_step": logits}, {"translate.onnx": translate}


_OPENED = {
    TextClassifier: _classifier,
    LanguageModel: _language_model,
    Translator: _translator,
}


def _inputs(trained, answered) -> dict:
    """Ids that are compared, by names of artifacts."""
    if isinstance(trained, Translator):
        sources = verify.example_ids(
            trained.tokenizer.sizes["source_vocabulary_size"]
        )
        translate = answered["translate.onnx"]
        return {
            "onnx_step": with_targets((ids, translate(ids)) for ids in sources)
        }
    size = trained.tokenizer.size
    return {
        "onnx": verify.example_ids(size),
        "onnx_step": language_model.step_ids(size),
    }


def _compared(name, weights, run, expected, inputs) -> dict:
    answers = [expected(ids) for ids in inputs]
    largest = max(float(np.abs(logits).max()) for logits in answers)
    limit = LARGEST_CHANGE[weights] * largest
    waiting = iter(answers)
    difference = verify.largest_difference(
        f"{name} with {weights} weights",
        run,
        lambda _: next(waiting),
        inputs,
        limit,
    )
    return {"difference": difference, "limit": limit}


def _chosen_well(translate, logits, pairs, limit) -> dict:
    """The units that the smaller file chooses are, for the float32 files, as
    good as the best within `limit`: each of two logits may have changed.
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
        what = "A translation by translate.onnx"
        raise MismatchError(what, worst, limit, "the best of the larger files")
    return {"difference": worst, "limit": limit}


def _scored(
    weights: str,
    validation: Validation,
    before: dict[str, Callable],
    after: dict[str, Callable],
    limit: float,
) -> dict:
    """The score of the artifact that loses most."""
    sign = 1 if validation.more_is_better else -1
    worst: dict[str, Any] = {}
    for artifact, run in after.items():
        scores = [validation.measure(one) for one in (before[artifact], run)]
        loss = sign * (scores[0] - scores[1])
        # Also where the loss is not a number.
        if not worst or not loss <= worst["loss"]:
            worst = {
                "name": validation.score,
                "artifact": artifact,
                "before": round(scores[0], 6),
                "after": round(scores[1], 6),
                "loss": round(loss, 6) + 0.0,
                "limit": limit,
                "examples": validation.examples,
                "unit": validation.unit,
                "split": validation.split,
            }
    if not worst["loss"] <= limit:
        raise LossError(weights, worst)
    return {**worst, "line": _line(worst)}


def _line(score):
    """The score before and after, in words."""
    loss = score["loss"]
    change = f"worse by {loss:.2g}" if loss > 0 else f"better by {-loss:.2g}"
    return (
        f"{score['name'].replace('_', ' ')} {score['before']:.5g} -> "
        f"{score['after']:.5g} on {score['examples']:,} {score['unit']} "
        f"({score['split']}), {change if loss else 'no loss'}; "
        f"{score['limit']:g} is allowed"
    )
