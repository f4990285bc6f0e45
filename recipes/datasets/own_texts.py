"""A user's own texts, with labels or without."""

import collections
import dataclasses
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from zoo.errors import InputError
from zoo.io.files import sha256
from zoo.io.table_file import Table
from zoo.io.table_reader import rows
from zoo.pretrained.limits import LARGEST, LONGEST_LABEL, WIDEST
from zoo.printable import printable, unprintable

# A whole number that a table program wrote as a fraction.
_WHOLE = re.compile(r"(-?\d+)\.0+")
# Of classes or merged labels, so many are shown.
_SHOWN = 5


@dataclasses.dataclass(frozen=True)
class LabelledTexts:
    """What a file of labelled texts holds.

    Attributes:
        path: the file.
        texts: of the rows.
        labels: of the rows, the name of the class.
        groups: of the rows, the name of the group; empty without a column.
        notes: what was guessed or changed, for the one who reads them.
    """

    path: Path
    texts: list[str]
    labels: list[str]
    groups: list[str]
    notes: list[str]

    @property
    def classes(self) -> list[str]:
        """The names of the classes in order."""
        return sorted(set(self.labels))


def load(
    path: Path,
    text_column: str = "text",
    label_column: str = "label",
    *,
    group_column: str = "",
    delimiter: str = "",
    encoding: str = "",
    skip_bad_rows: bool = False,
    fewest_classes: int = 2,
) -> LabelledTexts:
    """Texts and labels of a file, as `zoo.io.table_reader.Table` reads it.

    Labels are strings without spaces around them, whatever they were; `1.0`
    is `1`.

    Args:
        path: the file.
        text_column: name of the column that holds the text.
        label_column: name of the column that holds the class.
        group_column: name of the column whose equal values stay together.
        delimiter, encoding, skip_bad_rows: as of `Table`.
        fewest_classes: how many there must be; of a test, 1.

    Raises:
        InputError: as `Table`, for fewer classes than that, and for classes
            that a model could not be loaded with.
    """
    columns = [text_column, label_column, *filter(None, [group_column])]
    table = Table(Path(path), columns, delimiter, encoding, skip_bad_rows)
    texts, written, groups = [], [], []
    for line, (text, label, *group) in rows(table):
        if len(label.strip()) > LONGEST_LABEL:
            table.refuse(
                line,
                f"a class has at most {LONGEST_LABEL:,} characters. Received: "
                f"{label.strip()[:40]!r}..., {len(label.strip()):,} of them.",
            )
            continue
        if unprintable(label.strip()) is not None:
            # No model with such a class could be loaded.
            table.refuse(
                line,
                "a class must be printable, in one line. Received: "
                f"{printable(label.strip())[:80]}",
            )
            continue
        texts.append(text)
        written.append(label)
        groups += group
    notes = [*table.notes, *_skipped(table)]
    names = {one: _class_name(one) for one in dict.fromkeys(written)}
    notes += _merged(names)
    found = LabelledTexts(
        table.path, texts, [names[one] for one in written], groups, notes
    )
    _check_classes(found, fewest_classes)
    return found


def _class_name(label):
    label = label.strip()
    whole = _WHOLE.fullmatch(label)
    return whole.group(1) if whole else label


def _merged(names):
    """A note on labels that are one class now and were several."""
    written = collections.defaultdict(list)
    for label, name in names.items():
        written[name].append(repr(label))
    several = [
        f"{' and '.join(labels[:_SHOWN])} are one class, {name!r}"
        for name, labels in written.items()
        if len(labels) > 1
    ]
    more = len(several) - _SHOWN
    return several[:_SHOWN] + [f"and {more} more such classes"] * (more > 0)


def _skipped(table):
    if not table.skipped:
        return []
    return [f"{table.skipped:,} rows were left out:", *table.examples]


def _check_classes(found, fewest):
    classes = found.classes
    if not classes and fewest < 2:
        raise InputError(f"{found.path} holds no rows at all.")
    if len(classes) < fewest:
        raise InputError(
            f"{found.path} must hold at least two classes. Received: "
            f"{classes[0] if classes else 'no rows at all'}"
        )
    # Names, and as much again for all else in the file that holds them.
    size = sum(len(name.encode("utf-8", "replace")) + 8 for name in classes)
    if len(classes) > WIDEST or size > LARGEST["config.json"] // 2:
        raise InputError(
            f"{found.path} has {len(classes):,} classes; {WIDEST:,} are the "
            f"most, with {LARGEST['config.json'] // 2:,} bytes of names. Is "
            "it the right column? Say which one with --label-column."
        )


def texts(
    path: Path,
    text_column: str = "text",
    *,
    delimiter: str = "",
    encoding: str = "",
    skip_bad_rows: bool = False,
) -> list[str]:
    """Texts alone: of such a file, or of a .txt, in which each line is one.

    Args:
        path, text_column, delimiter, encoding, skip_bad_rows: as of `load`.

    Raises:
        InputError: as `load`, or for a file without a text.
    """
    table = Table(Path(path), [text_column], delimiter, encoding, skip_bad_rows)
    found = [text for _, (text,) in rows(table)]
    for note in _skipped(table):
        print(f"Note: {printable(note)}", file=sys.stderr)
    if not found:
        raise InputError(f"{path} holds no text at all.")
    return found


def about(path: str, *, hashed: bool = False) -> dict:
    """`name` and `licence` of a user's own file.

    Args:
        path: the file.
        hashed: whether to add its `sha256`; of one that is there.
    """
    file = Path(path)
    # A name may hold bytes that are no text.
    name = file.name.encode("utf-8", "replace").decode("utf-8")
    found = {"name": name, "licence": "your own"}
    if hashed and file.is_file():
        found["sha256"] = sha256(file)
    return found


def known_classes(test: LabelledTexts, classes: Sequence[str]) -> None:
    """Checks that a test file has no class that the training file has not.

    Raises:
        InputError: for such a class.
    """
    for name in test.classes:
        if name not in classes:
            raise InputError(
                f"{test.path} has a class that the training file has not: "
                f"{name!r}"
            )
