"""`text_in.onnx`: from text to answer in one file.

Of a classifier it goes from `text` to `label`, `probabilities` and `logits`; of
a translator from `text` to `translation`, greedily. It needs ONNX Runtime and
onnxruntime-extensions, and no tokenizer.
"""

from pathlib import Path
from typing import Any

import numpy as np

from export import metadata, verify
from export.errors import ConversionError, MismatchError
from export.onnx import convert
from export.request import Request
from export.runtimes import onnx_runtime
from export.text_in import runtime, texts, whole
from zoo.io.files import write_text
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator
from zoo.text import SubwordTokenizer, TextTokenizer
from zoo.text.ids import END, PADDING, pad

FILE = "text_in.onnx"
# Texts whose ids alone are compared.
_DRAWN = 200


def add(
    trained: Task, draft: Path, request: Request
) -> tuple[dict[str, float], dict[str, Any]]:
    """Writes the file, opens it again, and compares.

    Args:
        trained: a classifier or a translator.
        draft: the folder, with its ONNX files.
        request: what is asked for.

    Returns:
        The largest difference, and what belongs into the manifest: among it
        `differs`, what of `texts.HARD` gets other ids than in Python.

    Raises:
        ConversionError: for a language model; where an ONNX file or a package
            is missing; or if ONNX Runtime refuses the file.
        MismatchError: if it answers an ordinary text in another way.
    """
    if isinstance(trained, LanguageModel):
        raise ConversionError(
            "`text_in` is for classifiers and translators: the text of a "
            "language model is written by generate.py, token by token."
        )
    version = runtime.version()
    if "onnx" not in request.formats:
        raise ConversionError(
            "`text_in` is made from the ONNX file, which `formats` leaves out."
        )
    tokenizer: TextTokenizer | SubwordTokenizer
    if isinstance(trained, TextClassifier):
        tokenizer = trained.tokenizer
        path = draft / "model.onnx"
        model = whole.classifier(path, tokenizer, trained.labels)
    else:
        tokenizer = trained.tokenizer.source
        path = draft / "translate.onnx"
        model = whole.translator(path, trained.tokenizer)
    metadata.put(model, metadata.described(trained, draft))
    convert.save(model, draft / FILE)
    differs = _other_ids(tokenizer, draft)
    if isinstance(trained, TextClassifier):
        difference = _classifier(trained, draft, request)
    else:
        difference = _translator(trained, draft)
    write_text(draft / runtime.SCRIPT.name, runtime.SCRIPT.read_text("utf-8"))
    about = {
        "file": FILE,
        "needs": {runtime.PACKAGE: version},
        "opset": max(x.version for x in model.opset_import if not x.domain),
        "inputs": {whole.TEXT: ["batch"]},
        "outputs": {
            value.name: [x.dim_param or x.dim_value for x in shape.dim]
            for value in model.graph.output
            for shape in [value.type.tensor_type.shape]
        },
        "script": runtime.SCRIPT.name,
        "compared_texts": len(texts.ORDINARY) + len(texts.HARD) + _DRAWN + 1,
        "differs": differs,
    }
    return {"text_in": difference}, {"text_in": about}


def _other_ids(
    tokenizer: TextTokenizer | SubwordTokenizer, draft: Path
) -> list[str]:
    """What gets other ids in the file than in Python.

    Raises:
        MismatchError: for an ordinary text.
    """
    drawn = texts.drawn(_DRAWN)
    whole_batches = [texts.ORDINARY, [texts.LONG], texts.ORDINARY[:1], [], [""]]
    batches = whole_batches + [[one] for one in [*texts.HARD.values(), *drawn]]
    path = draft / "ids.onnx"
    convert.save(whole.ids_alone(tokenizer), path)
    found = runtime.answers(path, batches)
    path.unlink()
    same = [
        _same([tokenizer.encode(text) for text in batch], answer[whole.IDS])
        for batch, answer in zip(batches, found, strict=True)
    ]
    if not all(same[: len(whole_batches)]):
        raise MismatchError(f"{FILE}, in the ids of a text,", float("inf"), 0.0)
    hard = same[len(whole_batches) : -_DRAWN]
    differs = [
        what
        for what, is_same in zip(texts.HARD, hard, strict=True)
        if not is_same
    ]
    number = _DRAWN - sum(same[-_DRAWN:])
    if number:
        differs.append(f"{number} of {_DRAWN} texts of random characters")
    return differs


def _same(rows: list, found: np.ndarray) -> bool:
    """Whether ids are those of the rows, whatever the padding."""
    ours = pad(rows or [[]])
    if found.size == 0:
        return not ours.any()
    width = max(ours.shape[1], found.shape[1])
    ours, found = (
        np.pad(ids, [[0, 0], [0, width - ids.shape[1]]])
        for ids in (ours, found)
    )
    return np.array_equal(ours, found)


def _classifier(
    trained: TextClassifier, draft: Path, request: Request
) -> float:
    """The largest difference of logits; labels must be the same."""
    own = onnx_runtime.from_ids(draft / "model.onnx")
    atol = request.atol or verify.ONNX_TOLERANCE
    hard = [[text] for text in texts.HARD.values()]
    rows = [[text] for text in texts.ORDINARY] + [texts.ORDINARY]
    *found, nothing = runtime.answers(draft / FILE, [*rows, *hard, []])

    def of_ids(some):
        return own(pad([trained.tokenizer.encode(text) for text in some]))

    expected = [of_ids]
    if request.quantize is None:
        # Not only the same as the other file.
        expected.append(trained.logits)
    largest = 0.0
    for function in expected:
        places = iter(found)
        largest = max(
            largest,
            verify.largest_difference(
                FILE,
                lambda _, places=places: next(places)[whole.LOGITS],
                function,
                rows,
                atol,
            ),
        )
    for answer in found:
        best = answer[whole.LOGITS].argmax(axis=1)
        if [trained.labels[one] for one in best] != [*answer[whole.LABEL]]:
            raise MismatchError(f"The label of {FILE}", float("inf"), 0.0)
    if len(nothing[whole.LABEL]):
        raise MismatchError(f"{FILE} without a text", float("inf"), 0.0)
    return largest


def _translator(trained: Translator, draft: Path) -> float:
    """0; or an error, for a translation that is another."""
    sentences = [*texts.ORDINARY, *texts.HARD.values()]
    alone = [[text] for text in sentences]
    together, *found = (
        [*answer[whole.TRANSLATION]]
        for answer in runtime.answers(draft / FILE, [sentences, *alone, []])
    )
    if found.pop():
        raise MismatchError(f"{FILE} without a text", float("inf"), 0.0)
    ours = [one.text for one in trained.decoder.translate(sentences, None)]
    number = len(texts.ORDINARY)
    for text, our, one, (other,) in list(
        zip(sentences, ours, together, found, strict=True)
    )[:number]:
        # Where two tokens are as good as each other, that of translate.onnx
        # counts, which was compared with the model's.
        if not our == one == other and [other] != _by_ids(
            trained, draft, [text]
        ):
            raise MismatchError(
                f"The translation of {text!r:.80} by {FILE}", float("inf"), 0.0
            )
    return 0.0


def _by_ids(trained: Translator, draft: Path, some: list[str]) -> list[str]:
    """Translations by translate.onnx and the tokenizer."""
    run = onnx_runtime.open_file(draft / "translate.onnx")
    tokenizer = trained.tokenizer
    rows = [tokenizer.source.encode(text) for text in some]
    found = run({"source_ids": pad(rows)})["target_ids"].tolist()
    return [
        tokenizer.target.decode(
            [one for one in ids if one not in (PADDING, END)]
        )
        if row
        else ""
        for row, ids in zip(rows, found, strict=True)
    ]
