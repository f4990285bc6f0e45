"""A folder that any static server serves: the model, and a page to try it.

web/
  index.html, style.css, *.mjs   the page, and zoo.mjs for pages of one's own
  model.onnx or step.onnx or encoder.onnx and decoder_step.onnx
  model.json                     what zoo.mjs needs to know of the model
  tokenizer.json                 export.web.tokenizer_json; of two vocabularies
                                 source.json and target.json
  sw.js, files.js                keep all of it for when there is no network
  package.json                   the runtime, which `npm install` brings
  README.md                      how to serve it
"""

import dataclasses
import json
import shutil
import tempfile
from pathlib import Path

from export.errors import ConversionError
from export.request import Request
from export.tasks import classifier, language_model, translator
from export.web import examples, readme, tokenizer_json
from zoo.io.files import read_json, sha256, write_json, write_text
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator, labels_of

FOLDER = "web"
_SOURCES = Path(__file__).parent
# What every page needs, and what belongs to one kind of model or tokenizer.
_SHARED = (
    "page.mjs",
    "sessions.mjs",
    "style.css",
    "sw.js",
    "tokenizers.mjs",
    "zoo.mjs",
)
_SUBWORDS = "subwords.mjs"
_RUNTIME = "node_modules/onnxruntime-web/dist/"
# Of the runtime, what a page loads.
_RUNTIME_FILES = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
)
_TOKENIZERS = "@huggingface/tokenizers"
_TOKENIZERS_FILE = f"node_modules/{_TOKENIZERS}/dist/tokenizers.min.mjs"


def add(trained: Task, draft: Path, request: Request) -> tuple[dict, dict]:
    """Writes the folder, whose ONNX files are compared with the model.

    Args:
        trained: a model of any task.
        draft: the folder of the export; `web` in it is made.
        request: what is asked for. Shapes in a page are never fixed, and its
            weights are those of the model.

    Returns:
        The largest difference of its ONNX files, and what else belongs into
        the manifest.

    Raises:
        ConversionError: if something cannot be made or opened.
        MismatchError: if an ONNX file computes something else.
    """
    folder = draft / FOLDER
    folder.mkdir()
    kind, models, more, differences = _models(trained, folder, request)
    tokenizers = _tokenizers(trained, folder)
    subwords = any(one["kind"] == tokenizer_json.SUBWORDS for one in tokenizers)
    about = {
        "name": trained.name,
        "kind": kind,
        "purpose": trained.about.get("purpose", ""),
        "labels": labels_of(trained),
        "tokenizers": tokenizers,
        "models": models,
        "examples": examples.texts(trained),
        **more,
    }
    write_json(folder / "model.json", about)
    for name in (*_SHARED, f"{kind}_page.mjs", *[_SUBWORDS] * subwords):
        _copy(name, folder / name)
    _copy(f"{kind}.html", folder / "index.html")
    _package(folder / "package.json", subwords)
    runtime = [_RUNTIME + name for name in _RUNTIME_FILES]
    if subwords:
        runtime.append(_TOKENIZERS_FILE)
    write_text(folder / "README.md", readme.text(trained, runtime))
    _kept(folder, runtime)
    return (
        {f"web_{name}": value for name, value in differences.items()},
        {"web": {"folder": FOLDER, "models": models}},
    )


def _models(trained, folder, request):
    """Writes the ONNX files, by way of those of an export."""
    asked = dataclasses.replace(
        request,
        formats=("onnx",),
        quantize=None,
        batch_size=None,
        length=None,
        layout=None,
        text_in=False,
    )
    with tempfile.TemporaryDirectory(dir=folder) as place:
        made = Path(place)
        if isinstance(trained, TextClassifier):
            differences, _ = classifier.artifacts(trained, made, asked)
            kind, models, more = "classifier", {"model": "model.onnx"}, {}
        elif isinstance(trained, LanguageModel):
            differences, about = language_model.artifacts(trained, made, asked)
            kind, models = "language_model", {"step": "step.onnx"}
            tokens = trained.tokenizer
            more = {
                "step": about["step"],
                "opening": [int(one) for one in tokens.opening],
                "text_start": tokens.has_text_start,
                "banned": list(tokens.reserved),
            }
        else:
            differences, about = translator.artifacts(trained, made, asked)
            kind, more = "translator", {"step": about["step"]}
            models = {"encoder": "encoder.onnx", "step": "decoder_step.onnx"}
        for name in models.values():
            shutil.move(made / name, folder / name)
    return kind, models, more, differences


def _tokenizers(trained, folder):
    """Writes the tokenizers; of each its kind and its file."""
    sides = {"tokenizer.json": trained.tokenizer}
    if isinstance(trained, Translator):
        source, target = trained.tokenizer.source, trained.tokenizer.target
        sides = {"source.json": source, "target.json": target}
        if trained.tokenizer.shared:
            sides = {"tokenizer.json": source}
    tokenizers = []
    for file, tokenizer in sides.items():
        kind, content = tokenizer_json.described(tokenizer)
        _write_compact(folder / file, content)
        tokenizers.append({"kind": kind, "file": file})
    return tokenizers


def _write_compact(path, content):
    """JSON without spaces, in ASCII: lone surrogates have no UTF-8."""
    write_text(path, json.dumps(content, separators=(",", ":")) + "\n")


def _package(path, subwords):
    package = read_json(_SOURCES / "package.json")
    if not subwords:
        del package["dependencies"][_TOKENIZERS]
    write_json(path, package)


def _kept(folder, runtime):
    """Names what sw.js keeps, by a name that changes with any of it."""
    package = read_json(folder / "package.json")["dependencies"]
    own = {
        path.name: sha256(path)
        for path in sorted(folder.iterdir())
        if path.suffix in {".mjs", ".css", ".json", ".html", ".onnx"}
        and path.name != "package.json"
    }
    version = sha256_of({**own, **package})
    content = {"VERSION": version, "FILES": ["./", *own, *runtime]}
    text = json.dumps(content, indent=2)
    write_text(folder / "files.js", f"self.KEPT = {text};\n")


def sha256_of(content: dict) -> str:
    """A short name of what a dict of strings holds."""
    import hashlib

    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def _copy(name, path):
    source = _SOURCES / name
    if not source.is_file():
        raise ConversionError(
            f"{name} is missing in this installation. Install the package anew."
        )
    write_text(path, source.read_text(encoding="utf-8"))
