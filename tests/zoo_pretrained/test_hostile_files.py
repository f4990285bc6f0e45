"""Pretrained folders that must not be loaded: each a real one on the disk.

All but the unsealed are sealed: their sums are right, as whoever made them
would have seen to.
"""

import io
import json
import os
import pickle
import shutil
import socket
import struct
import zipfile

import numpy as np
import pytest
import safetensors.numpy
from hostile import MIB, Command, refused, sparse
from sealing import put, put_manifest, rewrite
from untrained import untrained

import zoo
from zoo.errors import InputError, PretrainedError
from zoo.io import sentencepiece_reader
from zoo.pretrained import golden_difference, manifest, writer
from zoo.pretrained.limits import LARGEST

GIB = 1 << 30


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A pretrained folder of each kind that matters here."""
    made = {}
    for builder in ("feedforward", "translator"):
        made[builder] = tmp_path_factory.mktemp("tiny") / builder
        writer.save(untrained(builder), made[builder])
    return made


@pytest.fixture
def folder(tiny, tmp_path):
    return shutil.copytree(tiny["feedforward"], tmp_path / "in" / "tiny")


@pytest.fixture
def translator(tiny, tmp_path):
    return shutil.copytree(tiny["translator"], tmp_path / "in" / "tiny")


@pytest.fixture
def marker(tmp_path):
    """A path that code would make, if code were run."""
    return tmp_path / "executed"


# What stands in the place of a file.


def linked(name):
    def make(folder, marker):
        outside = folder.parent / "outside"
        shutil.move(folder / name, outside)
        (folder / name).symlink_to(outside)

    return make


def hard_linked(name):
    return lambda folder, marker: os.link(
        folder / name, folder.parent / "outside"
    )


def replaced(name, make):
    def change(folder, marker):
        (folder / name).unlink()
        make(folder / name)

    return change


def a_socket(path):
    # Their names are short.
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


KINDS = {
    **{
        f"a link for {name}": (linked(name), "is a link")
        for name in ("manifest.json", "config.json", "model.safetensors")
    },
    **{
        f"a hard link for {name}": (hard_linked(name), "a second name")
        for name in ("manifest.json", "card.md", "model.safetensors")
    },
    "a link to a device": (
        replaced("card.md", lambda path: path.symlink_to("/dev/zero")),
        "is a link",
    ),
    "a link to itself": (
        replaced("card.md", lambda path: path.symlink_to(path)),
        "is a link",
    ),
    "a pipe": (replaced("config.json", os.mkfifo), "not a plain file"),
    "a pipe for a manifest": (
        replaced("manifest.json", os.mkfifo),
        "not a plain file",
    ),
    "a folder": (
        replaced("model.safetensors", lambda path: path.mkdir()),
        "not a plain file",
    ),
    "a socket": (replaced("golden.npz", a_socket), "not a plain file"),
    "a gigabyte of nesting": (
        sparse("manifest.json", GIB, b"[" * MIB),
        f"has {GIB} bytes",
    ),
    "a gigabyte of nesting in config.json": (
        sparse("config.json", GIB, b"[" * MIB),
        f"has {GIB} bytes",
    ),
    "a gigabyte of vocabulary": (
        sparse("tokenizer.json", GIB, b'{"vocabulary": ["'),
        f"has {GIB} bytes",
    ),
    "a terabyte of weights": (
        sparse("model.safetensors", 1 << 40),
        "bytes; 1073741824 is the most",
    ),
    "a gigabyte of golden logits": (sparse("golden.npz", GIB), "is the most"),
    "a gigabyte of card": (sparse("card.md", GIB), "is the most"),
}


@pytest.mark.parametrize("name", KINDS)
def test_what_is_no_plain_file_is_refused(folder, tmp_path, marker, name):
    change, message = KINDS[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


# JSON.


def text(name, content):
    """A file of any text, sealed."""

    def change(folder, marker):
        if name == "manifest.json":
            (folder / name).write_bytes(content)
        else:
            put(folder, name, content)

    return change


def inserted(name, start):
    """A key and a value more at the start of a JSON object."""

    def change(folder, marker):
        whole = (folder / name).read_text()
        whole = "{" + start + ", " + whole.lstrip()[1:]
        if name == "manifest.json":
            put_manifest(folder, whole)
        else:
            put(folder, name, whole.encode())

    return change


JSON = {}
for file in ("manifest.json", "config.json", "tokenizer.json"):
    twice = '"files": {}' if file == "manifest.json" else '"kind": "words"'
    if file == "config.json":
        twice = '"labels": []'
    for what, change, message in (
        ("empty", text(file, b""), "must be JSON"),
        ("a pickle", text(file, pickle.dumps({"a": 1})), "must be JSON"),
        ("a list", text(file, b"[]"), "must hold a JSON object"),
        ("UTF-16", text(file, '{"a": 1}'.encode("utf-16")), "must be JSON"),
        ("a mark", text(file, b'\xef\xbb\xbf{"a": 1}'), "must be JSON"),
        ("Latin-1", text(file, b'{"a": "\xe9"}'), "must be JSON"),
        ("deep", text(file, b'{"a":' * 90_000), "must be JSON"),
        ("deep lists", text(file, b"[" * 90_000), "must be JSON"),
        ("wide", text(file, b"[" + b"[]," * 200_000 + b"[]]"), "100,000 lists"),
        ("a key twice", inserted(file, twice), "stands twice"),
        ("NaN", inserted(file, '"x": NaN'), "NaN is no number"),
        ("Infinity", inserted(file, '"x": -Infinity'), "is no number"),
        ("a large float", inserted(file, '"x": 1e999'), "larger than a float"),
        ("a long number", inserted(file, f'"x": {"9" * 30}'), "30 digits"),
        ("a very long one", inserted(file, f'"x": {"9" * 5000}'), "digits"),
        ("code", text(file, b"__import__('os').mkdir('x')"), "must be JSON"),
    ):
        JSON[f"{file}: {what}"] = (change, message)


@pytest.mark.parametrize("name", JSON)
def test_json_of_another_kind_is_refused(folder, tmp_path, marker, name):
    change, message = JSON[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


def in_manifest(**values):
    return lambda folder, marker: rewrite(
        folder, "manifest.json", lambda manifest: manifest.update(values)
    )


def listed(name, found="0" * 64):
    return lambda folder, marker: rewrite(
        folder, "manifest.json", lambda m: m["files"].update({name: found})
    )


def without_sum(folder, marker):
    rewrite(folder, "manifest.json", lambda m: m.pop("checksum"))


MANIFESTS = {
    **{
        f"names {name!r}": (listed(name), "and nothing else")
        for name in (
            "../config.json",
            "/etc/passwd",
            "C:\\config.json",
            "config.json/../../x",
            "Config.json",
            "CONFIG.JSON",
            "config.json ",
            "config.json\t",
            "\u0441onfig.json",
            "manifest.json",
            "model.pkl",
            "",
        )
    },
    "names a NUL": (listed("config.json\0"), "control character"),
    "names one more": (listed("source.model"), "is missing"),
    "sums of another kind": (listed("card.md", 5), "no SHA-256 of card.md"),
    "a short sum": (listed("card.md", "ab"), "no SHA-256 of card.md"),
    "format 3": (in_manifest(format=3), "must have format"),
    "format true": (in_manifest(format=True), "must have format"),
    "format of a list": (in_manifest(format=[2]), "must have format"),
    "no checksum": (without_sum, "is not its `checksum`"),
    "an escape in its name": (in_manifest(name="\x1b[2J"), "control character"),
    "half a character": (in_manifest(name="\ud800"), "control character"),
    "a path for a name": (in_manifest(name="../../x"), "no name of a model"),
    "a list for a name": (in_manifest(name=["x"]), "must be a string"),
    "a list for scores": (in_manifest(scores=[]), "must be an object"),
    "bytes of a string": (in_manifest(bytes="1"), "must be a whole number"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_is_hostile_is_refused(folder, tmp_path, marker, name):
    change, message = MANIFESTS[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


# Configuration: what is to be built.


def config(**values):
    return lambda folder, marker: rewrite(
        folder, "config.json", lambda content: content.update(values)
    )


def arguments(**values):
    return lambda folder, marker: rewrite(
        folder, "config.json", lambda c: c["arguments"].update(values)
    )


def recurrent(**values):
    """The arguments of another builder."""

    def change(content):
        sizes = ("vocabulary_size", "classes", "units")
        kept = {name: content["arguments"][name] for name in sizes}
        content["builder"] = "classifier"
        content["arguments"] = {**kept, **values}

    return lambda folder, marker: rewrite(folder, "config.json", change)


CONFIGS = {
    "a function of Python": (config(builder="os.system"), "`builder` must be"),
    "a class of Keras": (config(builder="Lambda"), "`builder` must be one of"),
    "code": (config(builder="__import__('os')"), "`builder` must be one of"),
    "a builder that is a list": (config(builder=["classifier"]), "must be one"),
    "a builder that is long": (config(builder="x" * 900_000), "must be one of"),
    "no builder": (config(builder=None), "`builder` must be one of"),
    "arguments that are a list": (config(arguments=[]), "no `arguments`"),
    "an unknown argument": (arguments(evil=1), "`argument` must be one of"),
    "a function as a cell": (recurrent(cell="eval"), "`cell` must be one of"),
    "an object as a cell": (
        recurrent(cell={"class_name": "Lambda"}),
        "must be of type str",
    ),
    "another network": (recurrent(), "one too many"),
    "units that are true": (arguments(units=True), "must be of type int"),
    "units that are a float": (arguments(units=4.0), "must be of type int"),
    "units that are negative": (arguments(units=-4), "at least 1"),
    "no units": (arguments(units=0), "at least 1"),
    "a dropout of 2": (arguments(dropout=2.0), "below 1"),
    "a million layers": (arguments(layers=10**6), "`layers` is 1000000"),
    "a table of a billion n-grams": (
        arguments(ngrams=1, ngram_slots=10**9),
        "`ngram_slots` is 1000000000",
    ),
    "64 layers": (arguments(layers=64), "`layers` is 64, and there are"),
    "8192 units": (arguments(units=8192), "must have shape"),
    "gigabytes in width and depth": (
        recurrent(units=8192, embedding_size=8192, layers=2, cell="lstm"),
        "one too many",
    ),
    "a vocabulary of a trillion": (
        arguments(vocabulary_size=10**12),
        "the tokenizer has",
    ),
    "labels that are objects": (config(labels=[{}, {}]), "short strings"),
    "labels alike": (config(labels=["a", "a"]), "must differ"),
    "labels that are long": (config(labels=["a", "b" * 9999]), "short strings"),
    "labels with an escape": (
        config(labels=["a", "\x1b]0;b\x07"]),
        "control character",
    ),
    "too few labels": (config(labels=["a"]), "each of its classes"),
    "another tokenizer": (config(tokenizer="bytes"), "is of another kind"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_model_that_is_not_ours_is_refused(folder, tmp_path, marker, name):
    change, message = CONFIGS[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


# Weights.


def tensors(change):
    """A change of the header's objects, by name, and of the bytes."""

    def make(folder, marker):
        content = (folder / "model.safetensors").read_bytes()
        (length,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + length])
        rest = content[8 + length :]
        rest = change(header, rest) or rest
        put(folder, "model.safetensors", safe(json.dumps(header), rest))

    return make


def safe(header, rest, length=None):
    encoded = header.encode()
    length = len(encoded) if length is None else length
    return struct.pack("<Q", length) + encoded + rest


def first(**fields):
    """Fields of the first tensor in the file changed."""

    def change(header, rest):
        name = min(header, key=lambda name: header[name]["data_offsets"])
        header[name].update(fields)

    return tensors(change)


def shifted(by):
    """The second tensor's offsets moved."""

    def change(header, rest):
        names = sorted(header, key=lambda name: header[name]["data_offsets"])
        fields = header[names[1]]
        fields["data_offsets"] = [one + by for one in fields["data_offsets"]]

    return tensors(change)


def all_at_once(header, rest):
    """Every tensor shows the same bytes."""
    for fields in header.values():
        size = fields["data_offsets"][1] - fields["data_offsets"][0]
        fields["data_offsets"] = [0, size]


def many(header, rest):
    for number in range(5000):
        header[f"x{number}"] = header[next(iter(header))]


def reserialised(change):
    """The weights changed, and written by the library."""

    def make(folder, marker):
        path = folder / "model.safetensors"
        weights = safetensors.numpy.load(path.read_bytes())
        change(weights)
        put(folder, path.name, safetensors.numpy.save(weights))

    return make


def filled(value):
    def change(weights):
        next(iter(weights.values())).flat[1] = value

    return change


def renamed(weights):
    weights["../kernel"] = weights.pop(next(iter(weights)))


def transposed(weights):
    name = next(name for name in weights if "embeddings" in name)
    weights[name] = np.ascontiguousarray(weights[name].T)


def raw(content):
    return lambda folder, marker: put(folder, "model.safetensors", content)


def pickled(name):
    return lambda folder, marker: put(
        folder, name, pickle.dumps(Command(marker))
    )


def torch_like(folder, marker):
    """A checkpoint as another library writes them: a ZIP file of a pickle."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Command(marker)))
    put(folder, "model.safetensors", written.getvalue())


def keyed_twice(folder, marker):
    content = (folder / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = content[8 : 8 + length].decode().strip()
    name = next(iter(json.loads(header)))
    fields = json.dumps(json.loads(header)[name])
    header = f'{{"{name}": {fields}, {header[1:]}'
    rest = content[8 + length :]
    put(folder, "model.safetensors", safe(header, rest))


# What the library refuses, in its own words.
UNREADABLE = "cannot be read: Error"
WEIGHTS = {
    "a pickle": (pickled("model.safetensors"), "cannot be read"),
    "a checkpoint of pickles": (torch_like, "cannot be read"),
    "nothing": (raw(b""), "cannot be read"),
    "seven bytes": (raw(b"\x02\0\0\0\0\0\0"), "cannot be read"),
    "a header of 2**63 bytes": (raw(safe("{}", b"", 1 << 63)), "header has"),
    "a header longer than the file": (raw(safe("{}", b"", 3)), "header has"),
    "no JSON": (raw(safe("nonsense", b"")), "must be JSON"),
    "deep nesting": (raw(safe('{"a":' * 90_000, b"")), "must be JSON"),
    "no weights": (raw(safe("{}", b"")), "there are 0 weights"),
    "a name twice": (keyed_twice, "stands twice"),
    "a list as a tensor": (raw(safe('{"a": []}', b"")), "must have `dtype`"),
    "a shape of terabytes": (first(shape=[1 << 21, 1 << 21]), UNREADABLE),
    "a shape beyond 64 bits": (first(shape=[1 << 60, 16]), UNREADABLE),
    "a shape that wraps around": (first(shape=[1 << 32, 1 << 32]), UNREADABLE),
    "a negative shape": (first(shape=[-1, -90]), UNREADABLE),
    "an empty shape": (first(shape=[0]), UNREADABLE),
    "an empty array": (
        reserialised(lambda w: w.update(x=np.ones((2, 0), "float16"))),
        "none of them empty",
    ),
    "a float as a shape": (first(shape=[90.0]), UNREADABLE),
    "true as a shape": (first(shape=[True]), UNREADABLE),
    "many axes": (
        reserialised(lambda w: w.update(x=np.ones([1] * 5, "float16"))),
        "at most 4 axes",
    ),
    "no axes, in 8 bits": (
        reserialised(
            lambda w: w.update(
                {"x": np.ones((), "int8"), "x:scale": np.ones((), "float32")}
            )
        ),
        "x:scale must be F32",
    ),
    "negative offsets": (first(data_offsets=[-180, 0]), UNREADABLE),
    "offsets the wrong way": (first(data_offsets=[90, 0]), UNREADABLE),
    "oversized offsets": (first(data_offsets=[0, 1 << 40]), UNREADABLE),
    "three offsets": (first(data_offsets=[0, 1, 2]), UNREADABLE),
    "an overlap": (shifted(-2), UNREADABLE),
    "a gap": (shifted(2), UNREADABLE),
    "all at one place": (tensors(all_at_once), UNREADABLE),
    "bytes left over": (tensors(lambda h, rest: rest + b"x" * 64), UNREADABLE),
    "bytes missing": (tensors(lambda h, rest: rest[:-2]), UNREADABLE),
    "far too many": (tensors(many), UNREADABLE),
    "an unknown type": (first(dtype="PICKLE"), UNREADABLE),
    "a type of 64 bits": (
        reserialised(lambda w: w.update(x=np.ones(3))),
        "must be one of F16",
    ),
    "a list as a type": (first(dtype=["F16"]), UNREADABLE),
    "a header of a list": (raw(safe("[]", b"")), "must hold a JSON object"),
    "a field more": (first(code="x"), "must have `dtype`"),
    "an escape in a name": (
        raw(safe('{"\\u001b[2J": {}}', b"")),
        "control character",
    ),
    "NaN": (reserialised(filled(np.nan)), "is not finite"),
    "an infinity": (reserialised(filled(-np.inf)), "is not finite"),
    "a weight more": (
        reserialised(lambda w: w.update(x=np.ones(3, "float16"))),
        "one too many",
    ),
    "a weight less": (reserialised(lambda w: w.popitem()), "is missing"),
    "another name": (reserialised(renamed), "one too many"),
    "another shape": (reserialised(transposed), "must have shape"),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_are_hostile_are_refused(folder, tmp_path, marker, name):
    change, message = WEIGHTS[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


# The golden file.


def golden(**others):
    """Arrays of the golden file changed; `None` leaves one out."""

    def make(folder, marker):
        with np.load(folder / "golden.npz") as file:
            arrays = {**file, **others}
        written = io.BytesIO()
        kept = {name: a for name, a in arrays.items() if a is not None}
        np.savez(written, **kept)
        put(folder, "golden.npz", written.getvalue())

    return make


def golden_objects(folder, marker):
    written = io.BytesIO()
    array = np.array([Command(marker)], dtype=object)
    np.savez(written, token_ids=array, logits=array)
    put(folder, "golden.npz", written.getvalue())


def npy(header, data=b""):
    header = header.encode() + b"\n"
    size = struct.pack("<H", len(header))
    return b"\x93NUMPY\x01\x00" + size + header + data


def golden_members(method=zipfile.ZIP_STORED, **members):
    def make(folder, marker):
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", method) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        put(folder, "golden.npz", written.getvalue())

    return make


LARGE = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s,), }"
GOLDEN = {
    "a pickle": (pickled("golden.npz"), "no ZIP file"),
    "pickled objects": (golden_objects, "no array of plain numbers"),
    "code in a header": (
        golden_members(**{"logits.npy": npy("__import__('os').mkdir('x')")}),
        "no array of plain numbers",
    ),
    "a shape of terabytes": (
        golden_members(**{"logits.npy": npy(LARGE % (1 << 40))}),
        "no array of plain numbers",
    ),
    "a shape beyond all numbers": (
        golden_members(**{"logits.npy": npy(LARGE % ("9" * 4000))}),
        "no array of plain numbers",
    ),
    "a bomb": (
        golden_members(zipfile.ZIP_DEFLATED, **{"logits.npy": bytes(60 * MIB)}),
        "more than 100 times",
    ),
    "a larger one": (
        golden_members(zipfile.ZIP_DEFLATED, **{"logits.npy": bytes(80 * MIB)}),
        "is the most",
    ),
    "a path": (golden_members(**{"../logits.npy": b""}), "and nothing else"),
    "an absolute path": (golden_members(**{"/logits.npy": b""}), "nothing"),
    "a name more": (golden(evil=np.zeros(3)), "and nothing else"),
    "no logits": (golden(logits=None), "must hold <f4"),
    "no ids": (golden(token_ids=None), "must hold <i4"),
    "other types": (golden(logits=np.zeros((5, 2))), "no array of plain"),
    "ids that are floats": (
        golden(token_ids=np.zeros((5, 3), "float32")),
        "must hold <i4",
    ),
    "ids of one axis": (golden(token_ids=np.zeros(5, "int32")), "rows of ids"),
    "ids below 0": (golden(token_ids=-np.ones((5, 2), "int32")), "rows of ids"),
    "ids beyond the vocabulary": (
        golden(token_ids=np.full((5, 2), 10**6, "int32")),
        "ids of the model",
    ),
    "other rows": (golden(token_ids=np.zeros((4, 2), "int32")), "must be ids"),
    "other logits": (golden(logits=np.zeros((5, 9), "float32")), "of shape"),
    "NaN": (golden(logits=np.full((5, 2), np.nan, "float32")), "finite"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_golden_file_that_is_hostile_is_refused(
    folder, tmp_path, marker, name
):
    change, message = GOLDEN[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


def test_a_golden_file_exchanged_after_loading_is_refused(
    folder, tmp_path, marker
):
    trained = zoo.load(folder)
    assert golden_difference(trained) == 0
    golden_objects(folder, marker)
    refused(trained, tmp_path, "no array of plain", golden_difference)


# Tokenizers.


def vocabulary(value):
    return lambda folder, marker: rewrite(
        folder, "tokenizer.json", lambda t: t.update(vocabulary=value)
    )


def kind(value):
    return lambda folder, marker: rewrite(
        folder, "tokenizer.json", lambda t: t.update(kind=value)
    )


TOKENIZERS = {
    "an unknown kind": (kind("pickle"), "kind` must be one of"),
    "a kind that is a list": (kind([]), "kind` must be one of"),
    "a kind with files that are not there": (kind("subwords"), "has no source"),
    "no vocabulary": (vocabulary(None), "must hold a list"),
    "an object": (vocabulary({"a": 1}), "must hold a list"),
    "numbers": (vocabulary([1, 2]), "distinct words"),
    "lists": (vocabulary([["a"]]), "distinct words"),
    "a word twice": (vocabulary(["a", "a"]), "distinct words"),
    "an empty word": (vocabulary([""]), "distinct words"),
    "more words than the model": (
        vocabulary([f"w{number}" for number in range(100_000)]),
        "the tokenizer has 100002 ids",
    ),
}


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_tokenizer_that_is_hostile_is_refused(folder, tmp_path, marker, name):
    change, message = TOKENIZERS[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


def field(number, content):
    """A field of a protocol buffer, of less than 16,384 bytes."""
    size = bytes([len(content) & 127 | 128, len(content) >> 7])
    return bytes([number << 3 | 2]) + size + content


def piece(text=b"x", score=0.0, kind=1):
    return field(
        1,
        field(1, text) + b"\x15" + struct.pack("<f", score) + bytes([24, kind]),
    )


def table(units, texts=b"\0"):
    """A normaliser's settings with a trie of these units."""
    packed = np.array(units, "<u4").tobytes()
    content = struct.pack("<I", len(packed)) + packed + texts
    return field(3, field(2, content))


def more(content):
    """What stands in a SentencePiece model, and something behind it."""
    return lambda whole: whole + content


def exchanged(whole):
    """One unit of the trie that its root's letters lead to leads away."""
    start = whole.index(b"\x0a\x08nmt_nfkc\x12") + 14
    units = np.frombuffer(whole[start + 4 : start + 4 + 40_000], "<u4").copy()
    units |= np.uint32(0x7FFFFE00)
    return whole[: start + 4] + units.tobytes() + whole[start + 4 + 40_000 :]


SUBWORDS = {
    "nothing": (lambda whole: b"", "empty"),
    "a pickle": (lambda whole: pickle.dumps(1), "no SentencePiece model"),
    "the first half": (lambda whole: whole[: len(whole) // 2], "damaged"),
    "zeros": (lambda whole: bytes(100), "no SentencePiece model"),
    "a piece more": (more(piece()), "the tokenizer has"),
    "a piece of its users": (more(piece(kind=4)), "Piece 2"),
    "a piece that is not used": (more(piece(kind=5)), "Piece 2"),
    "a piece of a byte": (more(piece(kind=6)), "Piece 2"),
    "a score of NaN": (more(piece(score=float("nan"))), "scored by no number"),
    "an infinite score": (more(piece(score=float("inf"))), "scored by no"),
    "an empty piece": (more(piece(b"")), "is empty"),
    "no UTF-8": (more(piece(b"\xff")), "damaged"),
    "a field more": (more(field(9, b"")), "a field 9"),
    "a test of itself": (more(field(4, field(1, b"x"))), "test itself"),
    "a trie that leads away": (exchanged, "leads astray"),
    "a trie of one unit": (more(table([0x7FFFFC00])), "leads astray"),
    "a trie without texts": (more(table([0] * 256, b"")), "no texts"),
    "texts without an end": (more(table([0] * 256, b"x")), "no texts"),
    "a long text": (more(table([0] * 256, b"x" * 999 + b"\0")), "no texts"),
    "an answer outside": (
        more(table([0x100 | 256 << 10] + [0] * 255 + [999] * 256)),
        "leads astray",
    ),
}


@pytest.mark.parametrize("name", SUBWORDS)
def test_a_sentencepiece_model_that_is_hostile_is_refused(
    translator, tmp_path, name
):
    change, message = SUBWORDS[name]
    whole = (translator / "tokenizer.model").read_bytes()
    put(translator, "tokenizer.model", change(whole))
    refused(translator, tmp_path, message)


def test_too_many_pieces_are_not_given_to_the_library(monkeypatch):
    monkeypatch.setattr(sentencepiece_reader, "_MOST_PIECES", 9)
    with pytest.raises(InputError, match="must have 1 to 9 pieces"):
        sentencepiece_reader.check(piece() * 10)


# What is whole, and what was changed by chance.


@pytest.mark.parametrize("builder", ["feedforward", "translator"])
def test_what_is_whole_is_loaded(tiny, builder):
    assert golden_difference(zoo.load(tiny[builder])) == 0


@pytest.mark.parametrize("name", LARGEST)
def test_a_changed_byte_anywhere_is_noticed(tiny, tmp_path, name):
    held = [f for f in tiny.values() if (f / name).exists()]
    if not held:
        pytest.skip("no model here has such a file")
    folder = shutil.copytree(held[-1], tmp_path / "tiny")
    path = folder / name
    whole = path.read_bytes()
    # Every byte of the manifest, some hundred of the others.
    step = 1 if name == "manifest.json" else len(whole) // 100 + 1
    for place in range(0, len(whole), step):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(PretrainedError):
            zoo.load(folder)
    path.write_bytes(whole + b"\0")
    with pytest.raises(PretrainedError):
        zoo.load(folder)


def test_each_file_is_read_once(folder, monkeypatch):
    """What is parsed is what was hashed, whatever lies there by then."""
    read = []
    plain = manifest.read_plain

    def once(path, *others):
        read.append(path.name)
        content = plain(path, *others)
        path.write_bytes(b"exchanged")
        return content

    monkeypatch.setattr(manifest, "read_plain", once)
    assert zoo.load(folder).predict(["the quiet film"])[0]["label"] in (
        "good",
        "bad",
    )
    assert sorted(read) == sorted(set(LARGEST) & set(read))


def test_what_lies_beside_is_not_touched(folder, marker):
    (folder / "__init__.py").write_text(f"import os; os.mkdir('{marker}')")
    (folder / "model.pkl").write_bytes(pickle.dumps(Command(marker)))
    (folder / "tokenizer.model").symlink_to("/dev/zero")
    zoo.load(folder)
    assert not marker.exists()
