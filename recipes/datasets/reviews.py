"""Reviews, or texts of your own, and their classes, in three splits."""

import collections
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recipes.data import splits
from recipes.data.examples import set_aside
from recipes.datasets import imdb, own_texts
from zoo.errors import InputError

# What is set aside as the test of a file does not depend on the run: a model
# that learns from another is tested on what neither has seen.
_TEST_SEED = 2


@dataclasses.dataclass(frozen=True)
class SplitTexts:
    """Labelled texts in three splits.

    Attributes:
        labels: names of the classes.
        splits: `train`, `validation` and `test`: texts, and of each the index
            of its class.
        set_aside: of a stratified split, what `splits.kept` says of it.
        notes: what the reader of a run should know of the data.
    """

    labels: list[str]
    splits: dict[str, tuple[list[str], list[int]]]
    set_aside: dict | None = None
    notes: Sequence[str] = ()

    @property
    def named(self) -> tuple[list[str], list[str]]:
        """The texts that are not the test, and the names of their classes."""
        texts, classes = self.all_but_test
        return texts, [self.labels[index] for index in classes]

    @property
    def all_but_test(self) -> tuple[list[str], list[int]]:
        """Texts and classes that a model may learn from in any way."""
        texts, classes = self.splits["train"]
        more_texts, more_classes = self.splits["validation"]
        return texts + more_texts, classes + more_classes


def texts(
    data_dir: Path | None,
    *,
    train_file: str,
    test_file: str = "",
    text_column: str = "text",
    label_column: str = "label",
    group_column: str = "",
    delimiter: str = "",
    encoding: str = "",
    skip_bad_rows: bool = False,
    split: str = "random",
    test_share: float = 0.1,
    validation_share: float,
    seed: int,
    kept: dict | None = None,
) -> SplitTexts:
    """The names of the classes, and texts and classes of the three splits.

    Args:
        data_dir: see `recipes.datasets.imdb.load`.
        train_file: your own texts; "" for IMDB.
        test_file: your own test; "" to set a part of `train_file` aside.
        text_column, label_column: of these files.
        group_column: of `train_file`, whose equal values stay together.
        delimiter, encoding, skip_bad_rows: see `zoo.io.table_reader.Table`.
        split: `stratified` (`recipes.data.splits`), or `random`, as runs were
            split before there was that, and IMDB still is.
        test_share: of `train_file`, for the test.
        validation_share: of the other texts, for validation.
        seed: of the draw of the validation set.
        kept: what was set aside when the run was begun.

    Raises:
        InputError: for files that cannot be used, data that are not there, or
            too few texts to be divided.
    """
    if not train_file:
        whole = imdb.load("train", data_dir)
        train, validation = _parts(whole, validation_share, seed)
        test = imdb.load("test", data_dir)
        named = {"train": train, "validation": validation, "test": test}
        return SplitTexts(list(imdb.LABELS), named)
    if group_column and split != "stratified":
        raise InputError("`group_column` needs --split stratified.")
    columns = (text_column, label_column)
    form: dict[str, Any] = {"delimiter": delimiter, "encoding": encoding}
    form["skip_bad_rows"] = skip_bad_rows
    own = own_texts.load(
        Path(train_file), *columns, group_column=group_column, **form
    )
    own_test = None
    if test_file:
        own_test = own_texts.load(
            Path(test_file), *columns, fewest_classes=1, **form
        )
    return of_file(
        own,
        own_test,
        split=split,
        test_share=test_share,
        validation_share=validation_share,
        seed=seed,
        kept=kept,
    )


def _parts(whole, share, seed):
    """A share of texts and labels set aside, however they are labelled."""
    return (
        tuple([side[index] for index in part] for side in whole)
        for part in set_aside(len(whole[0]), share, seed)
    )


def of_file(
    train: own_texts.LabelledTexts,
    test: own_texts.LabelledTexts | None,
    *,
    split: str,
    test_share: float,
    validation_share: float,
    seed: int,
    kept: dict | None = None,
) -> SplitTexts:
    """A file's texts in three splits.

    Args:
        train: what the file holds.
        test: what the file of the test holds; None to set some aside.
        split: `stratified` (`recipes.data.splits`), or `random`, as runs were
            split before there was that.
        test_share: of the texts, for the test.
        validation_share: of the others, for validation.
        seed: of the draw of the validation set.
        kept: what was set aside when the run was begun.

    Raises:
        InputError: for a class that only the test file has; for too few
            texts to be divided.
    """
    labels = train.classes
    index_of = {name: index for index, name in enumerate(labels)}
    classes = [index_of[name] for name in train.labels]
    whole = (train.texts, classes)
    notes = list(train.notes)
    tested: tuple[list[str], list[int]] | None = None
    if test is not None:
        own_texts.known_classes(test, labels)
        tested = (test.texts, [index_of[name] for name in test.labels])
        notes += test.notes
    if split == "random":
        if tested is None:
            if len(classes) < 4:
                raise InputError(
                    f"{train.path} must have at least 4 texts to set some "
                    f"aside for the test. Received: {len(classes)}"
                )
            whole, tested = _parts(whole, test_share, _TEST_SEED)
        rest, validation = _parts(whole, validation_share, seed)
        named = {"train": rest, "validation": validation, "test": tested}
        return SplitTexts(labels, named, None, notes)
    parts = splits.split(
        train.texts,
        train.labels,
        of_rows=train.groups,
        test_share=0.0 if tested is not None else test_share,
        validation_share=validation_share,
        seed=seed,
        test_seed=_TEST_SEED,
        kept=kept,
    )
    notes += _said(train, test, parts)

    def rows(which: np.ndarray) -> tuple[list[str], list[int]]:
        return [train.texts[i] for i in which], [classes[i] for i in which]

    named = {
        "train": rows(parts.train),
        "validation": rows(parts.validation),
        "test": rows(parts.test) if tested is None else tested,
    }
    return SplitTexts(labels, named, splits.kept(train.texts, parts), notes)


def _said(train, test, parts):
    """What should be known of how texts were divided."""
    notes = []
    if parts.too_rare:
        shown = ", ".join(parts.too_rare[:5])
        more = len(parts.too_rare) - 5
        shown += f" and {more} more" * (more > 0)
        notes.append(
            f"too rare to set any of it aside, so not tested or not used to "
            f"choose: {shown}"
        )
    keys = [splits.key(text) for text in train.texts]
    repeats = len(keys) - len(set(keys))
    if repeats:
        notes.append(
            f"{repeats:,} of {len(keys):,} texts stand there before; equal "
            "ones are on one side of the split"
        )
    pairs = set(zip(keys, train.labels, strict=True))
    contrary = sum(
        count > 1 for count in collections.Counter(k for k, _ in pairs).values()
    )
    if contrary:
        notes.append(
            f"{contrary:,} texts stand there with more than one class: no "
            "model can be right about all of them"
        )
    if test is not None:
        known = set(keys)
        seen = sum(splits.key(text) in known for text in test.texts)
        if seen:
            notes.append(
                f"{seen:,} of {len(test.texts):,} test texts are in the "
                "training file too: the score is too good for that"
            )
    return notes


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
        InputError: as `own_texts.texts`, or for data that are not there.
    """
    if unlabelled_file:
        return own_texts.texts(Path(unlabelled_file), text_column)
    if train_file:
        return []
    return imdb.load("unsupervised", data_dir)[0]
