"""The IMDB reviews of Maas et al. (2011), through tensorflow-datasets."""

from pathlib import Path

from recipes.datasets import tfds

LABELS = ["negative", "positive"]
DATA = {
    "name": "IMDB Large Movie Review Dataset (Maas et al., 2011)",
    "licence": "none stated; written by users of IMDb; its authors ask that "
    "their ACL 2011 paper be cited",
}


def load(split: str, data_dir: Path | None = None) -> tuple[list[str], list]:
    """Raw reviews and labels, 0 for negative, 1 for positive, -1 for none.

    Args:
        split: `train`, `test`, or `unsupervised`, whose labels are -1.
        data_dir: folder of tensorflow-datasets; by default `TFDS_DATA_DIR`,
            else its own. Only where it is not given, and the data are not
            there, are they downloaded (84 MB).

    Raises:
        InputError: if `data_dir` does not hold the data set, or they cannot
            be had.

    Source:
        [Maas et al., 2011](https://aclanthology.org/P11-1015)
    """
    texts, labels = [], []
    for review in tfds.load("imdb_reviews/plain_text", split, data_dir):
        texts.append(review["text"].decode("utf-8"))
        labels.append(int(review["label"]))
    return texts, labels
