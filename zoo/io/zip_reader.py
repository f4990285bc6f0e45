"""ZIP files from elsewhere: looked through before anything is unpacked.

The standard library's `zipfile` opens them and checks their sums. By hand is
what it leaves to its caller, and no library that we know does: how large the
directory is, which names there may be, each once, no links, no bytes that two
entries share, and a bound on what an entry unpacks to.
"""

import contextlib
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from zoo.errors import InputError

# What the standard library raises for a damaged file, one way or the other.
DAMAGED = (
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
# A file may unpack to so many times its packed size; noise, which weights
# are, packs to almost what it was. Small files may be anything.
LARGEST_RATIO = 100
SMALL = 1 << 20
# Directory entries of a few short names; more are counted before they are
# read, since each becomes an object of the library.
_LARGEST_DIRECTORY = 1 << 16
_END = struct.Struct("<4s4H2LH")
_LOCATOR = 20


@contextlib.contextmanager
def opened(
    file: BinaryIO, what: str, refused: type[InputError] = InputError
) -> Iterator[zipfile.ZipFile]:
    """A ZIP file whose directory is small, as the library's object.

    Only the directory is read. `members` looks at what stands in it.

    Args:
        file: open for reading, and seekable.
        what: the file's name in messages.
        refused: the error to raise, also for what goes wrong in the body of
            the `with` statement because the file is damaged.

    Raises:
        InputError: for what is no ZIP file, one with a comment or of more
            than 4 GiB (ZIP64), one that is damaged, or whose entries share
            bytes.
    """
    try:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _END.size - _LOCATOR))
        tail = file.read()
        if len(tail) < _END.size:
            raise refused(f"{what} is no ZIP file: it has {size} bytes.")
        before, end = tail[: -_END.size], tail[-_END.size :]
        signature, *_, directory, _, comment = _END.unpack(end)
        if signature != b"PK\x05\x06" or comment:
            raise refused(f"{what} is no ZIP file, is cut, or has a comment.")
        # Its own directory size would count instead of the one seen here.
        if before.startswith(b"PK\x06\x07"):
            raise refused(f"{what} must not be a ZIP64 file.")
        if directory > _LARGEST_DIRECTORY:
            raise refused(f"{what} has a directory of {directory} bytes.")
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            offsets = {info.header_offset for info in infos}
            packed = sum(info.compress_size for info in infos)
            if len(offsets) < len(infos) or packed > size:
                raise refused(f"{what} has entries that share bytes.")
            yield archive
    except InputError:
        raise
    except DAMAGED as error:
        raise refused(f"{what} cannot be read: {error}") from error


def members(
    infos: Iterable[zipfile.ZipInfo],
    largest: Mapping[str, int],
    what: str,
    refused: type[InputError] = InputError,
) -> dict[str, zipfile.ZipInfo]:
    """The entries by their names, if they are nothing but the files expected.

    Args:
        infos: entries of a ZIP file.
        largest: the names that there may be, and how many bytes each may
            have when it is unpacked.
        what: the file's name in messages.
        refused: the error to raise.

    Raises:
        InputError: for another name, a name that comes twice, a link or
            another thing that is no plain file, an encrypted or oddly packed
            entry, or one that is too large or packed too well.
    """
    found = {}
    for info in infos:
        name, size = info.filename, info.file_size
        if name not in largest:
            raise refused(
                f"{what} holds {name[:100]!r}; it may hold "
                f"{', '.join(largest)} and nothing else."
            )
        if name in found:
            raise refused(f"{what} holds {name} twice.")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or info.flag_bits & 1:
            raise refused(f"{what}: {name} is a link, encrypted, or no file.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refused(f"{what}: {name} is packed in an unusual way.")
        if size > largest[name]:
            raise refused(
                f"{what}: {name} has {size} bytes; {largest[name]} is the most."
            )
        if size > SMALL + LARGEST_RATIO * info.compress_size:
            raise refused(
                f"{what}: {name} unpacks to {size} bytes, more than "
                f"{LARGEST_RATIO} times as many as there are."
            )
        found[name] = info
    return found
