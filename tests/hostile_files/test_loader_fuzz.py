"""Folders changed at random: each is loaded, or refused as a user's mistake.

Never another error, a warning, a crash or much memory. The examples are the
same at every run, in CI too; others, and more of them, by hand:

    ZOO_FUZZ=5000 python -m pytest tests/hostile_files/test_loader_fuzz.py
"""

import io
import json
import os
import resource
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealing import put_manifest, seal
from untrained import untrained, write_run

import zoo
from zoo.errors import InputError
from zoo.pretrained import archive as unpack
from zoo.pretrained import writer

pytestmark = pytest.mark.fuzz

EXAMPLES = int(os.environ.get("ZOO_FUZZ", 100))
BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize="ZOO_FUZZ" not in os.environ,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
# What one example may add, in KiB. TensorFlow keeps some of what it builds.
GROWTH = 512 * 1024

BYTES = st.one_of(
    st.tuples(st.just("flip"), st.floats(0, 1), st.integers(0, 7)),
    st.tuples(st.just("put"), st.floats(0, 1), st.binary(max_size=9)),
    st.tuples(st.just("insert"), st.floats(0, 1), st.binary(max_size=9)),
    st.tuples(st.just("cut"), st.floats(0, 1), st.integers(1, 64)),
    st.tuples(st.just("repeat"), st.floats(0, 1), st.integers(1, 64)),
    st.tuples(st.just("end"), st.floats(0, 1), st.none()),
    st.tuples(
        st.just("put"),
        st.floats(0, 1),
        st.sampled_from(
            [
                struct.pack(form, value)
                for form in ("<B", "<H", "<I", "<Q")
                for value in (0, 127, 128, 255)
            ]
            + [b"\xff" * 4, b"\xff" * 8, b"\x00\x00\x00\x80", b'"', b"[", b"9"]
        ),
    ),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(0, 70),
    st.sampled_from([0, -1, 8192, 8193, 2**31, 2**63, 10**40]),
    st.floats(allow_nan=True),
    st.text(max_size=8),
    st.sampled_from(["lstm", "gru", "translator", "../x", "bytes", "words"]),
    st.lists(st.integers(0, 9) | st.text(max_size=3), max_size=4),
    st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=2),
)
CHANGES = st.lists(BYTES, min_size=1, max_size=4)


@pytest.fixture(scope="session")
def contents(tmp_path_factory):
    """What a folder of each kind holds, by file."""
    made = {}
    for builder in ("feedforward", "translator"):
        folder = tmp_path_factory.mktemp("fuzz") / builder
        writer.save(untrained(builder), folder, "int8")
        made[builder] = {p.name: p.read_bytes() for p in folder.iterdir()}
    for name in ("run", "old_run"):
        folder = tmp_path_factory.mktemp("fuzz") / name
        write_run(folder, old=name == "old_run")
        made[name] = {p.name: p.read_bytes() for p in folder.iterdir()}
    return made


def changed(content, changes):
    content = bytearray(content)
    for what, where, value in changes:
        place = int(where * len(content))
        if what == "flip" and place < len(content):
            content[place] ^= 1 << value
        elif what == "put":
            content[place : place + len(value)] = value
        elif what == "insert":
            content[place:place] = value
        elif what == "cut":
            del content[place : place + value]
        elif what == "repeat":
            content[place:place] = content[place : place + value]
        elif what == "end":
            del content[place:]
    return bytes(content)


def with_value(content, data):
    """A JSON file with one of its values, or a new one, in another's place."""
    value = json.loads(content)
    holder = value
    while True:
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        keys = list(keys)[:40]
        key = data.draw(st.sampled_from([*keys, "new"] if keys else ["new"]))
        inside = None if key == "new" else holder[key]
        if not isinstance(inside, (dict, list)) or data.draw(st.booleans()):
            break
        holder = inside
    new = data.draw(VALUES)
    action = data.draw(st.sampled_from(["put", "put", "delete", "twice"]))
    if action == "delete" and key != "new":
        del holder[key]
    elif key == "new" and isinstance(holder, list):
        holder.append(new)
    else:
        holder[key] = new
    text = json.dumps(value)
    return text if action != "twice" else text[:1] + '"format": 1, ' + text[1:]


def survives(files, sealed=False, load=zoo.load):
    """Loads a folder of these files, whatever comes of it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "tiny"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        if sealed:
            seal(folder)
        here = sorted(Path(parent).rglob("*"))
        try:
            load(folder)
        except InputError as error:
            assert 0 < len(str(error)) < 3000
        assert sorted(Path(parent).rglob("*")) == here
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < GROWTH


@BOUNDED
@given(data=st.data(), changes=CHANGES)
def test_bytes_of_a_pretrained_folder(contents, data, changes):
    files = dict(
        contents[
            data.draw(st.sampled_from(["feedforward"] * 3 + ["translator"]))
        ]
    )
    name = data.draw(st.sampled_from(sorted(files)))
    files[name] = changed(files[name], changes)
    sealed = name != "manifest.json" and data.draw(st.booleans())
    survives(files, sealed)


@BOUNDED
@given(data=st.data())
def test_values_of_a_pretrained_folder(contents, data):
    files = dict(contents["feedforward"])
    names = ("manifest.json", "config.json", "config.json", "tokenizer.json")
    name = data.draw(st.sampled_from(names))
    text = with_value(files[name], data)
    if name != "manifest.json":
        files[name] = text.encode()
        return survives(files, sealed=True)
    with tempfile.TemporaryDirectory() as parent:
        put_manifest(Path(parent), text)
        files[name] = (Path(parent) / name).read_bytes()
    survives(files)


@BOUNDED
@given(data=st.data())
def test_values_of_a_header(contents, data):
    files = dict(contents["feedforward"])
    content = files["model.safetensors"]
    (length,) = struct.unpack("<Q", content[:8])
    header = with_value(content[8 : 8 + length], data).encode()
    files["model.safetensors"] = (
        struct.pack("<Q", len(header)) + header + content[8 + length :]
    )
    survives(files, sealed=True)


@BOUNDED
@given(changes=CHANGES)
def test_bytes_of_a_sentencepiece_model(contents, changes):
    files = dict(contents["translator"])
    name = "tokenizer.model"
    # Its pieces stand at its start, before the large table.
    content = files[name]
    files[name] = changed(content[:900], changes) + content[900:]
    survives(files, sealed=True)


@BOUNDED
@given(changes=CHANGES)
def test_bytes_of_golden_arrays(contents, changes):
    files = dict(contents["feedforward"])
    with zipfile.ZipFile(io.BytesIO(files["golden.npz"])) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    # Headers are what is parsed.
    held["logits.npy"] = (
        changed(held["logits.npy"][:128], changes) + held["logits.npy"][128:]
    )
    files["golden.npz"] = packed(held)
    survives(files, sealed=True)


@BOUNDED
@given(data=st.data(), changes=CHANGES)
def test_bytes_of_a_run_folder(contents, data, changes):
    files = dict(contents[data.draw(st.sampled_from(["run", "old_run"]))])
    name = data.draw(st.sampled_from(sorted(files)))
    files[name] = changed(files[name], changes)
    survives(files)


@BOUNDED
@given(changes=CHANGES)
def test_bytes_of_hdf5(contents, changes):
    files = dict(contents["old_run"])
    with zipfile.ZipFile(io.BytesIO(files["model.keras"])) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held["model.weights.h5"] = changed(held["model.weights.h5"], changes)
    files["model.keras"] = packed(held)
    survives(files)


@BOUNDED
@given(changes=CHANGES)
def test_bytes_of_an_archive(contents, changes):
    content = packed(contents["feedforward"])

    def unpacked(folder):
        with tempfile.TemporaryDirectory() as parent:
            try:
                unpack.unpack(folder / "archive", Path(parent) / "out")
            except InputError:
                assert not list(Path(parent).iterdir())
                raise

    survives({"archive": changed(content, changes)}, load=unpacked)


def packed(files):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()
