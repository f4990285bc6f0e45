"""Files that a reader never sees half written, and folders likewise."""

import contextlib
import hashlib
import json
import mmap
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from zoo.errors import InputError, PretrainedError
from zoo.io import json_reader

if TYPE_CHECKING:
    import numpy as np

# More than the vocabulary of any language.
_LARGEST_JSON = 1 << 26


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` when all is well.

    On an error `path` stays as it was and nothing is left beside it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays, because savers choose their format by it.
    draft = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield draft
        with open(draft, "rb") as file:
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of `path` at the end.

    On an error `path` stays as it was and nothing is left beside it.
    """
    path = Path(path).resolve()
    if path == Path.cwd():
        raise InputError(f"{path} is the folder that this runs in.")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield draft
        draft.chmod(0o755)
        if path.exists():
            old = draft.with_name(f"{draft.name}-old")
            os.rename(path, old)
            try:
                os.rename(draft, path)
            except OSError:
                os.rename(old, path)
                raise
            shutil.rmtree(old)
        else:
            os.rename(draft, path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text in the place of `path`."""
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")


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
    """Reads a JSON object of at most 64 MiB.

    Raises:
        InputError: for text that is not UTF-8 or not a JSON object, and for
            what `zoo.io.json_reader` refuses.
    """
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > _LARGEST_JSON:
            raise InputError(
                f"{path} has {size} bytes; {_LARGEST_JSON} is the most."
            )
        return json_reader.parse(file.read(size), str(path))


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
    # What the system does not know (Windows) is left out.
    names = ("O_BINARY", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK")
    flags: list[int] = [getattr(os, name, 0) for name in names]
    try:
        opened = os.open(path, sum(flags, os.O_RDONLY))
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
    """The SHA-256 of a file, as hexadecimal digits."""
    with open(path, "rb") as file:
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
