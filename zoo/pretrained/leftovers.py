"""What killed processes leave in the cache, and how a folder of it is removed.

Nothing is removed but what fetching makes: real folders, not links, of the
names below, with nothing else in them. Lock files stay; they are empty, and
the system lets go of the lock of a process that is gone.
"""

import contextlib
import os
import re
import shutil
import stat
import time
from pathlib import Path

import filelock

from zoo.errors import InputError
from zoo.pretrained.limits import LARGEST

# Where models are unpacked; and what came of one of the hub, to go on with.
DRAFT, PART = ".draft", ".part"
# Seconds after which nobody goes on with it.
_OLD = 7 * 24 * 60 * 60
# Of a SHA-256 or a commit.
_NAME = re.compile(r"(?:[0-9a-f]{64}|[0-9a-f]{40})(\.draft|\.part)")
# What came from an address, as it came.
ARCHIVE = "archive.zip"
# `pooch` writes to a file of the first names, and the hub's library has a
# folder of its own; then what `zoo.io.folders` unpacks into.
_OURS = re.compile(
    r"tmp\w+|[0-9a-f]{64}\.zip|\.cache|folder|new|whole|old"
    r"|\.folder\.[0-9a-f]{6}\.[0-9a-f]{6}-\d+-[0-9a-f]{8}\.zoo-draft"
)


def remove(folder: Path) -> None:
    """Removes a folder that fetching made, if nothing else is in it.

    Raises:
        InputError: for a link, and for a folder with a file of someone else.
    """
    if not os.path.lexists(folder):
        return
    for path in _inside(folder):
        raise InputError(
            f"{path} is nothing that fetching a model leaves. Put it "
            "elsewhere: its folder is about to be replaced."
        )
    shutil.rmtree(folder)


def _inside(folder: Path):
    """What is in a folder and not of ours; the folder itself if it is none."""
    if not stat.S_ISDIR(folder.lstat().st_mode):
        yield folder
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            path, is_folder = Path(entry), entry.is_dir(follow_symlinks=False)
            known = entry.name in LARGEST or entry.name == ARCHIVE
            if not known and not _OURS.fullmatch(entry.name):
                yield path
            elif is_folder and entry.name != ".cache":
                yield from _inside(path)


def sweep(root: Path) -> None:
    """Removes what killed processes left; never what a running one uses.

    Args:
        root: the cache folder; it need not be there.
    """
    folders = [root / "https"]
    with contextlib.suppress(OSError):
        folders += [
            Path(entry)
            for entry in os.scandir(root / "hf")
            if entry.is_dir(follow_symlinks=False)
        ]
    for folder in folders:
        # No more than tidying: what cannot be read or removed stays.
        with contextlib.suppress(OSError, InputError):
            for path in sorted(folder.iterdir()):
                if _NAME.fullmatch(path.name):
                    _sweep_one(path)


def _sweep_one(path: Path) -> None:
    age = time.time() - path.lstat().st_mtime
    if path.suffix == PART and age < _OLD:
        return
    lock = filelock.FileLock(path.with_name(f"{path.stem}.lock"))
    with contextlib.suppress(filelock.Timeout, InputError):
        with lock.acquire(timeout=0):
            remove(path)
