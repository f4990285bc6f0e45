"""Old run folders, with their weights in `model.keras`, that are hostile."""

import os
import pickle
import shutil
import zipfile

import h5py
import numpy as np
import pytest
from hostile import (
    MIB,
    assert_whole,
    in_place_of,
    pickle_of,
    refused,
    run_config,
    sparse,
)
from keras_archives import (
    WEIGHTS,
    a_lambda,
    bomb_of_chunks,
    cycle,
    external,
    hdf5,
    held,
    later,
    layer,
    linked_member,
    many_groups,
    member,
    nothing_at_all,
    put_in,
    references,
    virtual,
    without,
)
from untrained import write_run


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "run"
    write_run(folder, old=True)
    return folder


@pytest.fixture
def run(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "in" / "run")


HOSTILE = {
    "a pickle": (pickle_of("model.keras"), "no ZIP file"),
    "a pickled tokenizer": (pickle_of("tokenizer.json"), "must be JSON"),
    "a pickled configuration": (pickle_of("config.json"), "must be JSON"),
    "HDF5 alone": (
        lambda run, marker: (run / "model.keras").write_bytes(
            held(run)[WEIGHTS]
        ),
        "no ZIP file",
    ),
    "a link": (
        in_place_of("model.keras", lambda path: path.symlink_to("/dev/zero")),
        "is a link",
    ),
    "a hard link": (
        lambda run, marker: os.link(
            run / "model.keras", run.parent / "model.keras"
        ),
        "a second name",
    ),
    "a pipe": (in_place_of("model.keras", os.mkfifo), "not a plain file"),
    "a terabyte": (sparse("model.keras", 1 << 40), "is the most"),
    "a gigabyte of JSON": (sparse("metrics.json", 1 << 30, b"["), "the most"),
    "a Lambda": (a_lambda, "or runs code"),
    "a Lambda in our model": (
        layer(class_name="Lambda", module="keras.layers"),
        "Lambda, which is neither",
    ),
    "a function": (
        layer(class_name="__lambda__", config={"value": ["eA==", None, None]}),
        "or runs code",
    ),
    "a function by its name": (
        layer(class_name="function", module="builtins", config="exec"),
        "or runs code",
    ),
    "an unknown class": (
        layer(class_name="Popen", module="subprocess", registered_name=None),
        "subprocess.Popen, which is neither",
    ),
    "an unknown class in our package's name": (
        layer(
            class_name="Popen",
            module="subprocess",
            registered_name="recurrent_zoo>Popen",
        ),
        "subprocess.Popen, which is neither",
    ),
    "an unknown registered class": (
        layer(class_name="Mine", module="keras", registered_name="mine>Mine"),
        "keras.Mine, which is neither",
    ),
    "a module that begins like Keras": (
        layer(class_name="X", module="keras_evil.layers"),
        "keras_evil.layers.X, which",
    ),
    "a file more": (member("evil.py", b"import os"), "and nothing else"),
    "a file above": (member(f"../{WEIGHTS}", b""), "and nothing else"),
    "an absolute path": (member("/etc/passwd", b""), "and nothing else"),
    "an asset": (member("assets/x.pkl", b""), "and nothing else"),
    "a linked member": (linked_member, "is a link, encrypted, or no file"),
    "no weights": (without(WEIGHTS), "must hold metadata.json"),
    "no configuration": (without("config.json"), "must hold metadata.json"),
    "a bomb": (
        member(WEIGHTS, bytes(150 * MIB), zipfile.ZIP_DEFLATED),
        "more than 100 times",
    ),
    "a bomb of JSON": (
        member("config.json", b"[" * 12 * MIB, zipfile.ZIP_DEFLATED),
        "more than 100 times",
    ),
    "deep JSON": (member("config.json", b'{"a":' * 90_000), "must be JSON"),
    "a pickle for weights": (
        member(WEIGHTS, pickle.dumps([1])),
        "does not hold the weights",
    ),
    "an external link": (
        put_in(lambda f, g: g.__setitem__("0", h5py.ExternalLink("x.h5", "/"))),
        "has a link, '0'",
    ),
    "an external link to a device": (
        hdf5(
            lambda f, g: g.__setitem__("x", h5py.ExternalLink("/dev/zero", "/"))
        ),
        "has a link, 'x'",
    ),
    "a soft link": (
        put_in(lambda f, g: g.__setitem__("0", h5py.SoftLink("/layers"))),
        "has a link, '0'",
    ),
    "a dangling soft link": (
        hdf5(lambda f, g: g.__setitem__("x", h5py.SoftLink("/nowhere"))),
        "has a link, 'x'",
    ),
    "virtual storage": (put_in(virtual), "is virtual, or in pieces"),
    "external storage": (put_in(external), "in another file, or packed"),
    "a terabyte that is not there": (put_in(later), "not the bytes"),
    "packed pieces": (put_in(bomb_of_chunks), "is virtual, or in pieces"),
    "text": (
        put_in(lambda f, g: g.create_dataset("0", data=["a", "b"])),
        "no plain numbers",
    ),
    "references": (put_in(references), "no plain numbers"),
    "a record": (
        put_in(lambda f, g: g.create_dataset("0", (6,), "f4,f4,f4,f4")),
        "no plain numbers",
    ),
    "nothing in an array": (
        put_in(lambda f, g: g.create_dataset("0", data=h5py.Empty("f4"))),
        "does not hold|not the bytes",
    ),
    "a type in the place of an array": (
        hdf5(lambda f, g: g.__setitem__("x", np.dtype("f4"))),
        "which is no array",
    ),
    "a cycle": (hdf5(cycle), "twice"),
    "an array under two names": (
        hdf5(lambda f, g: g.__setitem__("x", g["0"])),
        "twice",
    ),
    "very many groups": (hdf5(many_groups), "far too many entries"),
    "no layers": (hdf5(nothing_at_all), "there are 0|does not hold"),
    "another shape": (
        put_in(lambda f, g: g.create_dataset("0", data=np.ones((4, 6), "f4"))),
        "does not hold the weights",
    ),
    "8192 units": (run_config(units=8192), "does not hold the weights of"),
    "64 layers": (run_config(layers=64), "`layers` is 64; 16 is the most"),
    "a million layers": (run_config(layers=10**6), "`layers` is 1000000"),
    "a table of a billion n-grams": (
        run_config(ngrams=1, ngram_slots=10**9),
        "`ngram_slots` is 1000000000",
    ),
    "a function as an argument": (
        run_config(units="__import__('os')"),
        "must be of type int",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_run_folder_that_is_hostile_is_refused(run, tmp_path, marker, name):
    change, message = HOSTILE[name]
    change(run, marker)
    refused(run, tmp_path, message)


def test_what_is_whole_is_loaded(whole, run):
    assert_whole(run)
