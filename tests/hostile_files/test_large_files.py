"""Files of a MiB that are made to cost: time in proportion, and memory."""

import gzip
import io
import itertools
import json
import struct
import zipfile

import costs
import h5py
import peak_memory
import pytest

from recipes.datasets import own_pairs
from zoo.errors import InputError
from zoo.io import (
    json_reader,
    keras_archive,
    npz_reader,
    safetensors_reader,
    table_reader,
)
from zoo.io.table_file import Table
from zoo.pretrained import card_facts, manifest
from zoo.text import SubwordTokenizer, tokenizer_from

MIB = 1 << 20


def parsed(content):
    return json_reader.parse(content, "x")


def tokenizer(content):
    return tokenizer_from(parsed(content), lambda name: b"", "x")


def vocabulary(kind, words, **more):
    content = {"kind": kind, **more, "vocabulary": list(words)}
    return json.dumps(content, ensure_ascii=False).encode("utf-8")


def table(ending):
    def read(path):
        new = path.with_name(f"x{ending}")
        path.rename(new)
        return sum(1 for _ in table_reader.rows(Table(new, ["text", "label"])))

    return read


def pairs(path):
    new = path.with_name("x.tsv.gz")
    path.rename(new)
    return own_pairs.load("", "", str(new))


def of_bytes(read):
    return lambda path: read(path.read_bytes())


def varint(number):
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def pieces(texts):
    """A SentencePiece model of these pieces."""
    held = []
    for place, text in enumerate(("<pad>", "<unk>", "<s>", "</s>", *texts)):
        encoded = text.encode()
        kind = b"\x18" + bytes([2 if place == 1 else 3 if place < 4 else 1])
        piece = b"\x0a" + varint(len(encoded)) + encoded
        piece += b"\x15" + struct.pack("<f", -place) + kind
        held.append(b"\x0a" + varint(len(piece)) + piece)
    return b"".join(held)


def header(fields):
    content = json.dumps(fields).encode()
    return struct.pack("<Q", len(content)) + content


def zipped(members, method=zipfile.ZIP_STORED):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return written.getvalue()


def groups(count):
    """A Keras file of so many empty groups."""
    written = io.BytesIO()
    with h5py.File(written, "w") as file:
        for number in range(count):
            file.create_group(str(number))
    return zipped(
        [
            ("metadata.json", b"{}"),
            ("config.json", b"{}"),
            ("model.weights.h5", written.getvalue()),
        ],
        zipfile.ZIP_DEFLATED,
    )


def npz(content):
    return npz_reader.read(content, ["a"], ["<f4"], 1 << 26, "x")


def folder_of(name, read):
    """A reader of a folder, in which the file has that name."""

    def reads(path):
        path.rename(path.with_name(name))
        return read(path.parent)

    return reads


LETTERS = "\u00e9\u00e0\u00fc\u00f6abcdefgh"
WORDS = ["".join(w) for w in itertools.product(LETTERS, repeat=4)]
HAN = [
    chr(0x3400 + n) + letter for n in range(5500) for letter in "abcdefghijklmn"
]
MARK = "\u0301"
CASES = {
    "words": (
        of_bytes(tokenizer),
        lambda: vocabulary("words", WORDS + HAN, rules=2),
    ),
    "words, one twice": (
        of_bytes(tokenizer),
        lambda: vocabulary("words", [*WORDS, *WORDS[:1]], rules=2),
    ),
    "a word of marks": (
        of_bytes(tokenizer),
        lambda: vocabulary("words", ["a" + MARK * 200_000] * 2, rules=2),
    ),
    "a word of apostrophes": (
        of_bytes(tokenizer),
        lambda: vocabulary("words", ["a" + "'" * 900_000], rules=2),
    ),
    "words that are no words": (
        of_bytes(tokenizer),
        lambda: vocabulary("words", [["x" * 900_000]], rules=2),
    ),
    "characters": (
        of_bytes(tokenizer),
        lambda: vocabulary("characters", [chr(n) for n in range(256, 55000)]),
    ),
    "units": (of_bytes(SubwordTokenizer), lambda: pieces(WORDS + HAN[:10_000])),
    "a long unit": (
        of_bytes(SubwordTokenizer),
        lambda: pieces(["a" * 900_000]),
    ),
    "a unit twice": (
        of_bytes(SubwordTokenizer),
        lambda: pieces(["a"] * 40_000),
    ),
    "fields without end": (
        of_bytes(SubwordTokenizer),
        lambda: b"\x12\0" * 150_000,
    ),
    "many weights": (
        of_bytes(lambda content: safetensors_reader.read(content, "x")),
        lambda: (
            header(
                {
                    str(n): {
                        "dtype": "I8",
                        "shape": [1],
                        "data_offsets": [n, n + 1],
                    }
                    for n in range(8_000)
                }
            )
            + bytes(8_000)
        ),
    ),
    "a weight of a long name": (
        of_bytes(lambda content: safetensors_reader.read(content, "x")),
        lambda: header({"x" * 900_000: 1}),
    ),
    "many arrays": (
        of_bytes(npz),
        lambda: zipped((f"{n}.npy", b"") for n in range(9000)),
    ),
    "an array that unfolds": (
        of_bytes(npz),
        lambda: zipped([("a.npy", bytes(1 << 26))], zipfile.ZIP_DEFLATED),
    ),
    "many groups": (keras_archive.read, lambda: groups(2000)),
    "quotes without end": (
        table(".csv"),
        lambda: b'"' + b"\n" * 900_000,
    ),
    "rows of nothing": (
        table(".csv"),
        lambda: b"text,label\n" + b"\n" * 900_000,
    ),
    "many columns": (table(".csv"), lambda: b"a," * 450_000),
    "short rows": (
        table(".tsv"),
        lambda: b"text\tlabel\n" + b"a\tb\n" * 80_000,
    ),
    "objects": (
        table(".jsonl"),
        lambda: b'{"text":"a","label":"b"}\n' * 15_000,
    ),
    "an object of one name": (
        table(".jsonl"),
        lambda: b'{"text":"a",' + b'"label":"b",' * 80_000 + b'"label":"c"}',
    ),
    "lists in lists": (table(".json"), lambda: b"[" * 900_000),
    "lists": (table(".json"), lambda: b"[" + b"[]," * 300_000 + b"[]]"),
    "a line that unfolds": (
        table(".csv.gz"),
        lambda: gzip.compress(b"text,label\n" + b"a" * (1 << 28)),
    ),
    "a value that unfolds": (
        table(".json.gz"),
        lambda: gzip.compress(b" " * (1 << 28)),
    ),
    "pairs that unfold": (pairs, lambda: gzip.compress(b"a" * (1 << 28))),
    "a manifest of many keys": (
        folder_of("manifest.json", manifest.read),
        lambda: json.dumps(dict.fromkeys(map(str, range(70_000)), 0)).encode(),
    ),
    "facts": (
        card_facts.read,
        lambda: json.dumps({"failures": [{"input": ""}] * 60_000}).encode(),
    ),
    "a fact that is long": (
        card_facts.read,
        lambda: json.dumps({"purpose": "x" * 60_000}).encode(),
    ),
}


def test_a_long_text_of_many_rows(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    column = pyarrow.array(["a" * MIB]).dictionary_encode()
    indices = pyarrow.array([0] * 2000, pyarrow.int32())
    column = pyarrow.DictionaryArray.from_arrays(indices, column.dictionary)
    path = tmp_path / "x.parquet"
    content = pyarrow.table({"text": column, "label": column})
    parquet.write_table(content, path, store_schema=False)
    assert path.stat().st_size < MIB
    before = peak_memory.reset()
    for number, _ in table_reader.rows(Table(path, ["text"])):
        if number == 200:
            break
    grown = peak_memory.peak() - before
    assert grown < 400 * 1024


def reading(read, content, folder):
    """Reads a file of that content; where it is refused, by few words."""
    folder.mkdir()
    path = folder / "x"
    path.write_bytes(content)
    try:
        read(path)
    except InputError as error:
        assert len(str(error)) < 3000


@pytest.mark.thorough
@pytest.mark.parametrize("name", CASES)
def test_what_it_costs(tmp_path, name):
    read, make = CASES[name]
    content = make()
    assert len(content) < 1.6 * MIB
    # A reader may name the file anew: each time, a folder with nothing else.
    folders = map(tmp_path.joinpath, "ab")
    before = peak_memory.reset()
    seconds, peak = costs.of(lambda: reading(read, content, next(folders)))
    assert seconds < 6
    assert peak < 200 * MIB
    grown = peak_memory.peak() - before
    assert grown < 200 * 1024
