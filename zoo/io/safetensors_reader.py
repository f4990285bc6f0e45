"""A safetensors file: its header checked, its arrays as they lie in it.

    8 bytes    the length of the header, little-endian
    header     JSON: by name `dtype`, `shape`, and `data_offsets` in the rest
    the rest   the numbers

The format is simple enough to be read here, so that every byte is accounted
for before any memory is taken: the header's length and its JSON are bounded,
the names are distinct, each shape has as many bytes as its offsets say, and
the tensors lie one behind the other from the first byte to the last: none
overlaps another, none reaches behind the end, and no byte is left over.

Reference:
    - https://huggingface.co/docs/safetensors
"""

import math
import struct
from typing import NamedTuple

import numpy as np

from zoo.errors import PretrainedError
from zoo.io import json_reader

TYPES = {"F16": "<f2", "F32": "<f4", "I8": "|i1"}
_LARGEST_HEADER = 1 << 20
# A model of the zoo has some dozens.
_MOST_TENSORS = 4096
_MOST_AXES = 4


class Tensor(NamedTuple):
    """What the header says of a tensor, and where its bytes begin."""

    dtype: str
    shape: tuple[int, ...]
    start: int


def header(content: bytes, what: str) -> dict[str, Tensor]:
    """The tensors by their names, in the order of their bytes.

    Args:
        content: of the file.
        what: its name in messages.

    Raises:
        PretrainedError: for a file that is anything but what stands above.
    """
    if len(content) < 8:
        raise PretrainedError(f"{what} cannot be read: it has no header.")
    (length,) = struct.unpack_from("<Q", content)
    if length > min(_LARGEST_HEADER, len(content) - 8):
        raise PretrainedError(
            f"{what} cannot be read: its header has {length} bytes."
        )
    named = json_reader.parse(
        content[8 : 8 + length], f"{what}, its header,", PretrainedError
    )
    named.pop("__metadata__", None)
    if len(named) > _MOST_TENSORS:
        raise PretrainedError(f"{what} has {len(named)} tensors.")
    json_reader.check_printable(list(named), what, PretrainedError)
    tensors, ends = {}, {}
    for name, fields in named.items():
        where = f"{what}: weight {name[:200]}"
        dtype, shape, start, end = _fields(where, fields)
        width = np.dtype(TYPES[dtype]).itemsize
        if end - start != math.prod(shape) * width:
            raise PretrainedError(
                f"{where} of {dtype} and shape {shape} cannot have "
                f"{end - start} bytes."
            )
        tensors[name] = Tensor(dtype, shape, 8 + length + start)
        ends[name] = 8 + length + end
    end = 8 + length
    tensors = dict(sorted(tensors.items(), key=lambda item: item[1].start))
    for name, tensor in tensors.items():
        if tensor.start != end:
            raise PretrainedError(
                f"{what}: weight {name[:200]} must begin where the one before "
                f"it ends, at {end}. Received: {tensor.start}"
            )
        end = ends[name]
    if end != len(content):
        raise PretrainedError(
            f"{what} should have {end} bytes. Received: {len(content)}"
        )
    return tensors


def array(content: bytes, tensor: Tensor) -> np.ndarray:
    """The numbers of a tensor, not copied, not writable."""
    return np.frombuffer(
        content, TYPES[tensor.dtype], math.prod(tensor.shape), tensor.start
    ).reshape(tensor.shape)


def _fields(where, fields):
    """Dtype, shape and offsets, each of its type."""
    if not isinstance(fields, dict) or fields.keys() != {
        "dtype",
        "shape",
        "data_offsets",
    }:
        raise PretrainedError(
            f"{where} must have `dtype`, `shape` and `data_offsets`."
        )
    dtype, shape = fields["dtype"], fields["shape"]
    offsets = fields["data_offsets"]
    if not isinstance(dtype, str) or dtype not in TYPES:
        raise PretrainedError(
            f"{where} must be one of {', '.join(TYPES)}. "
            f"Received: {str(dtype)[:40]!r}"
        )
    whole = isinstance(shape, list) and isinstance(offsets, list)
    whole = whole and all(type(one) is int for one in [*shape, *offsets])
    if not whole or len(offsets) != 2 or len(shape) > _MOST_AXES:
        raise PretrainedError(
            f"{where} must have a shape of at most {_MOST_AXES} axes and two "
            "offsets, all whole numbers."
        )
    if min([1, *shape]) < 1 or not 0 <= offsets[0] <= offsets[1]:
        raise PretrainedError(
            f"{where} has a negative or empty shape, or offsets."
        )
    return dtype, tuple(shape), *offsets
