"""What tests of hostile files share: what is put in, and what loading costs."""

import json
import os
import pickle
import tempfile
import tracemalloc

import numpy as np
import peak_memory
import pytest
from sealing import put
from untrained import untrained

import zoo
from zoo.errors import InputError

MIB = 1 << 20


class Command:
    """What a pickle runs when it is read."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def refused(folder, tmp_path, message, load=zoo.load):
    """Loads a folder, which must fail, cost nothing and leave nothing."""
    before = tree(tmp_path)
    (tmp_path / "temporary").mkdir()
    tempfile.tempdir = str(tmp_path / "temporary")
    largest = peak_memory.reset()
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=message) as caught:
            load(folder)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        tempfile.tempdir = None
    assert len(str(caught.value)) < 2000
    assert not list((tmp_path / "temporary").iterdir())
    (tmp_path / "temporary").rmdir()
    assert tree(tmp_path) == before
    # NumPy's memory counts too; TensorFlow's does in the second figure, of
    # which a first use of its compiler is a large part.
    assert peak < 64 * MIB
    grown = peak_memory.peak() - largest
    assert grown < 512 * 1024


def tree(path):
    return {one: one.lstat().st_mtime_ns for one in path.rglob("*")}


def sparse(name, size, start=b""):
    """A file of a size that is not on the disk."""

    def change(folder, marker):
        with open(folder / name, "wb") as file:
            file.write(start)
            file.truncate(size)

    return change


def in_place_of(name, make):
    """What `make` puts where a file was."""

    def change(folder, marker):
        (folder / name).unlink()
        make(folder / name)

    return change


def pickle_of(name):
    return lambda run, marker: (run / name).write_bytes(
        pickle.dumps(Command(marker))
    )


def pickled(name):
    """A pickle in a pretrained folder, sealed."""
    return lambda folder, marker: put(
        folder, name, pickle.dumps(Command(marker))
    )


def run_config(**values):
    """Other arguments of a run's model."""

    def change(run, marker):
        config = json.loads((run / "config.json").read_text())
        config["arguments"].update(values)
        (run / "config.json").write_text(json.dumps(config))

    return change


def assert_whole(run):
    """What is loaded has the weights that `untrained.write_run` wrote."""
    loaded, model = zoo.load(run).model, untrained("feedforward").model
    for one, other in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, other)
