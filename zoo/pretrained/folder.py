"""The pretrained folder, verified when read.

    config.json        builder, its plain arguments, labels, tokenizer
    model.safetensors  the weights, by the path of their variable
    tokenizer.json     the vocabulary; of a translator, which of these two has
    *.model            its SentencePiece models
    golden.npz         ids and the logits that they must give
    card.md            what it is, for people
    manifest.json      SHA-256 of each file, versions, scores, data

Nothing in it is code. The files are hashed before they are parsed, the model
is built by a function that the registry knows, and the weights must have the
names and shapes of that model's variables.
"""

import hashlib
import io
import json
from pathlib import Path

import numpy as np

from zoo import models
from zoo.errors import InputError, PretrainedError
from zoo.pretrained import facts, weights
from zoo.text import load_tokenizer
from zoo.trained import Trained, compiled

FILES = (
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "golden.npz",
    "card.md",
)
# What a translator's tokenizer has beside its JSON file.
MODEL_FILES = ("tokenizer.model", "source.model", "target.model")
# Weights are stored in 16 or 8 bits, so loaded logits are those of the rounded
# weights; the golden ones are computed after rounding and must come out again
# but for the order of float32 sums on another processor.
GOLDEN_TOLERANCE = 1e-4
# No model of the zoo is near these; a folder that asks for more is refused.
_LARGEST_FILE = 1 << 30
_LARGEST_MANIFEST = 1 << 16
_LARGEST_WIDTH = 1 << 13


def load(folder: Path) -> Trained:
    """Verifies a pretrained folder and builds its model.

    Raises:
        PretrainedError: for a missing, altered or oversized file, one more
            in the manifest, a name that is not a plain file name, an unknown
            builder or argument, or weights that are not the model's.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    content = _verified(folder, manifest)
    config = _json(folder / "config.json", content["config.json"])
    builder, arguments = config.get("builder"), config.get("arguments")
    if not isinstance(arguments, dict):
        raise PretrainedError(f"{folder}/config.json has no `arguments`.")
    tokenizer = load_tokenizer(folder / "tokenizer.json")
    for name in tokenizer.files:
        if name not in content:
            raise PretrainedError(f"{folder}/manifest.json has no {name}.")
    labels = config.get("labels")
    if not isinstance(labels, list) or len(labels) != arguments.get(
        "classes", 0
    ):
        raise PretrainedError(
            f"{folder}/config.json must name each of its classes in `labels`."
        )
    for name, size in tokenizer.sizes.items():
        if arguments.get(name) != size:
            raise PretrainedError(
                f"{folder}: `{name}` of the model is {arguments.get(name)}, "
                f"the tokenizer has {size} ids."
            )
    for name, value in arguments.items():
        if name not in tokenizer.sizes and isinstance(value, (int, float)):
            if abs(value) > _LARGEST_WIDTH:
                raise PretrainedError(f"{folder}: `{name}` is {value}.")
    try:
        model = models.build(builder, arguments)
    except InputError as error:
        raise PretrainedError(f"{folder}/config.json: {error}") from error
    try:
        weights.assign(model, weights.read(content["model.safetensors"]))
    except PretrainedError as error:
        raise PretrainedError(f"{folder}/model.safetensors: {error}") from error
    about = {k: v for k, v in manifest.items() if k not in ("format", "files")}
    return Trained(
        name=str(manifest.get("name", folder.name)),
        folder=folder,
        builder=builder,
        arguments=arguments,
        labels=labels,
        tokenizer=tokenizer,
        model=model,
        about=about,
    )


def golden_difference(trained: Trained) -> float:
    """Largest difference from the golden logits beside a loaded model."""
    with np.load(trained.folder / "golden.npz", allow_pickle=False) as golden:
        names = [value.name for value in trained.model.inputs]
        logits = compiled(trained.model)(*(golden[name] for name in names))
        return float(np.abs(logits - golden["logits"]).max())


def read_manifest(folder: Path) -> dict:
    """The manifest, checked for its form.

    Raises:
        PretrainedError: if there is none, or it is not one of ours.
    """
    path = Path(folder) / "manifest.json"
    if not path.is_file():
        raise PretrainedError(f"{folder} has no manifest.json.")
    if path.is_symlink() or path.stat().st_size > _LARGEST_MANIFEST:
        raise PretrainedError(f"{path} is a link, or far too large.")
    manifest = _json(path, path.read_bytes())
    known = weights.FORMATS.values()
    if manifest.get("format") not in known:
        raise PretrainedError(
            f"{path} must have format {' or '.join(map(str, known))}. "
            f"Received: {manifest.get('format')!r}"
        )
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise PretrainedError(f"{path} has no `files`.")
    for key in ("scores", "data", "config"):
        if not isinstance(manifest.get(key, {}), dict):
            raise PretrainedError(f"{path}: `{key}` must be an object.")
    for name in files:
        # Before any path is made of it: a name, and one that we know.
        if name not in (*FILES, *MODEL_FILES):
            raise PretrainedError(
                f"{path} names {name!r}; a pretrained folder holds "
                f"{', '.join(FILES)} and nothing else."
            )
    for name in FILES:
        if name not in files:
            raise PretrainedError(f"{path} does not name {name}.")
    facts.check(manifest, str(path))
    return manifest


def _verified(folder: Path, manifest: dict) -> dict[str, bytes]:
    """The content of each file, read once and hashed."""
    content = {}
    for name, expected in manifest["files"].items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise PretrainedError(f"{path} is missing, or not a plain file.")
        if path.stat().st_size > _LARGEST_FILE:
            raise PretrainedError(f"{path} is larger than 1 GiB.")
        content[name] = path.read_bytes()
        if hashlib.sha256(content[name]).hexdigest() != expected:
            raise PretrainedError(
                f"{path} has been changed: its SHA-256 is not the "
                "manifest's. Fetch it again."
            )
    return content


def _json(path: Path, content: bytes) -> dict:
    try:
        value = json.load(io.TextIOWrapper(io.BytesIO(content), "utf-8"))
    except (ValueError, RecursionError) as error:
        raise PretrainedError(f"{path} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise PretrainedError(f"{path} must hold a JSON object.")
    return value
