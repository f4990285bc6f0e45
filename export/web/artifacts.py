"""A folder that any static server serves: the model, and a page to try it.

web/
  index.html, style.css, *.mjs   the page, and zoo.mjs for pages of one's own
  model.onnx or step.onnx or encoder.onnx and decoder_step.onnx
  model.json                     what zoo.mjs needs to know of the model
  tokenizer.json                 export.web.tokenizer_json; of two vocabularies
                                 source.json and target.json
  sw.js                          keeps all of it for when there is no network
  package.json                   the runtime, which `npm install` brings
  README.md                      how to serve it
  .nojekyll                      lets GitHub Pages send node_modules
"""

import hashlib
import json
from pathlib import Path

from export import examples
from export.errors import ConversionError
from export.request import Request
from export.web import models, readme, tokenizer_json
from zoo.io.files import read_json, sha256, write_json, write_text
from zoo.tasks import Task, Translator, labels_of

FOLDER = "web"
SOURCES = Path(__file__).parent
# What every page needs, and what belongs to one kind of model or tokenizer.
_SHARED = (
    "page.mjs",
    "sessions.mjs",
    "style.css",
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
        request: what is asked for, of which a page takes little
            (`export.web.models`).

    Returns:
        The largest difference of its ONNX files, and what else belongs into
        the manifest.

    Raises:
        ConversionError: if something cannot be made or opened.
        MismatchError: if an ONNX file computes something else.
    """
    folder = draft / FOLDER
    folder.mkdir()
    made = models.write(trained, folder, request)
    tokenizers = _tokenizers(trained, folder)
    subwords = any(one["kind"] == tokenizer_json.SUBWORDS for one in tokenizers)
    about = {
        "name": trained.name,
        "kind": made.kind,
        "purpose": trained.about.get("purpose", ""),
        "labels": labels_of(trained),
        "tokenizers": tokenizers,
        "models": made.files,
        "examples": examples.texts(trained),
        **made.about,
    }
    write_json(folder / "model.json", about)
    for name in (*_SHARED, f"{made.kind}_page.mjs", *[_SUBWORDS] * subwords):
        _copy(name, folder / name)
    _copy(f"{made.kind}.html", folder / "index.html")
    _package(folder / "package.json", subwords)
    runtime = [_RUNTIME + name for name in _RUNTIME_FILES]
    if subwords:
        runtime.append(_TOKENIZERS_FILE)
    write_text(folder / "README.md", readme.text(trained, runtime))
    write_text(folder / ".nojekyll", "")
    _service_worker(folder, runtime)
    return (
        {f"web_{name}": value for name, value in made.differences.items()},
        {"web": {"folder": FOLDER, "models": made.files}},
    )


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
    package = read_json(SOURCES / "package.json")
    if not subwords:
        del package["dependencies"][_TOKENIZERS]
    write_json(path, package)


def _service_worker(folder, runtime):
    """Writes sw.js, with what it keeps, by a name that changes with any of it.

    A browser compares this one file to find out that there is a new export.
    """
    package = read_json(folder / "package.json")["dependencies"]
    own = {
        path.name: sha256(path)
        for path in sorted(folder.iterdir())
        if path.suffix in {".mjs", ".css", ".json", ".html", ".onnx"}
        and path.name != "package.json"
    }
    version = _name_of({**own, **package})
    files = json.dumps(["./", *own, *runtime], indent=2)
    kept = f'const VERSION = "{version}";\nconst FILES = {files};\n\n'
    write_text(folder / "sw.js", kept + _source("sw.js"))


def _name_of(content: dict) -> str:
    """A short name of what a dict of strings holds."""
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def _copy(name, path):
    write_text(path, _source(name))


def _source(name):
    source = SOURCES / name
    if not source.is_file():
        raise ConversionError(
            f"{name} is missing in this installation. Install the package anew."
        )
    return source.read_text(encoding="utf-8")
