"""The scripts that travel with an export, and what they need.

classify.py   of a classifier, generate.py of a language model, translate.py
              of a translator: they use the ONNX files. A translator of fixed
              shapes has none: a beam search needs more rows than it has texts,
              and fewer with each text that has ended
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


def name(trained: Task, folder: Path) -> str | None:
    """The script of a model; `None` where its files have fixed shapes that no
    script can use.

    Args:
        trained: a classifier, language model or translator.
        folder: with its ONNX files.
    """
    if isinstance(trained, Translator) and any(
        isinstance(size, int)
        for path in folder.glob("encoder.onnx")
        for size in sizes(path)
    ):
        return None
    return _SCRIPTS[type(trained)]


def sizes(path: Path) -> list[int | str]:
    """The axes of the first input of an ONNX file: numbers where fixed."""
    import onnx

    inputs = onnx.load(str(path), load_external_data=False).graph.input
    dims = inputs[0].type.tensor_type.shape.dim if inputs else []
    return [dim.dim_param or dim.dim_value for dim in dims]


def write(trained: Task, folder: Path, text_in: bool = False) -> None:
    """Writes the script of a model, if it has one, and `requirements.txt`.

    Args:
        trained: a classifier, language model or translator.
        folder: where to, with its ONNX files.
        text_in: whether there is a file from text to answer, too.
    """
    script = name(trained, folder)
    if script is not None:
        text = (_FOLDER / script).read_text(encoding="utf-8")
        write_text(folder / script, text)
    needs = list(_NEEDS)
    if text_in:
        needs.append(_TEXT_IN)
    if "subwords" in trained.tokenizer.kind:
        needs.append(_SUBWORDS)
    write_text(folder / "requirements.txt", "".join(f"{n}\n" for n in needs))
