"""The card of an export: the facts of the model, and how to run the files."""

import re
from pathlib import Path

from export import examples, scripts, tokenizer_data
from zoo.pretrained import summary
from zoo.pretrained.card import card
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator

_TEMPLATE = Path(__file__).with_name("export_card.md.jinja")
# By task: the file from ids and its input, the input of a SavedModel.
_USAGE: dict[type, tuple[str, str, str]] = {
    TextClassifier: ("model", "token_ids", "text"),
    LanguageModel: ("model", "token_ids", "prompt"),
    Translator: ("translate", "source_ids", "text"),
}
# Ids of a text, as long as there is room.
_IDS = (5, 9, 7)
_AXES = ("rows", "ids in each row")
# What a card may hold of a manifest from elsewhere in a command to be pasted.
_HARMLESS = re.compile(r"[\w .,:]+")


def written(trained: Task, folder: Path) -> str:
    """The card in Markdown.

    Args:
        trained: what was exported.
        folder: with all files but this one; what is not there is not told.
    """
    model, ids, given = _USAGE[type(trained)]
    saved = sorted(folder.rglob("saved_model.pb"))
    onnx = sorted(folder.rglob(f"{model}.onnx"))
    axes = scripts.sizes(onnx[0]) if onnx else []
    fixed = {
        what: size
        for what, size in zip(_AXES, axes, strict=False)
        if isinstance(size, int)
    }
    # One row of three ids, if the file does not say another shape.
    shape = tuple(map(fixed.get, _AXES, (1, len(_IDS))))
    return card(
        trained.name,
        summary.of_task(trained),
        template=_TEMPLATE,
        example=_example(trained),
        # Where a layout is for a server, its own documentation holds.
        onnx=(folder / f"{model}.onnx").is_file(),
        file=onnx[0].relative_to(folder).as_posix() if onnx else "",
        script=scripts.name(trained, folder),
        ids=ids,
        shape=shape,
        some_ids=_IDS[: shape[1]],
        fixed=", ".join(f"{size} {what}" for what, size in fixed.items()),
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


def _example(trained: Task) -> str:
    """A text for a command line, which the model is not known to fail at."""
    failures = trained.about.get("failures") or ()
    wrong = {str(failure["input"]).strip() for failure in failures}
    texts = (text.strip() for text in examples.texts(trained))
    harmless = (text for text in texts if _HARMLESS.fullmatch(text))
    return next((text for text in harmless if text not in wrong), "...")
