"""The arrays of a safetensors file from elsewhere.

The `safetensors` library reads the file. It checks that every shape has the
bytes that its offsets say, and that the tensors cover the file from the first
byte to the last. What it lets pass is refused here by hand: a header of more
than 1 MiB (it would parse 100), a name that stands twice (it takes the last
one, other readers the first), a name with a control character, a field more
than the three of the format, and types, axes and empty shapes that no model of
the zoo has.

Reference:
    - https://huggingface.co/docs/safetensors
"""

import struct

import numpy as np
import safetensors

from zoo.errors import PretrainedError
from zoo.io import json_reader

TYPES = {"F16": "<f2", "F32": "<f4", "I8": "|i1"}
_FIELDS = {"dtype", "shape", "data_offsets"}
_LARGEST_HEADER = 1 << 20
_MOST_AXES = 4


def read(content: bytes, what: str) -> dict[str, np.ndarray]:
    """The arrays by their names: float16, float32 or int8.

    Args:
        content: of the file.
        what: its name in messages.

    Raises:
        PretrainedError: for a file that is anything but what stands above.
    """
    _check_header(content, what)
    try:
        tensors = safetensors.deserialize(content)
    except safetensors.SafetensorError as error:
        raise PretrainedError(
            f"{what} cannot be read: {str(error)[:200]}"
        ) from error
    arrays = {}
    for name, tensor in tensors:
        where = f"{what}: weight {name[:200]}"
        dtype, shape = tensor["dtype"], tensor["shape"]
        if dtype not in TYPES:
            raise PretrainedError(
                f"{where} must be one of {', '.join(TYPES)}. Received: {dtype}"
            )
        if len(shape) > _MOST_AXES or 0 in shape:
            raise PretrainedError(
                f"{where} must have at most {_MOST_AXES} axes, none of them "
                "empty."
            )
        flat = np.frombuffer(tensor["data"], TYPES[dtype])
        arrays[name] = flat.reshape(shape)
    return arrays


def _check_header(content: bytes, what: str) -> None:
    if len(content) < 8:
        raise PretrainedError(f"{what} cannot be read: it has no header.")
    (length,) = struct.unpack_from("<Q", content)
    if length > min(_LARGEST_HEADER, len(content) - 8):
        raise PretrainedError(
            f"{what} cannot be read: its header has {length} bytes."
        )
    header = json_reader.parse(
        content[8 : 8 + length], f"{what}, its header,", PretrainedError
    )
    json_reader.check_printable(list(header), what, PretrainedError)
    for name, fields in header.items():
        if name == "__metadata__":
            continue
        if not isinstance(fields, dict) or fields.keys() != _FIELDS:
            raise PretrainedError(
                f"{what}: weight {name[:200]} must have `dtype`, `shape` and "
                "`data_offsets`."
            )
