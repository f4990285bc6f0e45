"""Data sets of tensorflow-datasets: its own, and those of builders of ours."""

import contextlib
import contextvars
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from recipes.distribute import private_network
from zoo.backend.quiet_loggers import only_errors
from zoo.errors import InputError
from zoo.io.files import read_given

# Of the data sets that are known by their sum.
_LARGEST = 1 << 32
_READ_TOGETHER = 256
_FETCHES = contextvars.ContextVar("fetches", default=True)


@contextlib.contextmanager
def without_downloads() -> Iterator[None]:
    """Within, data that are not there are an error, and nothing is fetched."""
    token = _FETCHES.set(False)
    try:
        yield
    finally:
        _FETCHES.reset(token)


def _no_downloads() -> str:
    """Why nothing can be fetched; "" where it can."""
    if private_network.is_within():
        return private_network.NO_DOWNLOADS
    return "" if _FETCHES.get() else "Nothing is downloaded here."


def load(name: str, split: str, data_dir: Path | None = None) -> Iterator[dict]:
    """The examples of one split, as dicts of NumPy values.

    Args:
        name: of the data set, its configuration behind a slash if it has one.
        split: name of the split.
        data_dir: folder of tensorflow-datasets; by default `TFDS_DATA_DIR`,
            else its own. Only where it is not given, and the data are not
            there, are they downloaded.

    Raises:
        InputError: if `data_dir` does not hold the data set, or they cannot
            be had.
    """

    def read(tfds):
        fetch = data_dir is None and not _no_downloads()
        return tfds.load(name, split=split, data_dir=data_dir, download=fetch)

    yield from _examples(read, name.partition("/")[0], data_dir)


def load_built(
    builder: Callable[[], Any], split: str, data_dir: Path | None = None
) -> Iterator[dict]:
    """The same of a data set that a builder of ours makes.

    Args:
        builder: function of nothing to the builder's class, whose `COPIES`
            names a folder of copies of its files; a function because only
            where tensorflow-datasets is installed is there such a class.
        split: name of the split.
        data_dir: folder of tensorflow-datasets, as of `load`; or one in which
            `COPIES` lies, from which the data are then made, once, in the
            default folder of tensorflow-datasets.

    Raises:
        InputError: as `load`.
    """

    def read(tfds):
        builder_class = builder()
        copies = None
        if data_dir is not None:
            copies = Path(data_dir) / builder_class.COPIES
        if copies is None or builder_class(data_dir=data_dir).is_prepared():
            data = builder_class(data_dir=data_dir)
        elif any(copies.glob("*.gz")):
            data = builder_class()
        else:
            raise AssertionError(f"there is neither them nor {copies}.")
        if not data.is_prepared():
            # It would try ten times, for minutes.
            if copies is None and _no_downloads():
                raise AssertionError("they would have to be downloaded.")
            data.download_and_prepare(
                download_config=tfds.download.DownloadConfig(manual_dir=copies)
            )
        return data.as_dataset(split=split)

    yield from _examples(read, "data", data_dir)


def _examples(read, name, data_dir):
    if data_dir is not None and not Path(data_dir).is_dir():
        raise InputError(
            f"`data_dir` must be a folder that tensorflow-datasets filled. "
            f"Received: {str(data_dir)!r}, which is not a folder."
        )
    try:
        import tensorflow as tf
        import tensorflow_datasets as tfds
        from google.protobuf import json_format
    except ModuleNotFoundError as error:
        raise InputError(
            f"This data set needs {error.name}: pip install "
            '"recurrent-zoo[recipes]"'
        ) from error
    try:
        with only_errors("absl"):
            examples = read(tfds)
        # One by one, TensorFlow takes half a millisecond for each.
        for batch in tfds.as_numpy(examples.batch(_READ_TOGETHER)):
            for values in zip(*batch.values(), strict=True):
                yield dict(zip(batch, values, strict=True))
    except (
        AssertionError,
        OSError,
        json_format.ParseError,
        tf.errors.OpError,
        tfds.download.DownloadError,
    ) as error:
        where = data_dir or "the default folder of tensorflow-datasets"
        hint = "Say where they are with --data-dir."
        if data_dir is None and _no_downloads():
            hint = _no_downloads()
        raise InputError(
            f"No whole {name} in {where}, and no way to "
            f"fetch them: {str(error).strip().splitlines()[0]} {hint}"
        ) from error


def manual_copies(manager: Any, names: list[str]) -> dict[str, Path] | None:
    """Copies of a data set's files, where its reader was given a folder.

    Args:
        manager: the download manager of tensorflow-datasets.
        names: of the files.

    Raises:
        InputError: for a file that the folder lacks.
    """
    try:
        folder = Path(manager.manual_dir)
    except AssertionError:
        return None
    missing = [name for name in names if not (folder / name).is_file()]
    if len(missing) == len(names):
        # Copies of other data sets.
        return None
    if missing:
        raise InputError(f"{folder} has no {missing[0]}.")
    return {name: folder / name for name in names}


def verified(path: Path, sha256: str) -> bytes:
    """The content of a file.

    Raises:
        InputError: if it is not the one that is meant.
    """
    content = read_given(path, _LARGEST)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(
            f"{path} is not the file that is meant here: its SHA-256 is "
            "another. Fetch it again."
        )
    return content
