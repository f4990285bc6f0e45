"""LiteRT files against what the Keras model answers."""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from export import verify
from export.litert import runs
from export.request import Request
from export.runtimes import verification
from export.runtimes.registry import Runtime
from export.tasks import language_model
from export.tasks.translator_checks import same_tokens
from export.tasks.translator_reference import Reference
from zoo.backend.compile import logits_function
from zoo.models.translator import encoder_form, step_form
from zoo.tasks import LanguageModel, Task, Translator

# Sentences whose translations are compared: each is one run of many steps.
SENTENCES = 12

# By name of an artifact, what it is called with, and what it must answer.
Known = dict[str, tuple[list, list[np.ndarray]]]


def known(trained: Task, request: Request) -> Known:
    """What the model answers, over the ids that an ONNX file is compared with.

    Args:
        trained: a classifier, language model or translator.
        request: what is asked for: number of rows and steps.
    """
    rows, steps = request.batch_size, request.length
    if isinstance(trained, Translator):
        model = trained.model
        reference = Reference(trained, encoder_form(model), step_form(model))
        pairs = reference.pairs(rows, steps)
        sentences = reference.sentences(rows, steps)[0][:SENTENCES]
        return {
            "litert_step": (pairs, [reference.logits(pair) for pair in pairs]),
            "litert_translate": ([sentences], [reference.greedy(sentences)]),
        }
    answer = logits_function(trained.model)
    size = trained.tokenizer.size
    found = {"litert": verify.example_ids(size, rows, steps)}
    if isinstance(trained, LanguageModel):
        found["litert_step"] = language_model.step_ids(size, rows)
    return {
        name: (inputs, [answer(ids) for ids in inputs])
        for name, inputs in found.items()
    }


def checks(
    trained: Task, folder: Path, axes: dict, answers: Known, request: Request
) -> Callable[[Runtime], tuple[verification.Checks, dict]]:
    """What `export.runtimes.verification.in_each` compares.

    Args:
        trained: the model.
        folder: of the files.
        axes: names and axes of the step form, if there is one.
        answers: what `known` returned.
        request: what is asked for, the tolerance among it.
    """

    def of(runtime):
        opened = runs.opened(
            trained, folder, runtime, axes, request.batch_size or 1
        )
        own = runtime.tolerance
        if axes:
            own = runtime.step_tolerance
        limit = verify.limit(request.atol, own)

        def compared(name):
            what = f"{name} in {runtime.title}"
            inputs, expected = answers[name]
            if name == "litert_translate":
                return _same(trained, opened[name], inputs, expected, limit)
            return verify.compared(what, opened[name], inputs, expected, limit)

        each = {name: functools.partial(compared, name) for name in answers}
        about = {
            name: [list(one.shape) for one in expected]
            for name, (_, expected) in answers.items()
        }
        return each, {"answers": about}

    return of


def _same(trained, translate, inputs, expected, limit) -> float:
    model = trained.model
    reference = Reference(trained, encoder_form(model), step_form(model))
    return max(
        same_tokens(
            reference,
            ids,
            ours,
            translate(ids),
            "A translation by encoder.tflite and decoder_step.tflite",
            limit,
        )
        for ids, ours in zip(inputs, expected, strict=True)
    )
