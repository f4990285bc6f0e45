"""The artifacts of a language model, each proven equal to the model.

saved_model/   signatures `token_ids`, `step` and `generate`
model.onnx     token ids to logits: a whole text
step.onnx      one token and the states to logits and states

`export.scripts` puts generate.py beside them, which writes text with step.onnx.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from export import verify
from export.errors import MismatchError
from export.onnx import convert, edges, language_model_step
from export.request import Request
from export.runtimes import verification
from export.runtimes.registry import Runtime
from export.saved_model import language_model
from export.tokenizer_data import WORDS
from zoo.backend.compile import logits_function
from zoo.decoding import Sampling
from zoo.models.language_model import step_form
from zoo.tasks import LanguageModel
from zoo.text import WordTokenizer
from zoo.text.ids import REPLACEMENT

# Steps over which the step form is compared, and numbers of texts.
STEPS, BATCHES = 200, (1, 8)
# Of them where a runtime computes in Python.
FEW_STEPS = 20
# Arrays of ids, and the logits of each.
Known = tuple[list[np.ndarray], list[np.ndarray]]
_GENERATE_LENGTH = 100


def artifacts(
    trained: LanguageModel,
    draft: Path,
    request: Request,
    *,
    only_required: bool = False,
) -> tuple[dict, dict]:
    """Writes them, opens them again, and compares.

    Args:
        trained: a language model.
        draft: an empty folder.
        request: what is asked for.
        only_required: whether the ONNX files are compared in ONNX Runtime
            alone, as they are where others take their place (`quantize`).

    Returns:
        The largest difference of each artifact, and what else belongs into
        the manifest: names and axes of the step form, and how it was
        compared.

    Raises:
        ConversionError: if an artifact cannot be made or opened.
        MismatchError: if one computes something else.
    """
    expected = logits_function(trained.model)
    vocabulary = trained.tokenizer.size
    ids = verify.example_ids(vocabulary, request.batch_size, request.length)
    texts = step_ids(vocabulary, request.batch_size)
    whole_known = (ids, [expected(one) for one in ids])
    step_known = (texts, [expected(one) for one in texts])
    step_model = step_form(trained.model)
    axes = step_axes(step_model)
    differences: dict[str, float] = {}
    about: dict[str, Any] = {}
    if "saved_model" in request.formats:
        folder = draft / "saved_model"
        language_model.write(trained, step_model, axes, folder)
        whole, step, generate = language_model.read(folder)
        differences["saved_model"] = verify.compared(
            "The SavedModel",
            whole,
            *whole_known,
            verify.limit(request.atol, verify.SAVED_MODEL_TOLERANCE),
        )
        differences["saved_model_step"] = verify.compared(
            "The SavedModel's step form",
            lambda ids: stepped(step, axes, ids),
            *step_known,
            verify.limit(request.atol, verify.STEP_TOLERANCE),
        )
        _check_text(trained, generate)
    if "onnx" in request.formats:
        convert.write(
            trained,
            draft / "model.onnx",
            request.opset,
            request.batch_size,
            request.length,
        )
        language_model_step.write(
            step_model,
            axes,
            draft / "step.onnx",
            request.opset,
            request.batch_size,
        )
        found = verification.in_each(
            checks(draft, axes, whole_known, step_known, request),
            only_required=only_required or request.quantize is not None,
        )
        differences.update(found[verification.REQUIRED]["largest_difference"])
        about["runtimes"] = found
    about |= {
        "tokens": trained.tokenizer.kind,
        "step": axes,
        "input_rules": edges.RULES,
        "compared_shapes": [list(one.shape) for one in ids],
        "compared_steps": STEPS,
        "compared_step_batches": [len(one) for one in texts],
    }
    if isinstance(trained.tokenizer, WordTokenizer):
        # The exporter writes it.
        rules = {"version": trained.tokenizer.rules, "file": WORDS}
        about["rules"] = rules
    return differences, about


def opened(
    folder: Path, runtime: Runtime, axes: dict
) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """The ONNX files of an export in a runtime, as functions of ids to logits.

    Args:
        folder: of the export.
        runtime: what opens them, when they are called.
        axes: names and axes of the step form.

    Returns:
        By name of an artifact, as in a manifest's `largest_difference`.
    """
    whole = runtime.when_called(folder / "model.onnx")
    step = runtime.when_called(folder / "step.onnx")
    return {
        "onnx": lambda ids: whole({convert.INPUT: ids})[convert.OUTPUT],
        "onnx_step": lambda ids: stepped(step, axes, ids),
    }


def checks(
    folder: Path,
    axes: dict,
    whole: Known,
    steps: Known,
    request: Request,
) -> Callable[[Runtime], tuple[verification.Checks, dict]]:
    """What `export.runtimes.verification.in_each` compares.

    Args:
        folder: of the files.
        axes: names and axes of the step form.
        whole: arrays of ids, and the logits that they must give.
        steps: likewise, one token after the other.
        request: what is asked for, the tolerance among it.
    """

    def of(runtime):
        runs = opened(folder, runtime, axes)
        few = verify.FEW_SHAPES if runtime.slow else None
        most = FEW_STEPS if runtime.slow else None
        one_pass = [values[:few] for values in whole]
        by_steps = [[one[:, :most] for one in values] for values in steps]
        tolerance = verify.limit(request.atol, runtime.step_tolerance)

        def compared(name, what, ids, answers):
            return lambda: verify.compared(
                f"{what} in {runtime.title}",
                runs[name],
                ids,
                answers,
                tolerance,
            )

        about = {
            "shapes": [list(ids.shape) for ids in one_pass[0]],
            "step_shapes": [list(ids.shape) for ids in by_steps[0]],
        }
        return {
            "onnx": compared("onnx", "The ONNX file", *one_pass),
            "onnx_step": compared(
                "onnx_step", "The ONNX file's step form", *by_steps
            ),
        }, about

    return of


def step_axes(step_model: keras.Model) -> dict:
    """Inputs and outputs of the step form: by name, its axes.

    Of one token of each text: `{"inputs": {"token_ids": ["batch", 1], ...},
    "outputs": {"logits": ["batch", vocabulary], ...}}`. What comes out as
    `next_state_0` goes in as `state_0`; all states are zeros before the first
    token.
    """
    vocabulary = step_model.output["logits"].shape[-1]
    states = {
        name: ["batch", step_model.input[name].shape[-1]]
        for name in step_model.output
        if name != "logits"
    }
    return {
        "inputs": {"token_ids": ["batch", 1], **states},
        "outputs": {
            "logits": ["batch", vocabulary],
            **{f"next_{name}": shape for name, shape in states.items()},
        },
    }


def step_ids(
    vocabulary: int, batch_size: int | None = None
) -> list[np.ndarray]:
    """Ids over which a step form is compared, for each of `BATCHES`, or one."""
    random = np.random.default_rng(11)
    return [
        random.integers(1, vocabulary, (batch, STEPS)).astype("int32")
        for batch in (BATCHES if batch_size is None else (batch_size,))
    ]


def stepped(step: Callable, axes: dict, ids: np.ndarray) -> np.ndarray:
    """The logits of whole texts, one token after the other.

    Args:
        step: a step form, as a function of a dict to a dict.
        axes: names and axes of what goes into it.
        ids: int32 of shape `(batch, time)`.
    """
    names = [name for name in axes["inputs"] if name != "token_ids"]
    states = {
        name: np.zeros((len(ids), axes["inputs"][name][1]), "float32")
        for name in names
    }
    logits = []
    for t in range(ids.shape[1]):
        outputs = step({"token_ids": ids[:, t : t + 1], **states})
        logits.append(outputs["logits"])
        states = {name: outputs[f"next_{name}"] for name in names}
    return np.stack(logits, axis=1)


def _check_text(trained, generate):
    """Greedily, the SavedModel must write what the model writes."""
    for prompt in ("", "The ", "\u00e9\u4e2d\U0001f3ac and"):
        stream = trained.stream()
        if prompt:
            stream.feed(prompt)
        pieces = stream.generate(_GENERATE_LENGTH, Sampling(temperature=0))
        written = generate(prompt, _GENERATE_LENGTH, 0.0, 0)
        # Bytes may end within a character, of which a stream says nothing yet.
        if written.rstrip(REPLACEMENT) != "".join(pieces).rstrip(REPLACEMENT):
            raise MismatchError(
                "The text of the SavedModel's `generate`", float("inf"), 0.0
            )
