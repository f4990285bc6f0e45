"""Every reader of files, and files changed at random.

Each reads the file, or refuses it as a user's mistake, in little time and
memory: never another error, a warning or a crash. The examples are the same at
every run; others, and more of them, by hand:

    ZOO_FUZZ=5000 python -m pytest tests/hostile_files/test_readers_fuzz.py
"""

import functools
import io
import json
import resource
import struct
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import CHANGES, bounded, changed, packed, with_value
from random_models import random_language_model
from sealing import seal
from untrained import TEXTS, untrained, write_run

import zoo
import zoo.pretrained.reader as pretrained_folder
import zoo.pretrained.run_folder as run_folder
from recipes import char_lm, report
from recipes.config import flags
from recipes.config.begun import begun_with, check_files
from recipes.data import prepared, splits
from recipes.data.examples import Examples
from recipes.datasets import own_pairs
from recipes.report import reading
from recipes.training import checkpoint
from recipes.training.run_folder import as_begun, opened
from recipes.tuning import results
from zoo import models
from zoo.errors import InputError
from zoo.io import (
    json_reader,
    keras_archive,
    npz_reader,
    safetensors_reader,
    sentencepiece_reader,
    table_reader,
)
from zoo.io.files import read_given, read_json, read_plain_json
from zoo.io.table_file import Table
from zoo.pretrained import archive, card_facts, manifest, summary, writer
from zoo.text import SubwordTokenizer, load_tokenizer

# Of an example, in seconds and KiB; TensorFlow keeps some of what it builds.
SECONDS, GROWTH = 2, 200 * 1024
NPZ = {"ids": "<i4", "logits": "<f4"}


class Built(Exception):
    """All was read: a model would be built now, which takes its time."""


@pytest.fixture(scope="module", autouse=True)
def not_built(seeds):
    def build(*_):
        raise Built

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "build", build)
        yield


def rows(path):
    table = Table(path, ["text", "label"])
    return list(table_reader.rows(table))


def weights_of(path):
    content = read_given(path, 1 << 24)
    return safetensors_reader.read(content, str(path))


def arrays_of(path):
    content = read_given(path, 1 << 24)
    types = set(NPZ.values())
    return npz_reader.read(content, NPZ, types, 1 << 20, str(path))


def units_of(path):
    content = read_given(path, 1 << 24)
    sentencepiece_reader.check(content)
    return SubwordTokenizer(content).encode("one two")


def unpacked(path):
    with tempfile.TemporaryDirectory() as folder:
        archive.unpack(path, Path(folder, "out"))


def state_of_a_run(path):
    return checkpoint.unpacked(read_given(path, 1 << 24))


@functools.cache
def stream():
    return zoo.stream(random_language_model())


def page_of(path):
    return report.page(reading.read_all([path.parent]))


def configuration(path):
    return flags.from_file(path, "char_lm", char_lm.Config)


def json_of(path):
    content = json_reader.parse(read_given(path, 1 << 24), str(path))
    json_reader.check_printable(content, str(path))
    return content


def begun(path):
    saved = begun_with(path.parent, "char_lm")
    if saved:
        check_files(path.parent, saved, [str(path.with_name("x.txt"))])


def prepared_data(path):
    return prepared.prepared(path.parent, {"a": 1}, made)


def made():
    tokenizer = untrained("feedforward").tokenizer
    examples = Examples.from_texts(TEXTS[:4], [0, 1, 0, 1], tokenizer)
    return prepared.Prepared(["a", "b"], tokenizer, {"train": examples})


# What reads a file, in the folder where it lies.
READERS = {
    "x.json": [json_of, read_json, read_plain_json, splits.read],
    "about.json": [card_facts.read],
    "best.json": [configuration],
    "x.safetensors": [weights_of],
    "x.npz": [arrays_of],
    "x.model": [units_of],
    "x.zip": [unpacked],
    "x.keras": [keras_archive.read],
    "x.csv": [rows],
    "x.tsv": [rows, lambda path: own_pairs.load("", "", str(path))],
    "x.jsonl": [rows],
    "y.json": [rows],
    "x.csv.gz": [rows],
    "state.npz": [lambda path: stream().restore(path)],
    "backup.npz": [state_of_a_run],
    "tokenizer.json": [load_tokenizer],
    "words.json": [load_tokenizer],
    "characters.json": [load_tokenizer],
    "pretrained/config.json": [
        lambda path: pretrained_folder.load(path.parent),
        lambda path: summary.of_folder(path.parent),
    ],
    "pretrained/tokenizer.json": [
        lambda path: pretrained_folder.load(path.parent)
    ],
    "pretrained/manifest.json": [
        lambda path: manifest.read(path.parent),
        lambda path: summary.of_folder(path.parent),
    ],
    "run/config.json": [
        page_of,
        lambda path: run_folder.load(path.parent),
        lambda path: summary.of_folder(path.parent),
    ],
    "run/metrics.json": [
        page_of,
        lambda path: run_folder.load(path.parent),
        lambda path: summary.of_folder(path.parent),
    ],
    "run/tokenizer.json": [lambda path: run_folder.load(path.parent)],
    "run/model.safetensors": [lambda path: run_folder.load(path.parent)],
    "run/history.csv": [page_of],
    "run/plots/a.png": [lambda path: page_of(path.parent)],
    "training/config.json": [
        lambda path: opened(path.parent, "char_lm", char_lm.Config()),
        lambda path: as_begun(char_lm.Config(), path.parent, data="x"),
        begun,
    ],
    "prepared/prepared.json": [prepared_data],
    "prepared/tokenizer.json": [prepared_data],
    "prepared/train_starts.npy": [prepared_data],
    "search/search.json": [lambda path: results.rows(path.parent)],
    "search/results/1.json": [
        lambda path: results.best(results.rows(path.parents[1]), "max")
    ],
    "old/model.keras": [lambda path: run_folder.load(path.parent)],
}


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """Folders and files that are good, by their names."""
    import gzip

    from report_files import HISTORY, PIXEL

    folder = tmp_path_factory.mktemp("seeds")
    keras_model = untrained("feedforward").model
    write_run(folder / "run")
    write_run(folder / "old", old=True)
    about = json.loads((folder / "run" / "config.json").read_text())
    about |= {"config": {"epochs": 2}, "data": {"name": "x"}, "keras": "3"}
    (folder / "run" / "config.json").write_text(json.dumps(about))
    scores = {"test_accuracy": 0.5, "classes": {"a": {"f1": 0.5}}, "notes": []}
    (folder / "run" / "metrics.json").write_text(json.dumps(scores))
    (folder / "run" / "history.csv").write_text(HISTORY)
    (folder / "run" / "plots").mkdir()
    (folder / "run" / "plots" / "a.png").write_bytes(PIXEL)
    writer.save(untrained("feedforward"), folder / "pretrained", "int8")
    writer.save(random_language_model(), folder / "lm")
    stream().feed("abc")
    stream().save(folder / "state.npz")
    variables = keras_model.variables
    run = {
        "variables": checkpoint.description(variables),
        "rows": [{"epoch": 1, "score": 0.5}],
        **{"seconds": 1.5, "in_epoch": 0.5, "finished": False, "position": 0},
    }
    (folder / "training").mkdir()
    config = {"config": {"units": 384}, "recipe": "char_lm", "labels": []}
    config["data"] = {"name": "x", "sha256": "0" * 64}
    (folder / "training/config.json").write_text(json.dumps(config))
    prepared_data(folder / "prepared" / "prepared.json")
    (folder / "search" / "results").mkdir(parents=True)
    search = {"objective": ["a", "max"], "config": {"b": 1}, "space": {}}
    (folder / "search/search.json").write_text(json.dumps(search))
    result = {"trial": "1", "status": "completed", "score": 0.5, "message": ""}
    result |= {"seconds": 1.5, "values": {"b": 2}, "config": None}
    (folder / "search/results/1.json").write_text(json.dumps(result))
    arrays = {"variable": variables, "metric": [], "best": variables}
    table = {"text": "one, two", "label": "é"}
    files = {
        "x.json": b'{"test": ["a"], "validation": [], "b": {"c": [1, 0.5]}}',
        "about.json": b'{"purpose": "a", "limits": "b", "spread": {"seeds": '
        b'[1], "bleu": [0.5]}, "failures": [{"input": "a", "expected": "b", '
        b'"answered": "c"}]}',
        "best.json": b'{"units": 4, "dropout": 0.5, "tied": true, "cell": '
        b'"gru", "data": "zoo_sources"}',
        "x.safetensors": (folder / "run/model.safetensors").read_bytes(),
        "x.npz": saved(ids=np.zeros(3, "<i4"), logits=np.zeros((2, 3), "<f4")),
        "x.model": SubwordTokenizer.from_texts(TEXTS, 40, "characters").content,
        "x.zip": packed(
            {p.name: p.read_bytes() for p in (folder / "lm").iterdir()}
        ),
        "x.keras": (folder / "old/model.keras").read_bytes(),
        "x.csv": b'text,label\n"one, ""two""",a\nthree,b\n',
        "x.tsv": b"text\tlabel\none\ta\ntwo\tb\n",
        "x.jsonl": f"{json.dumps(table)}\n{json.dumps(table)}\n".encode(),
        "y.json": json.dumps([table, table]).encode(),
        "x.csv.gz": gzip.compress(b"text,label\none,a\ntwo,b\n", mtime=0),
        "backup.npz": checkpoint.packed(run, arrays),
        "words.json": b'{"kind": "words", "rules": 2, "vocabulary": '
        b'["a", "\xc3\xa9t\xc3\xa9"]}',
        "characters.json": b'{"kind": "characters", "fold_case": true, '
        b'"vocabulary": ["a", "\xc3\xa9"]}',
        "tokenizer.json": b'{"kind": "subwords_of_texts"}',
    }
    files["tokenizer.model"] = files["x.model"]
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def saved(**arrays):
    written = io.BytesIO()
    np.savez(written, **arrays)
    return written.getvalue()


def within(content, name, data):
    """A file with what stands in it changed, not only its bytes."""
    if name.endswith(".safetensors"):
        (length,) = struct.unpack("<Q", content[:8])
        header = with_value(content[8 : 8 + length], data).encode()
        return struct.pack("<Q", len(header)) + header + content[8 + length :]
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        held = {member: file.read(member) for member in file.namelist()}
    member = data.draw(st.sampled_from(sorted(held)))
    if data.draw(st.booleans()):
        held[member] = data.draw(st.sampled_from(ODD))
    else:
        start = held[member][:256]
        changes = data.draw(CHANGES)
        held[member] = changed(start, changes) + held[member][256:]
    return packed(held)


def npy(array):
    written = io.BytesIO()
    np.save(written, array, allow_pickle=True)
    return written.getvalue()


ODD = [
    b"",
    npy(np.array([None])),
    npy(np.array("\ud800")),
    npy(np.zeros((2, 0, 3), "float32")),
    npy(np.zeros(3, ">f8")),
    npy(np.zeros(3, "complex64")),
    npy(np.zeros(3, "<M8[s]")),
    npy(np.zeros(3, [("a", "<f4")])),
    npy(np.asfortranarray(np.ones((2, 3), "float32"))),
    npy(np.float32(np.nan)),
    bytes(1 << 20),
]


@pytest.mark.parametrize("name", READERS)
def test_a_reader_reads_or_refuses(seeds, name):
    content = (seeds / name).read_bytes()
    is_json = name.endswith(".json")
    is_held = name.endswith((".npz", ".zip", ".keras", ".safetensors"))

    @bounded(25)
    @given(data=st.data())
    def check(data):
        way = data.draw(st.sampled_from(["bytes", "within", "within"]))
        if way == "within" and is_json:
            new = with_value(content, data).encode("utf-8", "replace")
        elif way == "within" and is_held:
            new = within(content, name, data)
        else:
            new = changed(content, data.draw(CHANGES))
        survives(seeds, name, new)

    check()


def survives(seeds, name, content):
    """Reads a file of that content, whatever comes of it."""
    path, old = seeds / name, (seeds / name).read_bytes()
    sealed = name in ("pretrained/config.json", "pretrained/tokenizer.json")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        path.write_bytes(content)
        if sealed:
            seal(path.parent)
        for read in READERS[name]:
            started = time.process_time()
            try:
                read(path)
            except Built:
                pass
            except InputError as error:
                assert 0 < len(str(error)) < 3000
            assert time.process_time() - started < SECONDS
    finally:
        path.write_bytes(old)
        if sealed:
            seal(path.parent)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < GROWTH


def test_every_seed_is_read(seeds):
    for name, readers in READERS.items():
        for read in readers:
            try:
                read(seeds / name)
            except Built:
                pass
