"""A user's own texts and labels, from CSV, TSV or JSON lines."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from recipes.data.examples import set_aside
from zoo.errors import InputError

_DELIMITERS = {".csv": ",", ".tsv": "\t"}


def load(
    path: Path, text_column: str = "text", label_column: str = "label"
) -> tuple[list[str], list[str]]:
    """Texts and labels of a file, by its ending: .csv, .tsv or .jsonl.

    CSV and TSV have a header line; JSON lines are one object a line. The
    encoding is UTF-8. Labels are kept as strings, whatever they are.

    Args:
        path: the file.
        text_column: name of the column that holds the text.
        label_column: name of the column that holds the class.

    Raises:
        InputError: for a missing or unreadable file, another ending or
            encoding, a missing column, an empty text or label, or fewer than
            two classes; with the line.
    """
    texts, labels = _columns(Path(path), [text_column, label_column])
    classes = sorted(set(labels))
    if len(classes) < 2:
        raise InputError(
            f"{path} must hold at least two classes. Received: "
            f"{classes[0] if classes else 'no rows at all'}"
        )
    return texts, labels


def texts(path: Path, text_column: str = "text") -> list[str]:
    """Texts alone: of such a file, or of a .txt, in which each line is one.

    Raises:
        InputError: as `load`, or for a file without a text.
    """
    path = Path(path)
    if path.suffix == ".txt":
        # A text may hold what Python alone takes for the end of a line.
        lines = _content(path).replace("\r\n", "\n").split("\n")
        texts = [line for line in lines if line.strip()]
    else:
        (texts,) = _columns(path, [text_column], (".txt",))
    if not texts:
        raise InputError(f"{path} holds no text at all.")
    return texts


def about(path: str) -> dict:
    """`name` and `licence` of a user's own file."""
    return {"name": Path(path).name, "licence": "your own"}


def _content(path):
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path}, line {line}: not UTF-8 (byte "
            f"0x{error.object[error.start]:02x}). Convert the file first, "
            "say with iconv."
        ) from error


def _columns(
    path: Path, columns: list[str], others: tuple = ()
) -> list[list[str]]:
    """The values of each of `columns`; `others` are endings of other files."""
    endings, last = [*others, *_DELIMITERS], ".jsonl"
    if path.suffix not in (*endings, last):
        raise InputError(
            f"A file of texts must end in {', '.join(endings)} or {last}. "
            f"Received: {path}"
        )
    rows = _json_rows if path.suffix == ".jsonl" else _table_rows
    values_of: list[list[str]] = [[] for _ in columns]
    for line, row in rows(path, _content(path)):
        for column, values in zip(columns, values_of, strict=True):
            if column not in row:
                raise InputError(
                    f"{path}, line {line}: no column {column!r}. It has: "
                    f"{', '.join(map(str, row))}."
                )
            value = row[column]
            if isinstance(value, (bool, int)):
                value = str(value)
            if not isinstance(value, str) or not value.strip():
                raise InputError(
                    f"{path}, line {line}: column {column!r} must be text "
                    f"that is not empty. Received: {value!r}"
                )
            values.append(value)
    return values_of


def _table_rows(path: Path, content: str) -> Iterator[tuple[int, dict]]:
    # Python's limit of 128 KiB a field is below the longest of texts.
    csv.field_size_limit(1 << 30)
    reader = csv.DictReader(
        io.StringIO(content.replace("\0", " "), newline=""),
        delimiter=_DELIMITERS[path.suffix],
        strict=True,
    )
    try:
        for row in reader:
            if None in row or None in row.values():
                columns = reader.fieldnames or ()
                raise InputError(
                    f"{path}, line {reader.line_num}: not the header's number "
                    f"of columns, {len(columns)}."
                )
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}.") from error


def _json_rows(path: Path, content: str) -> Iterator[tuple[int, dict]]:
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: {error}.") from error
        if not isinstance(row, dict):
            raise InputError(f"{path}, line {number}: not a JSON object.")
        yield number, row


def train_and_test(
    train_file: str, test_file: str, columns: tuple[str, str], seed: int
) -> tuple[list[str], dict]:
    """The names of the classes, and texts and classes of train and test.

    Args:
        train_file: the file to train on.
        test_file: the one to test on; "" to set a tenth of the other aside.
        columns: names of the columns of text and label.
        seed: of that draw.

    Raises:
        InputError: as `load`; for a class that only the test file has; for a
            training file that is too short to be divided.
    """
    texts, names = load(Path(train_file), *columns)
    labels = sorted(set(names))
    if test_file:
        test_texts, test_names = load(Path(test_file), *columns)
        for name in test_names:
            if name not in labels:
                raise InputError(
                    f"{test_file} has a class that the training file has "
                    f"not: {name!r}"
                )
    else:
        if len(texts) < 4:
            raise InputError(
                f"{train_file} must have at least 4 texts to set some aside "
                f"for the test. Received: {len(texts)}"
            )
        kept, aside = set_aside(len(names), 0.1, seed)
        test_texts = [texts[index] for index in aside]
        test_names = [names[index] for index in aside]
        texts = [texts[index] for index in kept]
        names = [names[index] for index in kept]
    index_of = {name: index for index, name in enumerate(labels)}
    return labels, {
        "train": (texts, [index_of[name] for name in names]),
        "test": (test_texts, [index_of[name] for name in test_names]),
    }
