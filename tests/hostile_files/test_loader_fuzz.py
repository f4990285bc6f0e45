"""Folders changed at random: each is loaded, or refused as a user's mistake.

Never another error, a warning, a crash or much memory. The examples are the
same at every run, in CI too; others, and more of them, by hand:

    ZOO_FUZZ=5000 python -m pytest tests/hostile_files/test_loader_fuzz.py
"""

import io
import struct
import tempfile
import zipfile
from pathlib import Path

import peak_memory
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import CHANGES, bounded, changed, packed, with_value
from sealing import put_manifest, seal
from untrained import untrained, write_run

import zoo
from zoo.errors import InputError
from zoo.pretrained import archive as unpack
from zoo.pretrained import writer

pytestmark = pytest.mark.fuzz

BOUNDED = bounded(100)
# What one example may add, in KiB. TensorFlow keeps some of what it builds.
GROWTH = 512 * 1024


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


def survives(files, sealed=False, load=zoo.load):
    """Loads a folder of these files, whatever comes of it."""
    before = peak_memory.reset()
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
    grown = peak_memory.peak() - before
    assert grown < GROWTH


@BOUNDED
@given(
    kind=st.sampled_from(["feedforward"] * 3 + ["translator"]),
    which=st.integers(0, 99),
    sealed=st.booleans(),
    changes=CHANGES,
)
def test_bytes_of_a_pretrained_folder(contents, kind, which, sealed, changes):
    files = dict(contents[kind])
    name = sorted(files)[which % len(files)]
    files[name] = changed(files[name], changes)
    survives(files, sealed and name != "manifest.json")


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
