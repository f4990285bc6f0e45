"""What is not finished has a name of its own until it is.

    .NAME.DIGEST.HOST-PID-RANDOM.zoo-draft   a folder
    .STEM.HOST-PID-RANDOM.zoo-draft.SUFFIX   a file; savers go by its suffix

The name says which process makes it, so that what a killed process has left
can be told from what another one is writing. DIGEST is that of NAME, of which
only the beginning stands there.
"""

import contextlib
import functools
import hashlib
import os
import platform
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

_MARK = ".zoo-draft"
_FORM = r"([0-9a-f]{6})-(\d+)-[0-9a-f]{8}\.zoo-draft"
# A name may have 255 bytes, and a character four.
_LONGEST, _LONGEST_SUFFIX = 40, 12
# Where a process cannot be asked for, a draft of yesterday is a dead one.
_DAY = 24 * 3600
# Those that this very process has under way.
_open: set[Path] = set()


@contextlib.contextmanager
def named(path: Path, file: bool) -> Iterator[Path]:
    """A path beside `path` that nothing has, for what shall stand there.

    Args:
        path: where it shall stand in the end.
        file: whether it is a file; else it is a folder.
    """
    head, tail = _ends(path, file)
    draft = path.with_name(f"{head}{_owner()}-{secrets.token_hex(4)}{tail}")
    _open.add(draft.absolute())
    try:
        yield draft
    finally:
        _open.discard(draft.absolute())


def dead_files(folder: Path) -> list[Path]:
    """Drafts of files in a folder whose process is no more."""
    return _dead(folder, rf"\..*{_FORM}(?:\.[^.]*)?", is_file=True)


def dead_folders(path: Path) -> list[Path]:
    """Drafts of the folder `path` whose process is no more."""
    head, _ = _ends(path, file=False)
    return _dead(path.parent, f"{re.escape(head)}{_FORM}", is_file=False)


def _dead(folder: Path, form: str, is_file: bool) -> list[Path]:
    pattern = re.compile(form, re.DOTALL)
    found = []
    # Of a folder that does not say what is in it, nothing is known.
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = pattern.fullmatch(entry.name)
            kind = entry.is_file if is_file else entry.is_dir
            if match and kind(follow_symlinks=False):
                draft = folder / entry.name
                if not _alive(draft, match[1], int(match[2])):
                    found.append(draft)
    return sorted(found)


def _ends(path: Path, file: bool) -> tuple[str, str]:
    """How the name of a draft begins and ends."""
    if not file:
        digest = _digest(os.fsencode(path.name))
        return f".{path.name[:_LONGEST]}.{digest}.", _MARK
    suffix = path.suffix if len(path.suffix) <= _LONGEST_SUFFIX else ""
    return f".{path.stem[:_LONGEST]}.", f"{_MARK}{suffix}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:6]


@functools.cache
def _host() -> str:
    """The machine, and in it the container: each counts its processes."""
    name = platform.node()
    with contextlib.suppress(OSError):
        name += os.readlink("/proc/self/ns/pid")
    return _digest(name.encode("utf-8", "replace"))


def _owner() -> str:
    return f"{_host()}-{os.getpid()}"


def _alive(draft: Path, host: str, process: int) -> bool:
    if host == _host() and process == os.getpid():
        return draft.absolute() in _open
    # On Windows, the signal 0 would end the process.
    if host != _host() or os.name == "nt":
        return time.time() - draft.lstat().st_mtime < _DAY
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
