"""What Triton Inference Server is given: a model repository.

Of a classifier:

    triton/NAME/              texts to label and probabilities: the three below
    triton/NAME_tokenizer/    texts to ids, in the Python backend
    triton/NAME_ids/          model.onnx: ids to logits
    triton/NAME_answer/       logits to label and probabilities, likewise

Of a translator:

    triton/NAME/              texts to translations, by beam search, likewise
    triton/NAME_translate/    translate.onnx, and so encoder and decoder_step

Of a language model, the ONNX files alone: NAME_ids and NAME_step.
"""

import shutil
from pathlib import Path
from typing import Any

from export.errors import ExportError
from export.servers import triton_config
from export.servers.triton_config import LABELS, Step, Value
from zoo.io.files import write_text
from zoo.tasks import (
    LanguageModel,
    Task,
    TextClassifier,
    Translator,
    labels_of,
)

_KINDS = {
    "FLOAT": "TYPE_FP32",
    "FLOAT16": "TYPE_FP16",
    "INT32": "TYPE_INT32",
    "INT64": "TYPE_INT64",
}
_FILES = {
    TextClassifier: {"model": "ids"},
    LanguageModel: {"model": "ids", "step": "step"},
    Translator: {
        "translate": "translate",
        "encoder": "encoder",
        "decoder_step": "decoder_step",
    },
}
_SCRIPTS = Path(__file__).parent
# What the first step of an ensemble reads beside its own code.
_OF_TOKENIZER = (
    "classify.py",
    "tokenizer.json",
    "tokenizer.model",
    "words.json",
    "characters.json",
)
# And what a translator does.
_OF_TRANSLATOR = (
    "translate.py",
    "tokenizer.json",
    "encoder.onnx",
    "decoder_step.onnx",
)
# Names that the Python steps have in their code (triton_tokenizer.py,
# triton_answer.py).
_IDS, _LOGITS = "token_ids", "logits"


def arrange(trained: Task, draft: Path, folder: Path) -> None:
    """Copies the ONNX files and writes a configuration for each.

    Args:
        trained: what is exported.
        draft: the folder of the export.
        folder: of the model, by its name.

    Raises:
        ExportError: for a label that is more than one line; for a classifier
            whose file has other inputs or outputs than the Python steps.
    """
    labels = labels_of(trained)
    several = [label for label in labels if len(label.splitlines()) != 1]
    if several:
        raise ExportError(
            f"`layout` triton has a line for each label. Received: "
            f"{several[0]!r:.80}"
        )
    for file, name in _FILES[type(trained)].items():
        home = folder.with_name(f"{folder.name}_{name}")
        _onnx(draft / f"{file}.onnx", home, labels)
    if labels:
        _ensemble(draft, folder, labels)
    if isinstance(trained, Translator):
        _translator(draft, folder)


def _translator(draft, folder):
    text = Value("text", "TYPE_STRING", [1])
    translation = Value("translation", "TYPE_STRING", [1])
    version = triton_config.write(folder, "python", [text], [translation])
    _copy_script("triton_translator.py", version)
    models = sorted(draft.glob("*.model"))
    for path in [*(draft / name for name in _OF_TRANSLATOR), *models]:
        shutil.copyfile(path, version / path.name)


def _onnx(path, home, labels):
    inputs, outputs = values_of(path, bool(labels))
    version = triton_config.write(home, "onnxruntime", inputs, outputs)
    shutil.copyfile(path, version / "model.onnx")
    _write_labels(home, labels)


def values_of(path: Path, labels: bool) -> tuple[list[Value], list[Value]]:
    """Inputs and outputs of an ONNX file, without their axis of rows.

    Args:
        path: of the file.
        labels: whether its outputs are of classes.
    """
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    kinds: Any = onnx.TensorProto.DataType

    def described(value, labels):
        tensor = value.type.tensor_type
        _, *axes = tensor.shape.dim
        dims = [-1 if x.dim_param else x.dim_value for x in axes]
        kind = _KINDS[kinds.Name(tensor.elem_type)]
        return Value(value.name, kind, dims, labels)

    return (
        [described(value, False) for value in model.graph.input],
        [described(value, labels) for value in model.graph.output],
    )


def _ensemble(draft, folder, labels):
    names = {
        step: folder.with_name(f"{folder.name}_{step}")
        for step in ("tokenizer", "ids", "answer")
    }
    model = names["ids"] / "1" / "model.onnx"
    inputs, outputs = values_of(model, False)
    given = [(one.name, one.kind) for one in (*inputs, *outputs)]
    if given != [(_IDS, "TYPE_INT32"), (_LOGITS, "TYPE_FP32")]:
        raise ExportError(
            f"`layout` triton has steps in Python that give {_IDS} as int32 "
            f"and take {_LOGITS} as float32. The file has: {given}"
        )
    (ids,), (logits,) = inputs, outputs
    classes = [len(labels)]
    text = Value("text", "TYPE_STRING", [1])
    probabilities = Value("probabilities", "TYPE_FP32", classes, labels=True)
    label = Value("label", "TYPE_STRING", [1])

    version = triton_config.write(names["tokenizer"], "python", [text], [ids])
    _copy_script("triton_tokenizer.py", version)
    for name in _OF_TOKENIZER:
        if (draft / name).is_file():
            shutil.copyfile(draft / name, version / name)

    answers = [probabilities, label]
    version = triton_config.write(names["answer"], "python", [logits], answers)
    _copy_script("triton_answer.py", version)
    _write_labels(names["answer"], labels)

    steps = [
        Step(names["tokenizer"].name, {"text": "text"}, {ids.name: ids.name}),
        Step(
            names["ids"].name,
            {ids.name: ids.name},
            {logits.name: logits.name},
        ),
        Step(
            names["answer"].name,
            {logits.name: logits.name},
            {one.name: one.name for one in answers},
        ),
    ]
    triton_config.write(folder, "ensemble", [text], answers, steps)
    _write_labels(folder, labels)


def _copy_script(name, version):
    text = (_SCRIPTS / name).read_text(encoding="utf-8")
    write_text(version / "model.py", text)


def _write_labels(home, labels):
    if labels:
        write_text(home / LABELS, "".join(f"{label}\n" for label in labels))
