"""An archive from elsewhere becomes a folder, or nothing at all.

Read are `.zip`, and `.tar` plain or packed by gzip, bzip2 or xz, told apart by
their first bytes. The standard library's `extract` is not used: of a TAR file
the headers are parsed here, so that no extension of the format (long names,
sparse files, links) has a say. Checked, in this order, for each entry before
its bytes are read:

1. its name: one that a pretrained folder has, directly or in one top folder
   that is the same for all; no other directory, nothing absolute, no `..`;
2. its kind: a plain file; links, devices, pipes and sparse files are refused;
3. that no other entry has this name;
4. its declared size against the bound of that file (`limits.LARGEST`);
5. the bytes as they come: never more than declared, and all entries together
   at most 100 times the archive (and 1 MiB).

What is written goes into a hidden folder beside the destination, which takes
its name when all is done and is removed when something is refused.
"""

import bz2
import gzip
import lzma
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from zoo.errors import PretrainedError
from zoo.io import zip_reader
from zoo.io.files import open_plain, replacing_folder
from zoo.pretrained.limits import LARGEST, MANIFEST

_BLOCK = 512
_PIECE = 1 << 16
# `xz -9` needs 65 MiB; the format allows a file to ask for 4 GiB.
_XZ_MEMORY = 1 << 27
# What Python's own tarfile writes for a time with fractions of a second.
_LARGEST_EXTENSION = 1 << 13
_DAMAGED = (*zip_reader.DAMAGED, lzma.LZMAError)


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks a pretrained folder.

    Args:
        archive: a ZIP or TAR file.
        folder: where to; it must not be there yet.

    Raises:
        PretrainedError: for an archive that is damaged, cut, too large, or
            holds anything but the plain files of a pretrained folder. Nothing
            is left behind.
    """
    archive, folder = Path(archive), Path(folder)
    if folder.exists() or folder.is_symlink():
        raise PretrainedError(f"{folder} is there already.")
    with open_plain(archive) as file, replacing_folder(folder) as draft:
        start = file.read(6)
        file.seek(0)
        try:
            if start.startswith(b"PK"):
                _unpack_zip(file, archive.name, draft)
            else:
                _unpack_tar(file, start, archive.name, draft)
        except PretrainedError:
            raise
        except _DAMAGED as error:
            raise PretrainedError(
                f"{archive.name} cannot be read: {error}"
            ) from error
        if not (draft / MANIFEST).is_file():
            raise PretrainedError(f"{archive.name} holds no {MANIFEST}.")


def _unpack_zip(file: BinaryIO, what: str, draft: Path) -> None:
    with zip_reader.opened(file, what, PretrainedError) as archive:
        name_of = _names(what)
        # An entry for the top folder holds nothing, and is left out.
        infos = [i for i in archive.infolist() if name_of(i.filename)]
        largest = {i.filename: LARGEST[_last(i.filename)] for i in infos}
        for name, info in zip_reader.members(
            infos, largest, what, PretrainedError
        ).items():
            with archive.open(info) as packed, _new(draft, _last(name)) as out:
                _copy(packed.read, out, info.file_size, what)


def _unpack_tar(file: BinaryIO, start: bytes, what: str, draft: Path) -> None:
    size = os.fstat(file.fileno()).st_size
    most = zip_reader.SMALL + zip_reader.LARGEST_RATIO * size
    take = _taking(_pieces(file, start), most, what)
    name_of = _names(what)
    while (header := take(_BLOCK)) != bytes(_BLOCK):
        full, length, kind = _header(header, what)
        padding = -length % _BLOCK
        if kind in b"xg":
            _check_extension(take, length, what)
            take(padding)
            continue
        name = name_of(full + "/" if kind == b"5" else full)
        if kind == b"5" and not length:
            continue
        if kind not in b"0\0" or name is None:
            raise PretrainedError(
                f"{what}: {full[:100]!r} is a link, or no plain file."
            )
        if length > LARGEST[name]:
            raise PretrainedError(
                f"{what}: {name} has {length} bytes; {LARGEST[name]} is the "
                "most."
            )
        if (draft / name).exists():
            raise PretrainedError(f"{what} holds {name} twice.")
        with _new(draft, name) as out:
            _copy(take, out, length, what)
        take(padding)
    # To the end, where packed files have their checksum: zeros alone.
    while rest := take(None):
        if rest.strip(b"\0"):
            raise PretrainedError(f"{what} goes on behind its end.")


def _names(what: str) -> Callable[[str], str | None]:
    """A function of the full names of all entries, one after the other.

    It gives the name in the folder, or `None` for the top folder itself, and
    raises for any other one.
    """
    tops = set()

    def name_of(full):
        top, slash, name = full.rpartition("/")
        plain = not {"..", ""} & {top} if slash else True
        plain = plain and not set("/\\:\0") & set(top) and len(top) < 256
        tops.add(top)
        if not plain or name not in ("", *LARGEST) or full == "":
            raise PretrainedError(
                f"{what} holds {full[:100]!r}; it may hold "
                f"{', '.join(LARGEST)} and nothing else."
            )
        if len(tops) > 1:
            raise PretrainedError(f"{what} holds more than one folder.")
        return name or None

    return name_of


def _last(full: str) -> str:
    return full.rpartition("/")[2]


def _header(block: bytes, what: str) -> tuple[str, int, bytes]:
    """Name, length and kind out of a header of the format `ustar`."""
    summed = block[:148] + b" " * 8 + block[156:]
    # Numbers are octal, and end at a space or a zero byte.
    number = block[148:156].strip(b" \0")
    if not number or int(number, 8) != sum(summed):
        raise PretrainedError(f"{what} is no archive, or a damaged one.")
    length = block[124:136].strip(b" \0")
    if not length.isdigit():
        raise PretrainedError(f"{what} holds an entry without a size.")
    name = block[:100].split(b"\0")[0].decode("utf-8")
    if block[257:262] == b"ustar" and (prefix := block[345:500].strip(b"\0")):
        # GNU's own variant has times there.
        if block[257:265] == b"ustar\x0000":
            name = f"{prefix.decode('utf-8')}/{name}"
    kind = block[156:157]
    return name.rstrip("/") if kind == b"5" else name, int(length, 8), kind


def _check_extension(take, length: int, what: str) -> None:
    """Reads over an extended header, which may say when, but not what."""
    if length > _LARGEST_EXTENSION:
        raise PretrainedError(f"{what} has an extended header, too long.")
    for line in take(length).split(b"\n"):
        key = line.partition(b" ")[2].partition(b"=")[0]
        if key in (b"path", b"linkpath", b"size") or key.startswith(b"GNU."):
            raise PretrainedError(
                f"{what} has an extended header with {key.decode()}."
            )


def _pieces(file: BinaryIO, start: bytes) -> Iterator[bytes]:
    """What a file unpacks to, piece by piece."""
    if start.startswith(b"\xfd7zXZ\x00"):
        unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
        while not unpacker.eof:
            packed = file.read(_PIECE) if unpacker.needs_input else b""
            if unpacker.needs_input and not packed:
                raise EOFError("the end is missing")
            if piece := unpacker.decompress(packed, _PIECE):
                yield piece
        return
    if start.startswith(b"\x1f\x8b"):
        file = gzip.GzipFile(fileobj=file)
    elif start.startswith(b"BZh"):
        file = bz2.BZ2File(file)
    while piece := file.read(_PIECE):
        yield piece


def _taking(
    pieces: Iterator[bytes], most: int, what: str
) -> Callable[[int | None], bytes]:
    """A function that takes exactly so many bytes, or some of the rest.

    It raises where there are fewer, or `most` in all.
    """
    held, taken = bytearray(), 0

    def take(count):
        nonlocal held, taken
        while len(held) < (1 if count is None else count):
            piece = next(pieces, None)
            if piece is None and count is None:
                return b""
            held += piece or _ended(what)
            taken += len(piece)
            if taken > most:
                raise PretrainedError(
                    f"{what} unpacks to more than "
                    f"{zip_reader.LARGEST_RATIO} times its size."
                )
        count = len(held) if count is None else count
        piece, held = bytes(held[:count]), held[count:]
        return piece

    return take


def _ended(what):
    raise PretrainedError(f"{what} ends too soon.")


def _new(draft: Path, name: str) -> BinaryIO:
    return open(draft / name, "xb")


def _copy(read, out: BinaryIO, length: int, what: str) -> None:
    left = length
    while left:
        piece = read(min(left, _PIECE))
        if not piece:
            _ended(what)
        out.write(piece)
        left -= len(piece)
