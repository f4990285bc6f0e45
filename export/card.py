"""The card of an export: the facts of the model, and how to run the files."""

import re
from collections.abc import Iterator
from pathlib import Path

from export import scripts, tokenizer_data
from zoo.pretrained import summary
from zoo.pretrained.card import card
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator

_TEMPLATE = Path(__file__).with_name("export_card.md.jinja")
# By task: a text, the file from ids and its input, the input of a SavedModel.
_USAGE: dict[type, tuple[str, str, str, str]] = {
    TextClassifier: ("a quiet, moving film", "model", "token_ids", "text"),
    LanguageModel: ("What is", "model", "token_ids", "prompt"),
    Translator: ("...", "translate", "source_ids", "text"),
}
# What a card may hold of a manifest from elsewhere in a command to be pasted.
_HARMLESS = re.compile(r"[\w .,]+")


def written(trained: Task, folder: Path) -> str:
    """The card in Markdown.

    Args:
        trained: what was exported.
        folder: with all files but this one; what is not there is not told.
    """
    example, model, ids, given = _USAGE[type(trained)]
    if isinstance(trained, Translator):
        example = next(
            filter(_HARMLESS.fullmatch, _sentences(trained)), example
        )
    saved = sorted(folder.rglob("saved_model.pb"))
    onnx = sorted(folder.rglob(f"{model}.onnx"))
    return card(
        trained.name,
        summary.of_task(trained),
        template=_TEMPLATE,
        example=example,
        # Where a layout is for a server, its own documentation holds.
        onnx=(folder / f"{model}.onnx").is_file(),
        file=onnx[0].relative_to(folder).as_posix() if onnx else "",
        script=scripts.name(trained),
        ids=ids,
        input=given,
        beside=", ".join(
            [*tokenizer_data.names(trained.tokenizer), *trained.tokenizer.files]
        ),
        text_in=(folder / "text_in.onnx").is_file(),
        saved_model=(
            saved[0].parent.relative_to(folder).as_posix() if saved else ""
        ),
        tensorflow_text="subwords" in trained.tokenizer.kind,
        litert=sorted(
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*.tflite")
        ),
        web=(folder / "web" / "index.html").is_file(),
    )


def _sentences(trained: Translator) -> Iterator[str]:
    """Some of its language, where the model says so."""
    for failure in trained.about.get("failures") or ():
        yield str(failure["input"])
