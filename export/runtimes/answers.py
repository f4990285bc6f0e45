"""Using an export folder: no Keras model, only the files that it holds."""

from collections.abc import Sequence
from pathlib import Path

from export.runtimes import onnx_runtime
from export.saved_model import classifier
from zoo.io.files import read_json
from zoo.text import load_text_tokenizer
from zoo.text.ids import pad


def answer(folder: Path, texts: Sequence[str]) -> dict[str, dict[str, str]]:
    """The class of each text, from each artifact of an export folder.

    The SavedModel gets the texts as they are; ONNX Runtime gets the ids that
    the tokenizer's file gives.

    Returns:
        By text and by artifact, the name of the class.
    """
    folder = Path(folder)
    labels = read_json(folder / "manifest.json")["labels"]
    logits = {}
    if (folder / "saved_model").is_dir():
        from_text, _ = classifier.read(folder / "saved_model")
        logits["SavedModel"] = from_text(list(texts))
    if (folder / "model.onnx").is_file():
        tokenizer = load_text_tokenizer(folder / "tokenizer.json")
        from_ids = onnx_runtime.from_ids(folder / "model.onnx")
        logits["ONNX"] = from_ids(
            pad([tokenizer.encode(text) for text in texts])
        )
    return {
        text: {
            artifact: labels[int(values[place].argmax())]
            for artifact, values in logits.items()
        }
        for place, text in enumerate(texts)
    }
