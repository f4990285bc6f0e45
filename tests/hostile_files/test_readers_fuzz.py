"""Every reader of files, and files changed at random.

Each reads the file, or refuses it as a user's mistake, in little time and
memory: never another error, a warning or a crash. The examples are the same at
every run; others, and more of them, by hand:

    ZOO_FUZZ=5000 python -m pytest tests/hostile_files/test_readers_fuzz.py
"""

import io
import struct
import time
import zipfile

import numpy as np
import peak_memory
import pytest
from good_files import write_all
from hypothesis import given
from hypothesis import strategies as st
from mutations import CHANGES, bounded, changed, packed, with_value
from readers import READERS
from sealing import seal

from zoo import models
from zoo.errors import InputError

# Of an example, in seconds and KiB; TensorFlow keeps some of what it builds.
SECONDS, GROWTH = 2, 200 * 1024


class Built(Exception):
    """All was read: a model would be built now, which takes its time."""


@pytest.fixture(scope="module", autouse=True)
def not_built(seeds):
    def build(*_):
        raise Built

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "build", build)
        yield


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeds")
    write_all(folder)
    return folder


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


@pytest.mark.thorough
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
    before = peak_memory.reset()
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
    grown = peak_memory.peak() - before
    assert grown < GROWTH


def test_every_seed_is_read(seeds):
    for name, readers in READERS.items():
        for read in readers:
            try:
                read(seeds / name)
            except Built:
                pass
