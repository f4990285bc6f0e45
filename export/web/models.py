"""The ONNX files of a page: those of an export, as small as they can be."""

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from export import metadata, verify
from export.onnx import convert
from export.onnx.exact import stored_exactly
from export.request import Request
from export.runtimes import onnx_runtime
from export.tasks import classifier, language_model, translator
from zoo.tasks import LanguageModel, Task, TextClassifier

# Rows and steps of what the stored files are compared on.
_SIZES = {"batch": 2}
_STEPS = 7
_IDS = "tensor(int32)"


@dataclasses.dataclass(frozen=True)
class Models:
    """The ONNX files of a model, and what zoo.mjs must know to run them.

    Attributes:
        kind: the class of zoo.mjs, in small letters.
        files: by what zoo.mjs calls them, their names.
        about: further entries of model.json.
        differences: from the Keras model, the largest ones.
    """

    kind: str
    files: dict[str, str]
    about: dict[str, Any]
    differences: dict[str, float]


def write(trained: Task, folder: Path, request: Request) -> Models:
    """Writes the ONNX files, by way of those of an export.

    Weights that lie on a grid of whole numbers are stored as such: the file
    computes the same.

    Args:
        trained: a model of any task.
        folder: where to.
        request: what is asked for. Shapes are never fixed, and weights never
            others than those of the model.

    Raises:
        ConversionError: if something cannot be made or opened.
        MismatchError: if a file computes something else.
    """
    asked = dataclasses.replace(
        request,
        formats=("onnx",),
        quantize=None,
        largest_loss=None,
        batch_size=None,
        length=None,
        layout=None,
        text_in=False,
    )
    with tempfile.TemporaryDirectory(dir=folder) as place:
        made = Path(place)
        models = _exported(trained, made, asked)
        differences = dict(models.differences)
        facts = metadata.described(trained)
        for name, file in models.files.items():
            differences[f"stored_{name}"] = _store(
                made / file,
                folder / file,
                _fewest_ids(trained),
                verify.limit(request.atol, verify.SAVED_MODEL_TOLERANCE),
            )
            metadata.write(folder / file, facts)
    return dataclasses.replace(models, differences=differences)


def _exported(trained, made, asked):
    """Of files that are stored in another form below, one runtime is enough."""
    if isinstance(trained, TextClassifier):
        differences, _ = classifier.artifacts(
            trained, made, asked, only_required=True
        )
        return Models("classifier", {"model": "model.onnx"}, {}, differences)
    if isinstance(trained, LanguageModel):
        differences, about = language_model.artifacts(
            trained, made, asked, only_required=True
        )
        tokens = trained.tokenizer
        more = {
            "step": about["step"],
            "opening": [int(one) for one in tokens.opening],
            "text_start": tokens.has_text_start,
            "banned": list(tokens.reserved),
        }
        files = {"step": "step.onnx"}
        return Models("language_model", files, more, differences)
    differences, about = translator.artifacts(
        trained, made, asked, only_required=True
    )
    files = {"encoder": "encoder.onnx", "step": "decoder_step.onnx"}
    more = {"step": about["step"]}
    return Models("translator", files, more, differences)


def _fewest_ids(trained):
    return min(trained.tokenizer.sizes.values())


def _store(
    plain: Path, stored: Path, vocabulary: int, tolerance: float
) -> float:
    """Writes a file with smaller weights; the largest difference of the two."""
    import onnx

    convert.save(stored_exactly(onnx.load(str(plain))), stored)
    session, _ = onnx_runtime.session(plain)
    before, after = (onnx_runtime.open_file(one) for one in (plain, stored))
    feeds = dict(_feeds(session.get_inputs(), vocabulary))
    return max(
        verify.largest_difference(
            stored.name,
            lambda given, name=output.name: after(given)[name],
            lambda given, name=output.name: before(given)[name],
            [feeds],
            tolerance,
        )
        for output in session.get_outputs()
    )


def _feeds(inputs, vocabulary: int) -> Iterator[tuple[str, np.ndarray]]:
    """Ids and numbers for each input of a file."""
    random = np.random.default_rng(13)
    for one in inputs:
        shape = [
            axis if isinstance(axis, int) else _SIZES.get(axis, _STEPS)
            for axis in one.shape
        ]
        if one.type == _IDS:
            yield one.name, random.integers(1, vocabulary, shape, "int32")
        else:
            yield one.name, random.uniform(0.1, 1, shape).astype("float32")
