"""From a trained model to a folder of artifacts that are proven equal to it.

saved_model/    texts in or ids in (see export.saved_model)
model.onnx      ids in
tokenizer.json  what makes the ids
manifest.json   largest difference of each artifact, hashes, versions
card.md         the card of the model

Of a language model and of a translator there is more: export.language_model,
export.translator.
"""

import importlib.metadata
from pathlib import Path

from export import classifier, language_model, onnx_file, translator
from export.errors import ExportError
from zoo.files import (
    read_json,
    replacing_folder,
    sha256,
    write_json,
    write_text,
)
from zoo.pretrained.card import card
from zoo.trained import Trained

FORMATS = ("saved_model", "onnx")
# Models that are neither have a classifier's ids and logits.
_ARTIFACTS = {
    "language_model": language_model.artifacts,
    "translator": translator.artifacts,
}
_KIND = "recurrent-zoo export"


def export(
    trained: Trained, folder: Path, formats: tuple[str, ...] = FORMATS
) -> dict:
    """Exports, opens every artifact again, compares, and only then keeps.

    Args:
        trained: what `zoo.load` returns.
        folder: where to; an export that is there already is replaced, in
            one step, once the new one is proven.
        formats: which artifacts to make.

    Returns:
        What `manifest.json` holds.

    Raises:
        ExportError: if `folder` exists and is not an export.
        ConversionError: if an artifact cannot be made or opened.
        MismatchError: if one computes something else. In every case the
            destination is as it was.
    """
    folder = Path(folder)
    _check_destination(folder)
    artifacts = _ARTIFACTS.get(trained.builder, classifier.artifacts)
    with replacing_folder(folder) as draft:
        differences, about = artifacts(trained, draft, formats)
        trained.tokenizer.save(draft / "tokenizer.json")
        write_text(draft / "card.md", card(trained.name, trained))
        manifest = {
            "kind": _KIND,
            "format": 1,
            "name": trained.name,
            "builder": trained.builder,
            "arguments": trained.arguments,
            "labels": trained.labels,
            "largest_difference": differences,
            **about,
            "opset": onnx_file.OPSET if "onnx" in formats else None,
            "files": {
                path.relative_to(draft).as_posix(): sha256(path)
                for path in sorted(draft.rglob("*"))
                if path.is_file()
            },
            "versions": _versions(),
        }
        write_json(draft / "manifest.json", manifest)
    return manifest


def _check_destination(folder: Path) -> None:
    if not folder.exists():
        return
    if folder.is_dir():
        if not any(folder.iterdir()):
            return
        manifest = folder / "manifest.json"
        if manifest.is_file() and read_json(manifest).get("kind") == _KIND:
            return
    raise ExportError(
        f"{folder} exists and is not an export. Choose another --to."
    )


def _versions() -> dict[str, str]:
    versions = {}
    for name in ("recurrent-zoo", "keras", "tensorflow", "tf2onnx", "onnx"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
