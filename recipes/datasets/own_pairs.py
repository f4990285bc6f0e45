"""Your own sentences and their translations, from two files or one."""

import gzip
import sys
import zlib
from pathlib import Path

from zoo.errors import InputError


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
            shorter, line = min(
                (source, len(sources)), (target, len(targets)), key=_second
            )
            raise InputError(
                f"{source} has {len(sources):,} lines, {target} "
                f"{len(targets):,}: {shorter} has no line {line + 1}. Lines "
                "must belong together."
            )
        pairs = list(zip(sources, targets, strict=True))
    kept = [(s, t) for s, t in pairs if s.strip() and t.strip()]
    dropped = sum(bool(s.strip()) != bool(t.strip()) for s, t in pairs)
    name = table or f"{source} and {target}"
    if dropped:
        note = f"{name}: {dropped:,} lines are empty on one side; left out."
        print(note, file=sys.stderr)
    if not kept:
        raise InputError(f"{name}: not one pair of sentences.")
    return kept


def _second(pair):
    return pair[1]


def _lines(name: str) -> list[str]:
    path = Path(name)
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
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
