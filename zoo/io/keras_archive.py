"""The weights of a run's `model.keras`, looked through before Keras reads them.

Such a file is a ZIP archive of a configuration, from which Keras would build
any class it names, and of weights in HDF5, a format that may refer to other
files. Of the first nothing is ever built here: the model comes from the run's
own `config.json` through `zoo.models`. Checked, in this order:

1. the file: a plain one of at most 1 GiB, read once; all that follows is about
   those bytes;
2. the archive: the three files that Keras writes, each once, of bounded size,
   packed no better than weights can be;
3. its configuration: no class of another origin than Keras and this package,
   and no function (a `Lambda` is one). Nothing here would run it, but who has
   such a file should know;
4. the weights: groups and arrays of plain numbers, each at one place, whose
   bytes lie in the file one behind the other; no soft or external links, no
   external or virtual storage, no filters, no objects or references, and as
   many numbers as bytes;
5. the number of weights that the model of these arguments would have, of which
   none is allocated: not more than there are.

HDF5 itself is a library in C that parses the file in steps 4 and 5; it has had
faults. A pretrained folder (`zoo push`) has no such part.
"""

import contextlib
import io
import math
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import keras

from zoo import models
from zoo.errors import PretrainedError
from zoo.io import json_reader, zip_reader
from zoo.io.files import read_plain
from zoo.pretrained.reader import check_depth

_LARGEST = {
    "metadata.json": 1 << 16,
    "config.json": 1 << 24,
    "model.weights.h5": 1 << 30,
}
_LARGEST_FILE = 1 << 30
# Groups, arrays and attributes; a model of the zoo has some hundreds.
_MOST_ENTRIES = 20_000
# Floats, and the counters and seeds beside them.
_KINDS = "fiu"
_ORIGINS = ("keras", "zoo", "builtins")
_PACKAGE = "recurrent_zoo>"


def load_weights(builder: str, arguments: dict, path: Path) -> keras.Model:
    """A model of these arguments with the weights of a Keras file.

    Args:
        builder: as for `zoo.models.build`.
        arguments: as for `zoo.models.build`.
        path: of the file.

    Raises:
        InputError: as `zoo.models.build`.
        PretrainedError: for a file that is refused as it stands above, or
            does not hold this model's weights.
    """
    content = read_plain(path, _LARGEST_FILE)
    weights = _weights(content, str(path))
    arrays, held = _count(weights, str(path))
    check_depth(arguments, arrays)
    shapes = models.described(builder, arguments).weights
    wanted = sum(math.prod(shape) for shape in shapes.values())
    if wanted > held:
        raise PretrainedError(
            f"{path} does not hold the weights of the model that config.json "
            f"describes: that has {wanted:,} of them, the file {held:,}."
        )
    model = models.build(builder, arguments)
    # Keras takes a path, and nobody else may write to this one.
    with tempfile.TemporaryDirectory() as folder:
        checked = Path(folder) / "model.weights.h5"
        checked.write_bytes(weights)
        with _damage(str(path)), warnings.catch_warnings():
            # Keras warns where it leaves weights as they are, and goes on.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(checked)
    return model


def _weights(content: bytes, what: str) -> bytes:
    """The HDF5 file out of the archive."""
    with zip_reader.opened(
        io.BytesIO(content), what, PretrainedError
    ) as archive:
        infos = archive.infolist()
        found = zip_reader.members(infos, _LARGEST, what, PretrainedError)
        if len(found) < len(_LARGEST):
            raise PretrainedError(f"{what} must hold {', '.join(_LARGEST)}.")
        where = f"{what}, its config.json,"
        config = archive.read(found["config.json"])
        _check_config(json_reader.parse(config, where, PretrainedError), where)
        return archive.read(found["model.weights.h5"])


def _check_config(config: dict, where: str) -> None:
    """Refuses classes and functions that are neither Keras's nor ours."""
    waiting = [config]
    while waiting:
        one = waiting.pop()
        inside = one.values() if isinstance(one, dict) else one
        waiting += [each for each in inside if isinstance(each, (dict, list))]
        if not isinstance(one, dict) or "class_name" not in one:
            continue
        name, module = one["class_name"], one.get("module")
        registered = one.get("registered_name")
        origin = str(module).partition(".")[0]
        # What has no module of its own is a tensor. Keras would import a module
        # whose class is not registered, whatever package that names.
        foreign = module is not None and origin not in _ORIGINS
        if isinstance(registered, str) and ">" in registered:
            foreign = foreign or not registered.startswith(_PACKAGE)
        if foreign or name in ("Lambda", "__lambda__", "function"):
            raise PretrainedError(
                f"{where} names {str(module)[:80]}.{str(name)[:80]}, which is "
                "neither Keras's nor this package's, or runs code."
            )


def _count(content: bytes, what: str) -> tuple[int, int]:
    """How many arrays and numbers are in an HDF5 file, if nothing else is."""
    import h5py

    arrays = numbers = taken = entries = 0
    seen = set()
    with _damage(what), h5py.File(io.BytesIO(content), "r") as file:
        waiting = [("", file)]
        while waiting:
            name, one = waiting.pop()
            place = h5py.h5o.get_info(one.id).addr
            if place in seen:
                raise PretrainedError(f"{what} has {name} twice.")
            seen.add(place)
            inside = 0 if isinstance(one, h5py.Dataset) else len(one)
            entries += 1 + inside + len(one.attrs)
            if entries > _MOST_ENTRIES:
                raise PretrainedError(f"{what} has far too many entries.")
            if isinstance(one, h5py.Dataset):
                taken += _checked(one, f"{what}: {name}")
                arrays, numbers = arrays + 1, numbers + one.size
            else:
                for key in one:
                    waiting.append((f"{name}/{key}", _linked(one, key, what)))
    if taken > len(content):
        raise PretrainedError(f"{what} has arrays that share bytes.")
    return arrays, numbers


def _linked(group, key, what):
    """What stands in a group, if it really stands there."""
    import h5py

    kind = group.get(key, getlink=True)
    if not isinstance(kind, h5py.HardLink):
        raise PretrainedError(f"{what} has a link, {key[:80]!r}.")
    one = group[key]
    if not isinstance(one, (h5py.Group, h5py.Dataset)):
        raise PretrainedError(f"{what} has {key[:80]!r}, which is no array.")
    return one


def _checked(array, what) -> int:
    """The bytes of an array of plain numbers that all lie in the file."""
    import h5py

    if array.dtype.kind not in _KINDS or array.dtype.itemsize > 8:
        raise PretrainedError(f"{what} holds no plain numbers.")
    plan = array.id.get_create_plist()
    layout = plan.get_layout()
    if layout not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT):
        raise PretrainedError(f"{what} is virtual, or in pieces.")
    if plan.get_external_count() or plan.get_nfilters():
        raise PretrainedError(f"{what} is in another file, or packed.")
    size = math.prod(array.shape) * array.dtype.itemsize
    if array.id.get_storage_size() != size:
        raise PretrainedError(f"{what} has not the bytes of its shape.")
    return size


@contextlib.contextmanager
def _damage(what: str) -> Iterator[None]:
    """The errors of HDF5 and Keras as ours."""
    try:
        yield
    except PretrainedError:
        raise
    except (
        AttributeError,
        KeyError,
        OSError,
        RuntimeError,
        TypeError,
        UserWarning,
        ValueError,
    ) as error:
        text = str(error)
        raise PretrainedError(
            f"{what} does not hold the weights of the model that config.json "
            f"describes: {text if len(text) <= 200 else text[:197] + '...'}"
        ) from error
