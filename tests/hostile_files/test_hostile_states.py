"""States of streams that must not be opened, or not be gone on from."""

import os
import pickle

import numpy as np
import pytest
from hostile import Command, refused
from random_models import random_language_model

import zoo
from zoo.cli.main import main
from zoo.errors import InputError
from zoo.pretrained import writer


@pytest.fixture(scope="module")
def model():
    return random_language_model()


@pytest.fixture
def state(model, tmp_path):
    """A state that is good, as its arrays."""
    stream = zoo.stream(model)
    stream.feed("abc")
    stream.save(tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz") as file:
        return dict(file)


@pytest.mark.parametrize("content", [pickle.dumps(1), b"", b"PK"])
def test_a_file_of_another_kind_is_refused(tmp_path, model, content):
    path = tmp_path / "state.npz"
    path.write_bytes(content)
    message = "does not hold the state"
    refused(path, tmp_path, message, lambda path: zoo.stream(model, path))


def test_objects_are_refused(tmp_path, model, marker):
    path = tmp_path / "state.npz"
    array = np.array([Command(marker)], dtype=object)
    np.savez(path, fingerprint=array, recent=array, undecoded=array)
    message = "does not hold the state"
    refused(path, tmp_path, message, lambda path: zoo.stream(model, path))


def of_no_character(array):
    return np.frombuffer(b"\xff" * 256, "<U64").reshape(())


CHANGES = {
    "fingerprint": [None, of_no_character, lambda _: np.zeros(3, "int32")],
    "recent": [
        None,
        lambda recent: recent[0],
        lambda recent: recent[:, :-1],
        lambda recent: np.repeat(recent, 2, axis=0),
        lambda recent: recent.astype("float32"),
        lambda recent: recent + 10**6,
        lambda recent: recent - 10,
    ],
    "undecoded": [
        None,
        lambda _: np.zeros((), "int32"),
        lambda _: np.zeros((1, 1), "int32"),
        lambda _: np.zeros(1000, "int32"),
        lambda _: np.zeros(1, "float32"),
        lambda _: np.array([-1], "int32"),
        lambda _: np.array([2**31 - 1], "int32"),
    ],
    "logits": [
        lambda logits: logits[0],
        lambda logits: logits[:, :-1],
        lambda logits: np.repeat(logits, 2, axis=0),
        lambda logits: logits.astype("int32"),
        lambda logits: logits * np.nan,
    ],
    "state_0": [
        None,
        lambda states: states[0],
        lambda states: states[:, :-1],
        lambda states: np.repeat(states, 2, axis=0),
        lambda states: states.astype("int32"),
        lambda states: states + np.inf,
    ],
}


@pytest.mark.parametrize(
    "name, change",
    [(name, change) for name, several in CHANGES.items() for change in several],
)
def test_a_state_that_is_not_of_the_model(tmp_path, model, state, name, change):
    if change is None:
        del state[name]
    else:
        state[name] = change(state[name])
    np.savez(tmp_path / "state.npz", **state)
    stream = zoo.stream(model)
    before = stream.state
    with pytest.raises(InputError, match="does not hold|of another model"):
        stream.restore(tmp_path / "state.npz")
    assert stream.state is before


def test_no_file_of_the_command_waits_for_a_pipe(tmp_path, model, capsys):
    writer.save(model, tmp_path / "toy")
    os.mkfifo(tmp_path / "pipe.txt")
    for words in (
        ["generate", "--from-state"],
        ["generate", "--prompt-file"],
        ["score", "--file"],
    ):
        words.insert(1, str(tmp_path / "toy"))
        assert main([*words, str(tmp_path / "pipe.txt")]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "pipe.txt is a folder, a pipe or a device" in line
