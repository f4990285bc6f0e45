"""Which rows are trained on, which choose the epoch, and which test it.

The same share of every class; equal texts, and rows of one group, on one side
only: a text that was trained on says nothing of a test. What was drawn is kept
in the run folder by a hash of each text, so that the same texts are the test
after rows were added to the file.
"""

import dataclasses
import hashlib
import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from zoo.errors import InputError
from zoo.io.files import read_plain_json

# Below so many groups of rows, a class stays in training as a whole.
FEWEST = 3
# Of what is set aside of a class, the share that may make up for another one.
_MOST_OWED = 0.05


@dataclasses.dataclass(frozen=True)
class Split:
    """Rows by what they are for.

    Attributes:
        train, validation, test: ascending int arrays of rows.
        too_rare: classes that have no row set aside.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    too_rare: list[str]


def key(text: str) -> str:
    """What equal texts have in common: letters without case and in one form
    (Unicode's NFKC), single spaces.
    """
    return _hash(unicodedata.normalize("NFKC", text))


def _hash(text: str) -> str:
    plain = " ".join(text.split()).casefold()
    content = plain.encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).hexdigest()[:16]


def groups(texts: Sequence[str], of_rows: Sequence[str] = ()) -> np.ndarray:
    """A number for each row: equal for what must stay together.

    Args:
        texts: of the rows; equal ones stay together.
        of_rows: the name of each row's group, if there are any; rows of one
            group stay together, with all that equals any of them.

    Returns:
        int array of shape `(rows,)`, from 0 to the number of groups - 1.
    """
    # In the order of the first of several forms, as runs were split before
    # forms were one.
    first: dict[str, str] = {}
    keys = [key(text) for text in texts]
    for one, text in zip(keys, texts, strict=True):
        first[one] = min(first.get(one, "g"), _hash(text))
    _, by_text = np.unique([first[one] for one in keys], return_inverse=True)
    if not len(of_rows):
        return by_text
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    _, by_name = np.unique(list(of_rows), return_inverse=True)
    count = by_text.max() + 1
    size = count + by_name.max() + 1
    links = coo_matrix(
        (np.ones(len(texts)), (by_text, count + by_name)), shape=(size, size)
    )
    _, component = connected_components(links, directed=False)
    return np.unique(component[by_text], return_inverse=True)[1]


def stratified(
    labels: Sequence[str], group: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, list[str]]:
    """Which rows to set aside: of each class the same share, whole groups.

    A class with at least 3 groups of rows has one set aside at least, and
    keeps one. Where no class has so many, some with 2 have one set aside; where
    none has 2, some groups are.

    Args:
        labels: of the rows.
        group: of the rows, as of `groups`.
        share: how much to set aside.
        seed: of the draw.

    Returns:
        A bool for each row, and the classes that are too rare for it.
    """
    names, classes = np.unique(list(labels), return_inverse=True)
    order = np.random.default_rng(seed).permutation(group.max() + 1)
    main, sizes = _commonest(group, classes), np.bincount(group)
    by_class = order[np.argsort(main[order], kind="stable")]
    ends = np.searchsorted(main[by_class], np.arange(len(names) + 1))
    chosen = np.zeros(len(order), bool)
    too_rare, owed = [], 0.0
    for index, name in enumerate(names):
        of_class = by_class[ends[index] : ends[index + 1]]
        groups_of_class = len(of_class)
        if groups_of_class < FEWEST:
            too_rare.append(str(name))
            continue
        # What is left is divided once more.
        most = max(1, groups_of_class - FEWEST)
        # What one class has too much, the next one has less.
        share_of_class = share * sizes[of_class].sum()
        # But a rare class does not pay for a large one with many repeats.
        most_owed = max(1.0, _MOST_OWED * share_of_class)
        wanted = share_of_class + min(max(owed, -most_owed), most_owed)
        largest = max(wanted, sizes[of_class].min())
        of_class = of_class[sizes[of_class] <= largest]
        taken = np.searchsorted(np.cumsum(sizes[of_class]), wanted + 0.5)
        taken = min(max(int(taken), 1), most)
        chosen[of_class[:taken]] = True
        owed = wanted - sizes[of_class[:taken]].sum()
    if not chosen.any() and len(order) >= FEWEST:
        _, first, count = np.unique(
            main[order], return_index=True, return_counts=True
        )
        spare = order[np.sort(first[count > 1])] if count.max() > 1 else order
        chosen[spare[: max(1, round(share * len(order)))]] = True
    return chosen[group], too_rare


def _commonest(group: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """By group, the class that most of its rows are of; else the first one.

    There may be as many classes as groups, so no table of both is made.
    """
    pairs, counts = np.unique(
        np.stack([group, classes]), axis=1, return_counts=True
    )
    of_group, of_class = pairs
    order = np.lexsort((of_class, -counts, of_group))
    first = np.unique(of_group[order], return_index=True)[1]
    return of_class[order[first]]


def split(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    of_rows: Sequence[str] = (),
    test_share: float,
    validation_share: float,
    seed: int,
    test_seed: int,
    kept: dict | None = None,
) -> Split:
    """Divides rows into three.

    Args:
        texts, labels: of the rows.
        of_rows: the name of each row's group, if there are any.
        test_share: share of the rows to test; 0 for none.
        validation_share: of the others, the share to choose the epoch by.
        seed: of the draw of the validation set.
        test_seed: of the draw of the test set.
        kept: what `kept` said when the run was begun. Rows that are newer are
            for training only.

    Raises:
        InputError: for rows of which none can be set aside.
    """
    rows = np.arange(len(texts))
    if kept is not None:
        # Runs from before kept another hash of some texts.
        forms = [[key(text) for text in texts], [_hash(text) for text in texts]]
        test = np.isin(forms, kept["test"]).any(axis=0)
        validation = np.isin(forms, kept["validation"]).any(axis=0) & ~test
        train = ~(test | validation)
        return Split(rows[train], rows[validation], rows[test], [])
    group = groups(texts, of_rows)
    test = np.zeros(len(texts), bool)
    too_rare: list[str] = []
    if test_share:
        test, too_rare = stratified(labels, group, test_share, test_seed)
        if not test.any():
            raise _too_few(len(np.unique(group)), "test")
    rest = rows[~test]
    _, left = np.unique(group[rest], return_inverse=True)
    aside, rare = stratified(
        [labels[row] for row in rest], left, validation_share, seed
    )
    if not aside.any():
        raise _too_few(len(np.unique(left)), "validation")
    # Without a test set of its own, only these.
    too_rare = too_rare if test_share else rare
    return Split(rest[~aside], rest[aside], rows[test], too_rare)


def _too_few(count, what):
    return InputError(
        f"Too few different texts to set some aside for the {what}: {count}."
    )


def kept(texts: Sequence[str], parts: Split) -> dict:
    """Which texts were set aside, as hashes; what a run folder keeps."""
    return {
        name: sorted({key(texts[row]) for row in getattr(parts, name)})
        for name in ("test", "validation")
    }


def read(path: Path) -> dict | None:
    """What a file has that `kept` made; None where there is no file.

    Raises:
        InputError: for a file that holds something else.
    """
    if not os.path.lexists(path):
        return None
    # Also of a run that someone else made.
    content = read_plain_json(path)
    for name in ("test", "validation"):
        kept = content.get(name)
        if not isinstance(kept, list) or not all(
            isinstance(one, str) for one in kept
        ):
            raise InputError(f"{path} must hold a list `{name}` of texts.")
    return content
