"""Arrays out of a `.npz` file from elsewhere, without NumPy's reader.

A `.npz` is a ZIP file of `.npy` files. Each begins with a header that NumPy
evaluates as Python; here it must be the one line that NumPy writes, of a known
type of numbers (so nothing is unpickled), and promise exactly the bytes that
are there.
"""

import io
import math
import re
import struct
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from zoo.errors import InputError
from zoo.io import zip_reader

_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(
    rb"\{'descr': '([<|]?[A-Za-z]\d{1,8})', 'fortran_order': (True|False), "
    rb"'shape': \(((?:\d{1,18}, )*(?:\d{1,18},?)?)\), \} *\n"
)


def read(
    content: bytes,
    names: Iterable[str],
    types: Iterable[str],
    largest: int,
    what: str,
    refused: type[InputError] = InputError,
) -> dict[str, np.ndarray]:
    """The arrays by their names.

    Args:
        content: of the file.
        names: those that there may be.
        types: NumPy's strings of the types that they may have (`"<f4"`).
        largest: how many bytes one array may have.
        what: the file's name in messages.
        refused: the error to raise.

    Raises:
        InputError: for what is no such file, another name or type, or an
            array that is larger or has not the bytes of its shape.
    """
    sizes = {f"{name}.npy": largest for name in names}
    arrays = {}
    with zip_reader.opened(io.BytesIO(content), what, refused) as archive:
        infos = archive.infolist()
        found = zip_reader.members(infos, sizes, what, refused)
        for name, info in found.items():
            array = array_of(archive.read(info), set(types).__contains__)
            if array is None:
                raise refused(f"{what}: {name} is no array of plain numbers.")
            arrays[name.removesuffix(".npy")] = array
    return arrays


def array_of(
    content: bytes, known: Callable[[str], object]
) -> np.ndarray | None:
    """The array in a `.npy` file, or `None` if it is anything but one.

    Args:
        content: of the file.
        known: whether NumPy's string of a type is one that there may be.
    """
    found = header(content, known)
    if found is None or found.size != len(content):
        return None
    flat = np.frombuffer(content, found.dtype, offset=found.offset)
    if found.by_columns:
        return flat.reshape(found.shape[::-1]).T
    return flat.reshape(found.shape)


class Header(NamedTuple):
    """What the start of a `.npy` file says.

    Attributes:
        dtype, shape: of the array.
        by_columns: whether its columns lie together, not its rows.
        offset: where its numbers begin.
        size: bytes of the whole file.
    """

    dtype: np.dtype
    shape: tuple[int, ...]
    by_columns: bool
    offset: int
    size: int


def header(content: bytes, known: Callable[[str], object]) -> Header | None:
    """The header of a `.npy` file, or `None` if there is another or none.

    Args:
        content: of the file, or the start of it.
        known: as of `array_of`.
    """
    if not content.startswith(_MAGIC) or len(content) < 10:
        return None
    (length,) = struct.unpack_from("<H", content, 8)
    offset = 10 + length
    found = _HEADER.fullmatch(content[10:offset])
    if not found or not known(found[1].decode()):
        return None
    dtype = np.dtype(found[1].decode())
    shape = tuple(int(size) for size in found[3].split(b",") if size.strip())
    size = offset + math.prod(shape) * dtype.itemsize
    return Header(dtype, shape, found[2] == b"True", offset, size)
