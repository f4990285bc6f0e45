"""The artifacts of a language model, each proven equal to the model.

saved_model/   signatures `token_ids`, `step` and `generate`
model.onnx     token ids to logits: a whole text
step.onnx      one token and the states to logits and states
generate.py    writes text with step.onnx; needs onnxruntime and NumPy alone,
               with subwords sentencepiece too; with words it reads words.json
"""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from export import verify
from export.errors import MismatchError
from export.onnx import convert, edges, language_model_step
from export.request import Request
from export.saved_model import language_model
from export.tokenizer_data import WORDS
from zoo.backend.compile import logits_function
from zoo.decoding import Sampling
from zoo.io.files import write_text
from zoo.models.language_model import step_form
from zoo.tasks import LanguageModel
from zoo.text import TextSubwordTokenizer, WordTokenizer
from zoo.text.ids import REPLACEMENT

# Steps over which the step form is compared, and numbers of texts.
STEPS, BATCHES = 200, (1, 8)
# Logits of a trained one are in the tens, and other kernels' differences add up
# in the states from step to step.
_TOLERANCE = 1e-4
_GENERATE_LENGTH = 100
_SCRIPT = Path(__file__).parents[1] / "standalone" / "generate.py"
# Else it is of characters or bytes.
_SCRIPTS = {
    WordTokenizer.kind: _SCRIPT.with_name("generate_words.py"),
    TextSubwordTokenizer.kind: _SCRIPT.with_name("generate_subwords.py"),
}


def artifacts(
    trained: LanguageModel, draft: Path, request: Request
) -> tuple[dict, dict]:
    """Writes them, opens them again, and compares.

    Args:
        trained: a language model.
        draft: an empty folder.
        request: what is asked for.

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
    ids = verify.example_ids(vocabulary)
    step_model = step_form(trained.model)
    axes = step_axes(step_model)
    differences = {}

    def compared(name, artifact, whole, step, tolerance):
        differences[name] = verify.largest_difference(
            artifact, whole, expected, ids, tolerance
        )
        differences[f"{name}_step"] = verify.largest_difference(
            f"{artifact}'s step form",
            lambda ids: stepped(step, axes, ids),
            expected,
            step_ids(vocabulary),
            _TOLERANCE,
        )

    if "saved_model" in request.formats:
        folder = draft / "saved_model"
        language_model.write(trained, step_model, axes, folder)
        whole, step, generate = language_model.read(folder)
        compared(
            "saved_model",
            "The SavedModel",
            whole,
            step,
            verify.SAVED_MODEL_TOLERANCE,
        )
        _check_text(trained, generate)
    if "onnx" in request.formats:
        convert.write(trained, draft / "model.onnx")
        language_model_step.write(step_model, axes, draft / "step.onnx")
        compared(
            "onnx",
            "The ONNX file",
            convert.read(draft / "model.onnx"),
            language_model_step.read(draft / "step.onnx"),
            _TOLERANCE,
        )
        script = _SCRIPTS.get(trained.tokenizer.kind, _SCRIPT)
        text = script.read_text(encoding="utf-8")
        write_text(draft / "generate.py", text)
    about = {
        "tokens": trained.tokenizer.kind,
        "step": axes,
        "input_rules": edges.RULES,
        "compared_shapes": verify.SHAPES,
        "compared_steps": STEPS,
        "compared_step_batches": BATCHES,
    }
    if isinstance(trained.tokenizer, WordTokenizer):
        # The exporter writes it.
        rules = {"version": trained.tokenizer.rules, "file": WORDS}
        about["rules"] = rules
    return differences, about


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


def step_ids(vocabulary: int) -> list[np.ndarray]:
    """Ids over which a step form is compared, for each of `BATCHES`."""
    random = np.random.default_rng(11)
    return [
        random.integers(1, vocabulary, (batch, STEPS)).astype("int32")
        for batch in BATCHES
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
