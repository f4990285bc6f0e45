"""Data sets of tensorflow-datasets."""

from collections.abc import Iterator
from pathlib import Path

from zoo.errors import InputError


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
        examples = tfds.load(
            name, split=split, data_dir=data_dir, download=data_dir is None
        )
        yield from tfds.as_numpy(examples)
    except (
        AssertionError,
        OSError,
        json_format.ParseError,
        tf.errors.OpError,
        tfds.download.DownloadError,
    ) as error:
        where = data_dir or "the default folder of tensorflow-datasets"
        raise InputError(
            f"No whole {name.partition('/')[0]} in {where}, and no way to "
            f"fetch them: {str(error).strip().splitlines()[0]} "
            "Say where they are with --data-dir."
        ) from error
