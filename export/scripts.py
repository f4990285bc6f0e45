"""The scripts that travel with an export, and what they need.

classify.py   of a classifier, generate.py of a language model, translate.py
              of a translator: they use the ONNX files
requirements.txt   what they need, for `pip install -r`
"""

from pathlib import Path

from zoo.io.files import write_text
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator

_FOLDER = Path(__file__).parent / "standalone"
_SCRIPTS: dict[type, str] = {
    TextClassifier: "classify.py",
    LanguageModel: "generate.py",
    Translator: "translate.py",
}
# Like the extras in pyproject.toml.
_NEEDS = ["numpy>=1.26", "onnxruntime>=1.20"]
_SUBWORDS, _TEXT_IN = "sentencepiece>=0.2.1", "onnxruntime-extensions>=0.14"


def name(trained: Task) -> str:
    """The script of a model."""
    return _SCRIPTS[type(trained)]


def write(trained: Task, folder: Path, text_in: bool = False) -> None:
    """Writes the script of a model and `requirements.txt`.

    Args:
        trained: a classifier, language model or translator.
        folder: where to.
        text_in: whether there is a file from text to answer, too.
    """
    script = _FOLDER / name(trained)
    write_text(folder / script.name, script.read_text(encoding="utf-8"))
    needs = list(_NEEDS)
    if text_in:
        needs.append(_TEXT_IN)
    if "subwords" in trained.tokenizer.kind:
        needs.append(_SUBWORDS)
    write_text(folder / "requirements.txt", "".join(f"{n}\n" for n in needs))
