"""A SentencePiece model from elsewhere, looked through before it is read.

SentencePiece's library trusts the tables of its files: versions before 0.2.1
read memory behind a damaged one, and a text that is encoded walks through them
in all. So the file (a protocol buffer) is walked here first. It must hold
nothing but pieces, the trainer's and the normaliser's settings; each piece one
of the kinds that our trainer writes, in UTF-8, with a finite score; and in the
normaliser's table, a trie of what is replaced by what, no step may lead
outside, every answer must be a short text in UTF-8.

The buffer's fields are read by hand, in some forty lines. The library brings a
parser of them, `sentencepiece_model_pb2`, but that of 0.2.3 stops with every
protobuf before 7.36, and the library does not declare it: an installation may
have another one, as ours for Python 3.10 has.

Reference:
    - `sentencepiece_model.proto` and `normalizer.cc` of
      https://github.com/google/sentencepiece
    - `darts.h` of https://github.com/s-yata/darts-clone
"""

import dataclasses
import math
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from zoo.errors import InputError

# The fields of a model, and of a normaliser's settings.
_PIECES, _TRAINER, _NORMALISER, _SELF_TEST, _DENORMALISER = range(1, 6)
_TABLE = 2
_MODEL_TYPE, _SUFFIX, _BYTE_FALLBACK = 3, 24, 35
_MODEL_TYPES = {1: "unigram", 2: "bpe", 4: "char"}
# Truths of the normaliser, and what is meant where nothing is said.
_DUMMY_PREFIX, _REMOVE_EXTRA, _ESCAPE = 3, 4, 5
_MOST_PIECES = 1 << 18
# Plain, unknown, control. Others are never written by `SubwordTokenizer`;
# unused ones can make the library take pieces apart without end.
_KINDS = (1, 2, 3)
_LARGEST_TABLE = 1 << 22
# The longest of Unicode's compatibility forms has 33 bytes.
_LONGEST = 256
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5


def check(content: bytes) -> None:
    """Refuses a file that the library should not be given.

    Raises:
        InputError: for one that is damaged, or as it stands above.
    """
    try:
        _check_model(content)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise InputError(
            f"This is no SentencePiece model, or a damaged one: {error}"
        ) from error


@dataclasses.dataclass(frozen=True)
class Rules:
    """How a model takes a text apart, its pieces apart.

    Attributes:
        units: `bpe`, `unigram` or `char`.
        charsmap: the normaliser's table; empty for none.
    """

    units: str
    charsmap: bytes


def rules(content: bytes) -> Rules:
    """The rules of a model that `check` has let through.

    Raises:
        InputError: for rules that `SubwordTokenizer` never writes: spaces that
            are kept, bytes in place of unknown characters.
    """
    trainer: dict[int, Any] = {}
    normaliser: dict[int, Any] = {}
    for field, _, value in _fields(content):
        if field == _TRAINER:
            trainer.update((name, one) for name, _, one in _fields(value))
        elif field == _NORMALISER:
            normaliser.update((name, one) for name, _, one in _fields(value))
    units = _MODEL_TYPES.get(trainer.get(_MODEL_TYPE, 1))
    usual = all(
        normaliser.get(name, 1)
        for name in (_DUMMY_PREFIX, _REMOVE_EXTRA, _ESCAPE)
    )
    odd = trainer.get(_SUFFIX) or trainer.get(_BYTE_FALLBACK)
    if units is None or odd or not usual:
        raise InputError(
            "The rules of this SentencePiece model are not the usual ones: "
            "units of `bpe`, `unigram` or `char`; a space before the first "
            "word; several spaces as one; no bytes."
        )
    return Rules(units, normaliser.get(_TABLE, b""))


def _check_model(content):
    pieces = 0
    for field, kind, value in _fields(content):
        if kind != _LENGTH or not _PIECES <= field <= _DENORMALISER:
            raise InputError(
                "This is no SentencePiece model, or a damaged one: it has a "
                f"field {field}."
            )
        if field == _PIECES:
            pieces += 1
            _check_piece(value, pieces - 1)
        elif field in (_NORMALISER, _DENORMALISER):
            for name, kind, table in _fields(value):
                if name == _TABLE and kind == _LENGTH and table:
                    _check_table(table)
        elif field == _SELF_TEST and value:
            raise InputError("A SentencePiece model must not test itself.")
    if not 0 < pieces <= _MOST_PIECES:
        raise InputError(
            f"A SentencePiece model must have 1 to {_MOST_PIECES} pieces. "
            f"Received: {pieces}"
        )


def _check_piece(content, place):
    for field, kind, value in _fields(content):
        good = (
            (field, kind) == (1, _LENGTH)
            and value.decode("utf-8")
            or (field, kind) == (2, _FOUR_BYTES)
            and math.isfinite(*struct.unpack("<f", value))
            or (field, kind) == (3, _VARINT)
            and value in _KINDS
        )
        if not good:
            raise InputError(
                f"Piece {place} of a SentencePiece model is empty, of another "
                "kind than plain, unknown and control, or scored by no number."
            )


def _check_table(content):
    """The trie and the texts of a normaliser, so that no step leads astray."""
    (length,) = struct.unpack_from("<I", content)
    units = content[4 : 4 + length]
    texts = content[4 + length :]
    if len(content) > _LARGEST_TABLE or len(units) != length or length % 4:
        raise InputError("A SentencePiece model's normaliser is damaged.")
    texts.decode("utf-8")
    letters = np.frombuffer(texts, "uint8")
    ends = np.flatnonzero(letters == 0)
    runs = np.diff(ends, prepend=-1)
    if not len(ends) or ends[-1] != len(letters) - 1 or runs.max() > _LONGEST:
        raise InputError("A SentencePiece model's normaliser has no texts.")
    # Where a letter begins: not in the middle of its bytes.
    begins = (letters & 0xC0) != 0x80
    if not _closed(np.frombuffer(units, "<u4").astype("int64"), begins):
        raise InputError("A SentencePiece model's normaliser leads astray.")


def _closed(units, begins):
    """Whether each step from the trie's root, and each answer, is inside.

    A unit holds the byte that leads to it, the distance to its successors
    (in units, or in 256 of them), and whether an answer stands there.
    """
    if not len(units):
        return False
    offsets = (units >> 10) << ((units & 0x200) >> 6)
    seen = np.zeros(len(units), bool)
    reached = np.zeros(1, "int64")
    letters = np.arange(256)
    while len(reached):
        before = reached[~seen[reached]][:4096]
        rest = reached[~seen[reached]][4096:]
        seen[before] = True
        bases = before ^ offsets[before]
        if (bases | 0xFF).max(initial=0) >= len(units):
            return False
        answers = units[bases[(units[before] & 0x100) != 0]] & 0x7FFFFFFF
        if (answers >= len(begins)).any() or not begins[answers].all():
            return False
        after = bases[:, None] ^ letters
        known = (units[after] & 0x800000FF) == letters
        reached = np.concatenate([rest, np.unique(after[known])])
    return True


def _fields(content: bytes) -> Iterator[tuple]:
    """Number, kind and value of each field of a protocol buffer."""
    place = 0
    while place < len(content):
        tag, place = _varint(content, place)
        kind = tag & 7
        if kind == _VARINT:
            value, place = _varint(content, place)
        else:
            if kind == _LENGTH:
                size, place = _varint(content, place)
            elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
                size = 8 if kind == _EIGHT_BYTES else 4
            else:
                raise IndexError(f"a field of kind {kind}")
            value = content[place : place + size]
            place += size
            if len(value) < size:
                raise IndexError("it ends too soon")
        yield tag >> 3, kind, value


def _varint(content, place):
    value = 0
    for shift in range(0, 70, 7):
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise IndexError("a number without an end")
