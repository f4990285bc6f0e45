"""The pictures of run folders, which may come from anybody."""

import dataclasses
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from zoo.errors import InputError
from zoo.io.files import read_plain
from zoo.io.folders import is_link

# The report draws the curves itself.
_REDRAWN = {"curves.png"}
_START = struct.Struct(">8sI4sII")
_SIGNATURE, _HEADER = b"\x89PNG\r\n\x1a\n", b"IHDR"
# A picture of ours has some 100 kB and a million dots. A browser takes four
# bytes for each dot that the header promises, whatever the file has.
_LARGEST, _LONGEST_SIDE, _MOST_DOTS = 1 << 22, 1 << 14, 1 << 25
# Of a folder, and the bytes of all pictures of a page.
_MOST_NAMES, MOST_BYTES = 1000, 1 << 26


@dataclasses.dataclass(frozen=True)
class Picture:
    """A PNG file, and the size that its header says."""

    path: Path
    content: bytes
    width: int
    height: int


def read_pictures(folder: Path, left: int) -> list[Picture]:
    """The pictures in a folder, but for the curves, in the order of names.

    Args:
        folder: it need not be there.
        left: how many bytes they may have together.

    Raises:
        InputError: for a folder that is a link, a picture that is damaged or
            no plain file, and for what is far too large or too many.
    """
    pictures = []
    for path in sorted(_paths(folder)):
        if path.name in _REDRAWN:
            continue
        picture = _picture(path)
        left -= len(picture.content)
        if left < 0:
            raise InputError(
                f"{path}: the pictures of a report have at most {MOST_BYTES:,} "
                "bytes together. Give fewer runs."
            )
        pictures.append(picture)
    return pictures


def _paths(folder: Path) -> Iterator[Path]:
    if is_link(folder):
        raise InputError(f"{folder} is a link, not a folder of this run.")
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number == _MOST_NAMES:
                raise InputError(
                    f"{folder} has more than {_MOST_NAMES:,} files."
                )
            if entry.name.endswith(".png"):
                yield folder / entry.name


def _picture(path: Path) -> Picture:
    content = read_plain(path, _LARGEST)
    if len(content) < _START.size:
        raise InputError(f"{path} is damaged: not a PNG picture.")
    signature, _, header, width, height = _START.unpack_from(content)
    if signature != _SIGNATURE or header != _HEADER:
        raise InputError(f"{path} is damaged: not a PNG picture.")
    if not 0 < width * height <= _MOST_DOTS or (
        max(width, height) > _LONGEST_SIDE
    ):
        raise InputError(
            f"{path} is a picture of {width:,} by {height:,} dots; "
            f"{_MOST_DOTS:,} in all are the most."
        )
    return Picture(path, content, width, height)
