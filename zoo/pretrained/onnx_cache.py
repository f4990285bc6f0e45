"""Files for ONNX Runtime that were made here, kept to start sooner.

    onnx/KEY/model.onnx     the file
    onnx/KEY/manifest.json  its SHA-256, its key, the model, or why there is
                            no file: then nobody tries again
    onnx/draft              what is being made, by whoever holds
    onnx/lock

in the cache folder (`zoo.pretrained.cache_folder`). A key is what the file
depends on: change any of it, and there is another key. What stands under a key
is whole, for it was moved there in one step, and it is compared with its
SHA-256 whenever it is read; what is damaged, or of another key, counts as
missing and is made again. Of a cache that cannot be read or written, nothing is
kept. Entries that were not used for longest are removed, so that there are at
most `MOST` and not more than `MOST_BYTES`.
"""

import contextlib
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from zoo.errors import InputError, PretrainedError
from zoo.io.files import read_plain, read_plain_json, sync_folder, write_json
from zoo.pretrained.cache_folder import root

KIND = "recurrent-zoo ONNX cache"
MOST, MOST_BYTES = 32, 1 << 30
# The weights of a model in 16 bits, 1 GiB at most, are twice that in 32.
_LARGEST, _LARGEST_MANIFEST = (1 << 31) - 1, 1 << 20
_FILE, _MANIFEST = "model.onnx", "manifest.json"
_DIGITS = set("0123456789abcdef")


class Entry(NamedTuple):
    """What is kept under a key.

    Attributes:
        content: of the file; none where there is no file.
        refused: why there is none.
    """

    content: bytes
    refused: str


def key_of(parts: dict) -> str:
    """The key of a file, 64 hexadecimal digits.

    Args:
        parts: plain values: all that the file depends on.
    """
    text = json.dumps(parts, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def read(key: str) -> Entry | None:
    """What is kept under a key, whole; `None` where there is nothing."""
    try:
        folder = root() / "onnx" / key
        about = read_plain_json(folder / _MANIFEST, _LARGEST_MANIFEST)
        if about.get("kind") != KIND or about.get("key") != key:
            return None
        refused = about.get("refused")
        content = b""
        if refused is None:
            content = read_plain(folder / _FILE, _LARGEST)
            if hashlib.sha256(content).hexdigest() != about.get("sha256"):
                return None
    except (OSError, InputError):
        return None
    # When it was used last; no more than that is lost where it cannot be said.
    with contextlib.suppress(OSError):
        os.utime(folder / _MANIFEST)
    return Entry(content, str(refused or ""))


def write(key: str, make: Callable[[Path], dict], *, wait: bool) -> None:
    """Has a file made and keeps it, unless somebody has kept it meanwhile.

    Args:
        key: of the file.
        make: writes the file to a path, and returns what else the manifest
            says of it; with `refused` in that, there is no file.
        wait: for a process that makes one just now; else nothing is done.

    Raises:
        OSError: where the cache cannot be written to.
        InputError: where something stands in it that is not of the cache; and
            what `make` raises.
    """
    folder = root() / "onnx"
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / "lock", wait) as held:
        if not held or read(key) is not None:
            return
        draft = folder / "draft"
        # Of a process that was killed, as no other is here.
        _remove(draft)
        draft.mkdir()
        try:
            about = make(draft / _FILE)
            _finish(draft, key, about)
            _remove(folder / key)
            os.rename(draft, folder / key)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        sync_folder(folder)
        _remove_oldest(folder, key)


def _finish(draft: Path, key: str, about: dict) -> None:
    """Writes the manifest of what was made."""
    path = draft / _FILE
    known = {"kind": KIND, "key": key, **about}
    if "refused" in about:
        path.unlink(missing_ok=True)
    else:
        content = path.read_bytes()
        known["sha256"] = hashlib.sha256(content).hexdigest()
        known["bytes"] = len(content)
    write_json(draft / _MANIFEST, known)


@contextlib.contextmanager
def _locked(path: Path, wait: bool) -> Iterator[bool]:
    """Whether no other process makes a file meanwhile."""
    # It takes a while to import, and reading does without.
    import filelock

    if path.is_symlink():
        raise InputError(f"{path} is a link, and no lock of ours. Remove it.")
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except filelock.Timeout:
        yield False
        return
    except NotImplementedError as error:
        # What the library says of a file system that knows no locks.
        raise OSError(f"{path} cannot be locked: {error}") from error
    try:
        yield True
    finally:
        lock.release()


def _remove(folder: Path) -> None:
    """Removes an entry, or a draft of one.

    Raises:
        InputError: for what is none.
    """
    if not os.path.lexists(folder):
        return
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise InputError(f"{folder} is none of the cache. Remove it.")
    for path in folder.iterdir():
        # A draft of the manifest has a name of its own.
        ours = path.name == _FILE or _MANIFEST.partition(".")[0] in path.name
        if not ours or path.is_dir():
            raise InputError(f"{path} is none of the cache. Remove it.")
    shutil.rmtree(folder)


def _remove_oldest(folder: Path, newest: str) -> None:
    """Removes what was not used for longest, but for the newest entry."""
    entries = []
    for path in folder.iterdir():
        if len(path.name) == 64 and _DIGITS.issuperset(path.name):
            with contextlib.suppress(OSError):
                files = {file.name: file.stat() for file in path.iterdir()}
                size = sum(file.st_size for file in files.values())
                # A damaged one goes first, the newest never.
                about = files.get(_MANIFEST)
                used = about.st_mtime_ns if about else 0
                entries.append((path.name == newest, used, path, size))
    total = 0
    for place, (_, _, path, size) in enumerate(sorted(entries)[::-1]):
        total += size
        if place and (place >= MOST or total > MOST_BYTES):
            # No more than tidying: what cannot be removed stays.
            with contextlib.suppress(OSError, InputError, PretrainedError):
                _remove(path)
