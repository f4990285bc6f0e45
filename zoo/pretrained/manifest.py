"""The manifest of a pretrained folder: what it holds, and SHA-256 of each.

Format 2 also has `checksum`: the SHA-256 of the manifest itself, with zeros in
the place of that sum. It finds damage; against an attacker, who can write a
sum too, there is only a sum that came another way (`https://...`, a commit).
"""

import hashlib
import json
import re
from pathlib import Path

import zoo.pretrained.card_facts as card_facts
from zoo.errors import PretrainedError
from zoo.io import json_reader
from zoo.io.files import read_plain, write_text
from zoo.pretrained.limits import (
    EXPORT_KIND,
    FILES,
    LARGEST,
    MANIFEST,
    MODEL_FILES,
)
from zoo.pretrained.registry import is_installed

# 1 had no checksum, and weights in float16 alone.
FORMATS = (1, 2)
_FORMAT = FORMATS[-1]
_SUM = re.compile("[0-9a-f]{64}")
_NONE = "0" * 64


def write(path: Path, content: dict) -> None:
    """Writes a manifest of the newest format.

    Args:
        path: of the file.
        content: all but `format` and `checksum`.
    """
    content = {"format": _FORMAT, "checksum": _NONE, **content}
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    text += "\n"
    found = hashlib.sha256(text.encode("utf-8")).hexdigest()
    write_text(path, text.replace(_NONE, found, 1))


def read(folder: Path, expected: bytes | None = None) -> dict:
    """The manifest, checked for its form.

    Args:
        folder: the pretrained folder.
        expected: what the file must hold; by default that is not known.

    Raises:
        PretrainedError: if there is none, or it is not one of ours.
    """
    path = Path(folder) / MANIFEST
    if not path.exists() and not path.is_symlink():
        raise PretrainedError(f"{folder} has no {MANIFEST}.")
    own = is_installed(path.parent)
    content = read_plain(path, LARGEST[MANIFEST], own)
    if expected not in (None, content):
        raise PretrainedError(f"{path} is that of another model.")
    manifest = json_reader.parse(content, str(path), PretrainedError)
    json_reader.check_printable(manifest, str(path), PretrainedError)
    if manifest.get("kind") == EXPORT_KIND:
        raise PretrainedError(
            f"{folder} is an export. Name the run or the model that it was "
            "made of."
        )
    form = manifest.get("format")
    if type(form) is not int or form not in FORMATS:
        raise PretrainedError(
            f"{path} must have format {' or '.join(map(str, FORMATS))}. "
            f"Received: {str(form)[:40]!r}"
        )
    _check_sum(path, content, manifest.get("checksum"), form)
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise PretrainedError(f"{path} has no `files`.")
    for key in ("scores", "data", "config", "versions"):
        if not isinstance(manifest.get(key, {}), dict):
            raise PretrainedError(f"{path}: `{key}` must be an object.")
    for key in ("name", "recipe", "command", "weights"):
        if not isinstance(manifest.get(key, ""), str):
            raise PretrainedError(f"{path}: `{key}` must be a string.")
    if type(manifest.get("bytes", 0)) is not int:
        raise PretrainedError(f"{path}: `bytes` must be a whole number.")
    name = manifest.get("name", "")
    if len(name) > 255 or set("/\\\n\r\t") & set(name) or name in (".", ".."):
        raise PretrainedError(f"{path}: {name[:80]!r} is no name of a model.")
    for name, found in files.items():
        # Before any path is made of it: a name, and one that we know.
        if name not in (*FILES, *MODEL_FILES):
            raise PretrainedError(
                f"{path} names {name[:100]!r}; a pretrained folder holds "
                f"{', '.join(FILES)} and nothing else."
            )
        if not isinstance(found, str) or not _SUM.fullmatch(found):
            raise PretrainedError(f"{path} has no SHA-256 of {name}.")
    for name in FILES:
        if name not in files:
            raise PretrainedError(f"{path} does not name {name}.")
    card_facts.check(manifest, str(path))
    return manifest


def _check_sum(path, content, found, form):
    if found is None and form == 1:
        return
    if isinstance(found, str) and _SUM.fullmatch(found):
        plain = content.replace(found.encode(), _NONE.encode(), 1)
        if hashlib.sha256(plain).hexdigest() == found:
            return
    raise PretrainedError(
        f"{path} has been changed: its SHA-256 is not its `checksum`. "
        "Fetch it again."
    )


def verified(folder: Path, files: dict[str, str]) -> dict[str, bytes]:
    """The content of each file, read once and hashed.

    Args:
        folder: the pretrained folder.
        files: by name the SHA-256, as the manifest has them.

    Raises:
        PretrainedError: for a file that is missing, altered or too large.
    """
    content = {}
    for name, expected in sorted(files.items()):
        path = folder / name
        read = read_plain(path, LARGEST[name], is_installed(folder))
        if hashlib.sha256(read).hexdigest() != expected:
            raise PretrainedError(
                f"{path} has been changed: its SHA-256 is not the "
                "manifest's. Fetch it again."
            )
        content[name] = read
    return content
