"""The IMDB reviews of Maas et al. (2011), through tensorflow-datasets."""

from pathlib import Path

from zoo.errors import InputError

LABELS = ["negative", "positive"]
DATA = {
    "name": "IMDB Large Movie Review Dataset (Maas et al., 2011)",
    "licence": "none stated; written by users of IMDb; its authors ask that "
    "their ACL 2011 paper be cited",
}


def load(split: str, data_dir: Path | None = None) -> tuple[list[str], list]:
    """Raw reviews and labels, 0 for negative and 1 for positive.

    Args:
        split: "train" or "test".
        data_dir: folder of tensorflow-datasets; by default `TFDS_DATA_DIR`,
            else its own. Only where it is not given, and the data are not
            there, are they downloaded (84 MB).

    Raises:
        InputError: if `data_dir` does not hold the data set, or they cannot
            be had.

    Source:
        [Maas et al., 2011](https://aclanthology.org/P11-1015)
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
        reviews = tfds.load(
            "imdb_reviews/plain_text",
            split=split,
            data_dir=data_dir,
            download=data_dir is None,
        )
        texts, labels = [], []
        for review in tfds.as_numpy(reviews):
            texts.append(review["text"].decode("utf-8"))
            labels.append(int(review["label"]))
    except (
        AssertionError,
        OSError,
        json_format.ParseError,
        tf.errors.OpError,
        tfds.download.DownloadError,
    ) as error:
        where = data_dir or "the default folder of tensorflow-datasets"
        raise InputError(
            f"No whole imdb_reviews in {where}, and no way to fetch them: "
            f"{str(error).strip().splitlines()[0]} "
            "Say where they are with --data-dir."
        ) from error
    return texts, labels
