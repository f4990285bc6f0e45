"""Reviews, or texts of your own, and their classes, in three splits."""

from pathlib import Path

from recipes.data.examples import set_aside
from recipes.datasets import imdb, own_texts

# What is set aside as the test of a file does not depend on the run: a model
# that learns from another is tested on what neither has seen.
_TEST_SEED = 2


def texts(
    data_dir: Path | None,
    *,
    train_file: str,
    test_file: str,
    text_column: str,
    label_column: str,
    validation_share: float,
    seed: int,
) -> tuple[list[str], dict[str, tuple[list[str], list[int]]]]:
    """The names of the classes, and texts and classes of the three splits.

    Args:
        data_dir: see `recipes.datasets.imdb.load`.
        train_file: your own texts; "" for IMDB.
        test_file: your own test; "" to set a part of `train_file` aside.
        text_column: of these files, the column with the text.
        label_column: likewise, with the class.
        validation_share: of the training texts, set aside.
        seed: of that draw.

    Raises:
        InputError: for files that cannot be used, or data that are not there.
    """
    if train_file:
        labels, both = own_texts.train_and_test(
            train_file, test_file, (text_column, label_column), _TEST_SEED
        )
    else:
        labels = imdb.LABELS
        both = {name: imdb.load(name, data_dir) for name in ("train", "test")}
    whole = both["train"]
    parts = set_aside(len(whole[0]), validation_share, seed)
    train, validation = (
        tuple([side[index] for index in part] for side in whole)
        for part in parts
    )
    return list(labels), {
        "train": train,
        "validation": validation,
        "test": both["test"],
    }


def unlabelled(
    data_dir: Path | None,
    *,
    train_file: str,
    unlabelled_file: str,
    text_column: str,
) -> list[str]:
    """Texts without a class: of your own file, or beside IMDB's labelled ones.

    Args:
        data_dir: see `recipes.datasets.imdb.load`.
        train_file: your own labelled texts; "" for IMDB.
        unlabelled_file: your own texts without a class; "" for none.
        text_column: of that file, the column with the text.

    Raises:
        InputError: as `texts`.
    """
    if unlabelled_file:
        return own_texts.texts(Path(unlabelled_file), text_column)
    if train_file:
        return []
    return imdb.load("unsupervised", data_dir)[0]
