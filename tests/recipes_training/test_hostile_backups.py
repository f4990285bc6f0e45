"""Training states with the right sums, and something wrong within."""

import io
import json
import struct
import zipfile

import keras
import numpy as np
import pytest

from recipes import char_lm
from recipes.distribute import strategy
from recipes.training import checkpoint
from recipes.training.best_epoch import BestEpoch
from recipes.training.checkpoint_callback import CheckpointCallback
from recipes.training.checkpoint_store import CheckpointStore
from recipes.training.identity import Identity
from zoo.errors import InputError


@pytest.fixture(scope="module")
def model():
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(3)])
    model.compile(optimizer="sgd", loss="mse")
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.fixture
def content(model):
    """What a state holds that is good."""
    variables = checkpoint.variables(model)
    about = {
        "variables": checkpoint.description(variables),
        "rows": [{"epoch": 1, "score": 0.5}],
        "seconds": 1.5,
        "in_epoch": 0.5,
        "finished": False,
        "position": 0,
    }
    arrays = {"variable": variables, "metric": [], "best": model.weights}
    return about, {name: list(map(np.asarray, a)) for name, a in arrays.items()}


def restored(model, folder, state):
    store = CheckpointStore(folder)
    store.write(state, 1, 0)
    callback = CheckpointCallback(
        store,
        folder / "history.csv",
        model,
        identity=Identity("", char_lm.Config(), ""),
        best_epoch=BestEpoch("score", 0, max),
        validate=dict,
        distribution=strategy.current(),
    )
    return callback.restore(model)


def test_a_state_that_is_good(model, content, tmp_path):
    assert restored(model, tmp_path, checkpoint.packed(*content)) == 1


ABOUT = {
    "variables": [None, {}, [[]], "x"],
    "rows": [None, {}, [1], [{}], [{"score": "x"}], [{"score": None}], [[]]],
    "seconds": [None, "1", [], True],
    "in_epoch": [None, {}],
    "finished": [None, 1, "yes"],
    "position": [None, -1, 1.5, True],
    "counts": [None, [], {}, {"variable": 10**12, "metric": 0, "best": 0}],
}


@pytest.mark.parametrize(
    "name, value",
    [(name, value) for name, values in ABOUT.items() for value in values],
)
def test_what_it_says_of_the_run_is_of_another_type(
    model, content, tmp_path, name, value
):
    about, arrays = content
    state = checkpoint.packed(about, arrays)
    state = exchanged(state, "about", {**json_of(state), name: value})
    with pytest.raises(InputError, match="Delete it to start"):
        restored(model, tmp_path, state)


def json_of(state):
    with np.load(io.BytesIO(state)) as file:
        return json.loads(str(file["about"]))


def exchanged(state, name, value):
    with np.load(io.BytesIO(state)) as file:
        arrays = dict(file)
    if name == "about":
        value = np.array(json.dumps(value))
    arrays[name] = value
    written = io.BytesIO()
    np.savez(written, **arrays)
    return written.getvalue()


@pytest.mark.parametrize(
    "name, value",
    [
        (name, value)
        for name in ("variable_0", "best_0")
        for value in (
            np.zeros((3, 2), "float32"),
            np.zeros((), "float32"),
            np.zeros((2, 3), "complex64"),
            np.array([["a"] * 3] * 2),
            np.zeros((2, 3, 1 << 16), "float32"),
        )
    ],
)
def test_arrays_of_other_shapes_and_types(
    model, content, tmp_path, name, value
):
    state = exchanged(checkpoint.packed(*content), name, value)
    with pytest.raises(InputError, match="Delete it to start"):
        restored(model, tmp_path, state)


def npy(header):
    header = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


HUGE = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }"


def member(state, name, content, method=zipfile.ZIP_STORED):
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(state)) as old,
        zipfile.ZipFile(written, "w", method) as new,
    ):
        for one in old.namelist():
            new.writestr(one, content if one == name else old.read(one))
    return written.getvalue()


def damaged(state):
    yield b""
    yield b"PK"
    yield state[:-30]
    yield state[: len(state) // 2] + state[-100:]
    yield exchanged(state, "about", {}).replace(b"PK\x01\x02", b"PK\x01\x03")
    yield exchanged(state, "about", []) + b"x"
    for name in ("about.npy", "variable_0.npy"):
        for content in (
            b"",
            b"\x93NUMPY",
            npy("__import__('os')"),
            npy("{"),
            npy("[" * 5000),
            npy(HUGE % (1 << 60)),
            npy(HUGE % (1 << 38)),
            npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
            npy("{'descr': '<U2', 'fortran_order': False, 'shape': (), }")
            + b"\xff" * 8,
        ):
            yield member(state, name, content)
    yield member(state, "best_0.npy", bytes(1 << 20), zipfile.ZIP_DEFLATED)
    yield member(state, "about.npy", bytes(1 << 20), zipfile.ZIP_LZMA)


def test_damage_of_every_kind(model, content, tmp_path):
    for place, state in enumerate(damaged(checkpoint.packed(*content))):
        with pytest.raises(InputError, match="Delete it to start"):
            restored(model, tmp_path / str(place), state)


def test_json_that_is_deep(model, content, tmp_path):
    state = checkpoint.packed(*content)
    for text in ("[" * 100_000, '{"a":' * 100_000, '{"a": "\\ud800"}', "1"):
        written = io.BytesIO()
        with np.load(io.BytesIO(state)) as file:
            np.savez(written, **{**file, "about": np.array(text)})
        with pytest.raises(InputError, match="Delete it to start"):
            restored(model, tmp_path / "run", written.getvalue())
