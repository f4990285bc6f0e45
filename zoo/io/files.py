"""Files that a reader never sees half written."""

import contextlib
import hashlib
import json
import mmap
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from zoo.errors import InputError, PretrainedError
from zoo.io import drafts, json_reader
from zoo.io.named_errors import naming

if TYPE_CHECKING:
    import numpy as np

# More than the vocabulary of any language.
_LARGEST_JSON = 1 << 26
# Windows: access is denied, or another process has the file open.
_IN_USE = (5, 32)
# Seconds between two tries.
_WAITS = (0.01, 0.05, 0.2, 0.5, 1)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` when all is well.

    On an error `path` stays as it was and nothing is left beside it. What a
    killed process has left there is removed.

    Raises:
        InputError: if `path` is a device, a pipe or a folder.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is not a plain file. Choose another.")
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in drafts.dead_files(path.parent):
        # It may be another user's.
        with contextlib.suppress(OSError):
            left.unlink()
    with drafts.named(path, file=True) as draft:
        try:
            with naming(path, draft):
                yield draft
                sync(draft)
                waiting(os.replace, draft, path)
            sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)


def waiting(move: Callable[[Path, Path], None], one: Path, to: Path) -> None:
    """Moves a path; on Windows, waits a moment for who has it open."""
    for seconds in _WAITS:
        try:
            return move(one, to)
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _IN_USE:
                raise
            time.sleep(seconds)
    move(one, to)


def sync(path: Path) -> None:
    """What a file holds is on the disk when this returns."""
    try:
        # Windows syncs what is open for writing alone.
        opened = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    except PermissionError:
        opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sync_folder(path: Path) -> None:
    """Likewise of the names in a folder, on systems that can."""
    with contextlib.suppress(OSError):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text in the place of `path`."""
    with replacing(path) as draft:
        # The same bytes on every system: Windows would end lines another way.
        draft.write_bytes(text.encode("utf-8"))


def write_json(path: Path, content: dict) -> None:
    """Writes `content` as JSON in the place of `path`.

    A string that is no text, as the name of a file may be, is escaped.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    if not text.isascii() and _is_broken(text):
        text = json.dumps(content, indent=1, allow_nan=False)
    write_text(path, text + "\n")


def _is_broken(text: str) -> bool:
    """Whether a text holds half a character, which UTF-8 cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def read_json(path: Path) -> dict:
    """Reads a JSON object of at most 64 MiB that the user named or wrote.

    Raises:
        InputError: for text that is not UTF-8 or not a JSON object, for what
            `zoo.io.json_reader` refuses, and as `read_given`.
        OSError: for a file that is not there, or cannot be read.
    """
    return json_reader.parse(read_given(path, _LARGEST_JSON), str(path))


def read_plain_json(
    path: Path, largest: int = _LARGEST_JSON, own: bool = False
) -> dict:
    """Reads a JSON object from elsewhere, see `read_plain`.

    Raises:
        PretrainedError: as `read_plain` and `zoo.io.json_reader`.
    """
    content = read_plain(path, largest, own)
    return json_reader.parse(content, str(path), PretrainedError)


def open_given(path: Path) -> BinaryIO:
    """A file that the user named, opened for reading.

    It may be a link, for the user chose it. It is no pipe and no device: to
    open one may wait for ever, and what it gives may never end.

    Raises:
        InputError: for a folder, a pipe, a device, or what is no path.
        OSError: for a file that is not there, or cannot be read.
    """
    path = Path(path)
    try:
        # A device is not opened at all: that alone may do something.
        kind = os.stat(path).st_mode
        file = os.fdopen(_opened(path), "rb") if stat.S_ISREG(kind) else None
    except ValueError as error:
        raise InputError(f"{str(path)!r:.200} is no path: {error}") from error
    # It may have been exchanged in between.
    if file and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    if file:
        file.close()
    raise InputError(
        f"{path} is a folder, a pipe or a device. Give a file: what comes "
        "through a pipe, save first."
    )


def read_given(path: Path, largest: int) -> bytes:
    """What a file that the user named holds, see `open_given`.

    Raises:
        InputError: also for one of more than `largest` bytes.
    """
    with open_given(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > largest:
            raise InputError(f"{path} has {size} bytes; {largest} is the most.")
        # Not to the end, which may be further away by now.
        return file.read(size)


def _opened(path: Path, *more: str) -> int:
    """A file's descriptor; opening a pipe does not wait for who writes."""
    # What the system does not know (Windows) is left out.
    names = ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK", *more)
    flags: list[int] = [getattr(os, name, 0) for name in names]
    return os.open(path, sum(flags, os.O_RDONLY))


def open_plain(path: Path, own: bool = False) -> BinaryIO:
    """A file from elsewhere, opened for reading if it is a plain one.

    A link could name a file that its giver may not read and the reader may; a
    pipe or a device might never end. What is opened is what is looked at:
    nothing can be exchanged in between.

    Args:
        path: of the file.
        own: whether it came with this package, which installers put together
            of hard links.

    Raises:
        PretrainedError: for a file that is missing, a symbolic or a hard
            link, a folder, a pipe or a device.
    """
    path = Path(path)
    if path.is_symlink():
        raise PretrainedError(f"{path} is a link, not a plain file.")
    try:
        opened = _opened(path, "O_NOFOLLOW")
    except (OSError, ValueError) as error:
        raise PretrainedError(
            f"{path} is missing, or not a plain file: {error}"
        ) from error
    about = os.fstat(opened)
    if stat.S_ISREG(about.st_mode) and (own or about.st_nlink == 1):
        return os.fdopen(opened, "rb")
    os.close(opened)
    raise PretrainedError(
        f"{path} is not a plain file, or has a second name (a hard link). "
        "Copy it."
    )


def read_plain(path: Path, largest: int, own: bool = False) -> bytes:
    """What a plain file from elsewhere holds, see `open_plain`.

    Raises:
        PretrainedError: also for one of more than `largest` bytes, of which
            none is read.
    """
    with open_plain(path, own) as file:
        size = os.fstat(file.fileno()).st_size
        if size > largest:
            raise PretrainedError(
                f"{path} has {size} bytes; {largest} is the most."
            )
        # Not to the end, which may be further away by now.
        return file.read(size)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits; see `open_given`."""
    with open_given(path) as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def mapped_anew(array: "np.ndarray") -> "np.ndarray":
    """The same array, without the pages that were read so far in memory.

    Args:
        array: one that is not mapped from a file, or is a part of one that is,
            comes back itself.
    """
    # NumPy takes a while to import, and `zoo --help` must not wait for it.
    import numpy as np

    if not isinstance(array, np.memmap) or array.filename is None:
        return array
    # A part of a mapped array has the name of its file too.
    if not isinstance(array.base, mmap.mmap):
        return array
    return np.load(array.filename, mmap_mode="r")
