"""LiteRT files against what the Keras model answers."""

import dataclasses
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
from zoo.text.ids import PADDING

# Sentences whose translations are compared: each is one run of many steps.
SENTENCES = 12

# Of the ids that are compared, those that have rows of all lengths.
_PADDED = 3
# By name of an artifact, what it is called with, and what it must answer.
Answers = dict[str, tuple[list, list[np.ndarray]]]


@dataclasses.dataclass(frozen=True)
class Known:
    """What the model answers.

    Attributes:
        answers: by name of an artifact, inputs and what it must answer.
        reference: of a translator, the model.
    """

    answers: Answers
    reference: Reference | None = None


def known(trained: Task, request: Request) -> Known:
    """What the model answers, over the ids that an ONNX file is compared with,
    and, of a classifier, over one with padding between tokens.

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
        answers: Answers = {
            "litert_step": (pairs, [reference.logits(pair) for pair in pairs]),
            "litert_translate": ([sentences], [reference.greedy(sentences)]),
        }
        return Known(answers, reference)
    answer = logits_function(trained.model)
    size = trained.tokenizer.size
    found = {"litert": verify.example_ids(size, rows, steps)}
    if isinstance(trained, LanguageModel):
        found["litert_step"] = language_model.step_ids(size, rows)
    else:
        padded = found["litert"][_PADDED]
        gaps = padded.copy()
        gaps[:, ::3] = PADDING
        found["litert"] += [verify.left_padded(padded), gaps]
    return Known(
        {
            name: (inputs, [answer(ids) for ids in inputs])
            for name, inputs in found.items()
        }
    )


def shapes(answers: Answers) -> dict[str, list]:
    """Of the ids of each artifact, of a translator of its sources."""
    return {
        name: [
            list(np.shape(one[0] if isinstance(one, tuple) else one))
            for one in inputs
        ]
        for name, (inputs, _) in answers.items()
    }


def checks(
    trained: Task, folder: Path, axes: dict, known: Known, request: Request
) -> Callable[[Runtime], tuple[verification.Checks, dict]]:
    """What `export.runtimes.verification.in_each` compares.

    Args:
        trained: the model.
        folder: of the files.
        axes: names and axes of the step form, if there is one.
        known: what the function of this name returned.
        request: what is asked for, the tolerance among it.
    """

    answers = known.answers

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
                return _same(
                    known.reference, opened[name], inputs, expected, limit
                )
            return verify.compared(what, opened[name], inputs, expected, limit)

        each = {name: functools.partial(compared, name) for name in answers}
        return each, {"shapes": shapes(answers)}

    return of


def _same(reference, translate, inputs, expected, limit) -> float:
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
