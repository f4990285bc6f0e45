"""The HDF5 weights inside a `model.keras`, checked before Keras reads them.

Run folders made before their weights stood in `model.safetensors` have nothing
else, and must still load. Such a file is a ZIP archive of a configuration,
which is never built here, and of weights in HDF5, a format that may refer to
other files. `h5py` opens HDF5 and says where each array lies; it refuses none
of these by itself, and Keras does so only from 3.14 on. So these are refused
here by hand: a file that is not plain, or larger than 1 GiB; another member
than the three that Keras writes; a configuration that names a class or function
of another origin than Keras and this package (whoever has such a file should
know); and, in HDF5, all but groups and arrays of plain numbers that stand at
one place each, whole and unpacked, in this file.
"""

import contextlib
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from zoo.errors import PretrainedError
from zoo.io import json_reader, zip_reader
from zoo.io.files import read_plain

WEIGHTS = "model.weights.h5"
_LARGEST = {"metadata.json": 1 << 16, "config.json": 1 << 24, WEIGHTS: 1 << 30}
# Groups, arrays and attributes; a model of the zoo has some hundreds.
_MOST_ENTRIES = 20_000


class Weights(NamedTuple):
    """The HDF5 file, and how many arrays and numbers are in it."""

    content: bytes
    arrays: int
    numbers: int


def read(path: Path) -> Weights:
    """The weights of a Keras file.

    Raises:
        PretrainedError: for a file that is refused as it stands above.
    """
    what, packed = str(path), read_plain(path, _LARGEST[WEIGHTS])
    with zip_reader.opened(io.BytesIO(packed), what, PretrainedError) as file:
        infos = file.infolist()
        found = zip_reader.members(infos, _LARGEST, what, PretrainedError)
        if len(found) < len(_LARGEST):
            raise PretrainedError(f"{what} must hold {', '.join(_LARGEST)}.")
        where = f"{what}, its config.json,"
        config = file.read(found["config.json"])
        _check_config(json_reader.parse(config, where, PretrainedError), where)
        content = file.read(found[WEIGHTS])
    with damage(what):
        return Weights(content, *_count(content, what))


@contextlib.contextmanager
def damage(what: str) -> Iterator[None]:
    """The errors of HDF5, and of Keras that reads it, in one line."""
    try:
        yield
    except PretrainedError:
        raise
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        MemoryError,
        OSError,
        RuntimeError,
        TypeError,
        UserWarning,
        ValueError,
    ) as error:
        raise PretrainedError(
            f"{what} does not hold the weights of the model that config.json "
            f"describes: {str(error)[:200]}"
        ) from error


def _check_config(config: dict, where: str) -> None:
    waiting: list = [config]
    while waiting:
        value = waiting.pop()
        inside = value.values() if isinstance(value, dict) else value
        waiting += [each for each in inside if isinstance(each, (dict, list))]
        if not isinstance(value, dict) or "class_name" not in value:
            continue
        name, module = value["class_name"], value.get("module")
        registered = str(value.get("registered_name"))
        # What has no module of its own is a tensor.
        origin = "keras" if module is None else str(module).partition(".")[0]
        if (
            origin not in ("keras", "zoo", "builtins")
            or ">" in registered
            and not registered.startswith("recurrent_zoo>")
            or name in ("Lambda", "__lambda__", "function")
        ):
            raise PretrainedError(
                f"{where} names {str(module)[:80]}.{str(name)[:80]}, which is "
                "neither Keras's nor this package's, or runs code."
            )


def _count(content: bytes, what: str) -> tuple[int, int]:
    """How many arrays and numbers are in an HDF5 file, if nothing else is."""
    import h5py

    arrays = numbers = entries = taken = 0
    seen = set()
    with h5py.File(io.BytesIO(content), "r") as file:
        waiting = [file]
        while waiting:
            item = waiting.pop()
            address = h5py.h5o.get_info(item.id).addr
            if address in seen:
                raise PretrainedError(f"{what} has {item.name} twice.")
            seen.add(address)
            members = () if isinstance(item, h5py.Dataset) else item
            entries += 1 + len(members) + len(item.attrs)
            if entries > _MOST_ENTRIES:
                raise PretrainedError(f"{what} has far too many entries.")
            if members is item:
                waiting += [_member(item, key, what) for key in item]
            else:
                taken += _stored_bytes(item, f"{what}: {item.name}")
                arrays, numbers = arrays + 1, numbers + item.size
    if taken > len(content):
        raise PretrainedError(f"{what} has arrays that share bytes.")
    return arrays, numbers


def _member(group, key: str, what: str):
    """The group or array that stands in a group, and is no link."""
    import h5py

    if not isinstance(group.get(key, getlink=True), h5py.HardLink):
        raise PretrainedError(f"{what} has a link, {key[:80]!r}.")
    item = group[key]
    if not isinstance(item, (h5py.Group, h5py.Dataset)):
        raise PretrainedError(f"{what} has {key[:80]!r}, which is no array.")
    return item


def _stored_bytes(array, what: str) -> int:
    """The bytes of an array of plain numbers that all lie in this file."""
    import h5py

    plan = array.id.get_create_plist()
    if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
        raise PretrainedError(f"{what} holds no plain numbers.")
    if plan.get_layout() not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT):
        raise PretrainedError(f"{what} is virtual, or in pieces.")
    if plan.get_external_count() or plan.get_nfilters():
        raise PretrainedError(f"{what} is in another file, or packed.")
    size = math.prod(array.shape) * array.dtype.itemsize
    if array.id.get_storage_size() != size:
        raise PretrainedError(f"{what} has not the bytes of its shape.")
    return size
