"""Your own sentences and their translations, from two files or one."""

import gzip
import io
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

from recipes.data.examples import set_aside
from zoo.errors import InputError
from zoo.io.files import read_given, sha256
from zoo.io.table_file import most_unpacked
from zoo.printable import printable

# All pairs are in memory at once.
_LARGEST = 1 << 33
# What was said of files already, which are read more than once.
_SAID: set[str] = set()


def load(source: str, target: str, table: str) -> list[tuple[str, str]]:
    """Pairs of sentences.

    Args:
        source: a file of sentences, UTF-8, one a line; .gz is unpacked.
        target: a file of their translations, line by line.
        table: instead of the two, one file with a sentence, a tab and its
            translation in each line; further columns are not read.

    Returns:
        The pairs, without those that are empty on both sides or one; of the
        latter it says how many there were.

    Raises:
        InputError: for a file that cannot be read, is not UTF-8, or has no
            pair; two files of unequal length; a line without a tab.
    """
    if bool(source) != bool(target) or bool(source) == bool(table):
        raise InputError(
            "Pairs come from two files, a source and a target, or from one "
            "table."
        )
    if table:
        pairs = []
        for number, line in enumerate(_lines(table), start=1):
            columns = line.split("\t")
            if line.strip() and len(columns) < 2:
                raise InputError(
                    f"{table}, line {number}: no tab between a sentence and "
                    "its translation."
                )
            pairs.append((columns[0], columns[1]) if line.strip() else ("", ""))
    else:
        sources, targets = _lines(source), _lines(target)
        if len(sources) != len(targets):
            shorter, length = min(
                (source, len(sources)), (target, len(targets)), key=_second
            )
            raise InputError(
                f"{source} has {len(sources):,} lines, {target} "
                f"{len(targets):,}: {shorter} has no line {length + 1}. Lines "
                "must belong together."
            )
        pairs = list(zip(sources, targets, strict=True))
    # A space or a carriage return at the end is no part of a sentence.
    kept = [(s.strip(), t.strip()) for s, t in pairs if s.strip() and t.strip()]
    dropped = sum(bool(s.strip()) != bool(t.strip()) for s, t in pairs)
    name = table or f"{source} and {target}"
    note = f"{name}: {dropped:,} lines are empty on one side; left out."
    if dropped and note not in _SAID:
        _SAID.add(note)
        print(printable(note), file=sys.stderr)
    if not kept:
        raise InputError(f"{name}: not one pair of sentences.")
    return kept


def splits(
    *,
    train_source: str,
    train_target: str,
    train_pairs: str,
    test_source: str,
    test_target: str,
    test_pairs: str,
    reverse: bool,
    validation_share: float,
    seed: int,
) -> dict[str, list[tuple[str, str]]]:
    """Pairs to train on, and two parts of them that are set aside.

    Args:
        train_source: a file as of `load`, "" for none.
        train_target: likewise.
        train_pairs: likewise.
        test_source: the like, for the test; where none of the three is given,
            a part of the training pairs is set aside for it.
        test_target: likewise.
        test_pairs: likewise.
        reverse: whether to translate the other way.
        validation_share: of the different sources, set aside.
        seed: of that draw.

    Raises:
        InputError: as `load`; for too few different sources.
    """

    def read(*files):
        pairs = load(*files)
        if reverse:
            return [(target, source) for source, target in pairs]
        return pairs

    pairs = read(train_source, train_target, train_pairs)
    tests = (test_source, test_target, test_pairs)
    result = {"test": read(*tests)} if any(tests) else {}
    # By distinct source, so that none is in two splits.
    sources = sorted({source for source, _ in pairs})
    different = len(sources)
    for split in ("test", "validation"):
        if split in result:
            continue
        if len(sources) < 3:
            raise InputError(
                f"{different} different sentences are too few to train on and "
                f"to set a `validation_share` of {validation_share} aside."
            )
        kept, aside = set_aside(len(sources), validation_share, seed)
        of_split = {sources[index] for index in aside}
        sources = [sources[index] for index in kept]
        result[split] = [pair for pair in pairs if pair[0] in of_split]
        pairs = [pair for pair in pairs if pair[0] not in of_split]
    return {"train": pairs, **result}


def about(files: Sequence[str]) -> dict:
    """`name`, `licence` and `sha256` of a user's own files.

    Args:
        files: their names; "" for one that there is not.
    """
    paths = [Path(name) for name in files if name]
    return {
        "name": paths[0].name,
        "licence": "your own",
        "sha256": [sha256(path) for path in paths],
    }


def _second(pair):
    return pair[1]


def _lines(name: str) -> list[str]:
    path = Path(name)
    try:
        content = read_given(path, _LARGEST)
        if path.suffix == ".gz":
            with gzip.open(io.BytesIO(content)) as file:
                most = most_unpacked(path)
                content = file.read(most + 1)
            if len(content) > most:
                raise InputError(f"{path} unpacks to more than {most:,} bytes.")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} cannot be unpacked: {error}") from error
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path}, line {line}: not UTF-8 (byte "
            f"0x{error.object[error.start]:02x}). Convert the file first, "
            "say with iconv."
        ) from error
    # Not splitlines(), for which some characters within a line end it.
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines
