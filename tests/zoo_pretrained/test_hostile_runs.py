"""Run folders, stream states and ONNX files that must not be opened.

The run folders of `HOSTILE` are old ones, whose weights are in `model.keras`.
"""

import io
import json
import os
import pickle
import shutil
import stat
import zipfile

import h5py
import keras
import numpy as np
import pytest
import safetensors.numpy
from hostile import MIB, Command, refused, sparse
from untrained import untrained, write_run

import zoo
from zoo.decoding import stream_file
from zoo.errors import InputError

WEIGHTS, SAFETENSORS = "model.weights.h5", "model.safetensors"


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "run"
    write_run(folder, old=True)
    return folder


@pytest.fixture
def run(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "in" / "run")


@pytest.fixture
def marker(tmp_path):
    return tmp_path / "executed"


def held(run):
    with zipfile.ZipFile(run / "model.keras") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(run, files, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(run / "model.keras", "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def member(name, content, method=zipfile.ZIP_STORED):
    """One file of the archive exchanged, or one more."""

    def change(run, marker):
        pack(run, {**held(run), name: content}, method)

    return change


def without(name):
    def change(run, marker):
        files = held(run)
        del files[name]
        pack(run, files)

    return change


def configured(change):
    """The configuration inside the archive changed."""

    def make(run, marker):
        files = held(run)
        config = json.loads(files["config.json"])
        change(config["config"]["layers"])
        pack(run, {**files, "config.json": json.dumps(config)})

    return make


def layer(**fields):
    return configured(lambda layers: layers[1].update(fields))


def a_lambda(run, marker):
    """What Keras itself writes for a function, which it would run."""
    inputs = keras.Input((3,))
    outputs = keras.layers.Lambda(lambda x: x, output_shape=(3,))(inputs)
    keras.Model(inputs, outputs).save(run / "model.keras")


def linked_member(run, marker):
    files = held(run)
    info = zipfile.ZipInfo("config.json")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(run / "model.keras", "w") as archive:
        for name, content in files.items():
            if name != info.filename:
                archive.writestr(name, content)
        archive.writestr(info, b"/etc/passwd")


def hdf5(change):
    """The weights changed by `h5py`; `change` gets the file and a group."""

    def make(run, marker):
        files = held(run)
        written = io.BytesIO(files[WEIGHTS])
        with h5py.File(written, "r+") as file:
            change(file, file["layers/dense/vars"])
        pack(run, {**files, WEIGHTS: written.getvalue()})

    return make


def put_in(make):
    """Another thing in the place of an array."""

    def change(file, group):
        del group["0"]
        make(file, group)

    return hdf5(change)


def virtual(file, group):
    layout = h5py.VirtualLayout((6, 4), "float32")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (6, 4))
    group.create_virtual_dataset("0", layout)


def references(file, group):
    array = group.create_dataset("0", (6, 4), h5py.ref_dtype)
    array[0, 0] = file.ref


def cycle(file, group):
    group["again"] = file["layers"]


def many_groups(file, group):
    for number in range(25_000):
        group.create_group(f"group_{number}")


def later(file, group):
    """A terabyte of zeros that nobody wrote."""
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
    space = h5py.h5s.create_simple((1 << 19, 1 << 19))
    h5py.h5d.create(group.id, b"0", h5py.h5t.IEEE_F32LE, space, plan)


def external(file, group):
    group.create_dataset(
        "0", (6, 4), "float32", external=[("/etc/passwd", 0, 96)]
    )


def nothing_at_all(file, group):
    del file["layers"]


def run_config(**values):
    def change(run, marker):
        config = json.loads((run / "config.json").read_text())
        config["arguments"].update(values)
        (run / "config.json").write_text(json.dumps(config))

    return change


def bomb_of_chunks(file, group):
    group.create_dataset(
        "0", data=np.zeros((6000, 4000), "float32"), compression="gzip"
    )


def in_place_of(name, make):
    def change(run, marker):
        (run / name).unlink()
        make(run / name)

    return change


def pickle_of(name):
    return lambda run, marker: (run / name).write_bytes(
        pickle.dumps(Command(marker))
    )


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
    "64 layers": (run_config(layers=64), "`layers` is 64, and there are"),
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


def safetensors_of(change):
    """Other arrays, by the paths of their variables, in `model.safetensors`."""

    def make(run, marker):
        path = run / SAFETENSORS
        arrays = safetensors.numpy.load(path.read_bytes())
        change(arrays)
        path.write_bytes(safetensors.numpy.save(arrays))

    return make


HOSTILE_SAFETENSORS = {
    "a pickle": (pickle_of(SAFETENSORS), "cannot be read"),
    "a link": (
        in_place_of(SAFETENSORS, lambda path: path.symlink_to("/dev/zero")),
        "is a link",
    ),
    "a link that leads nowhere": (
        in_place_of(SAFETENSORS, lambda path: path.symlink_to("nowhere")),
        "is a link",
    ),
    "a hard link": (
        lambda run, marker: os.link(run / SAFETENSORS, run.parent / "x"),
        "a second name",
    ),
    "a pipe": (in_place_of(SAFETENSORS, os.mkfifo), "not a plain file"),
    "a terabyte": (sparse(SAFETENSORS, 1 << 40), "is the most"),
    "no numbers": (
        safetensors_of(
            lambda a: a.update({"hidden_0/bias": a["hidden_0/bias"] / 0})
        ),
        "is not finite",
    ),
    "an array more": (
        safetensors_of(lambda a: a.update({"more": np.ones(3, "float32")})),
        "is one too many",
    ),
    "an array less": (
        safetensors_of(lambda a: a.pop("hidden_0/bias")),
        "is missing",
    ),
    "another shape": (
        safetensors_of(lambda a: a.update({"hidden_0/bias": np.ones(3, "f4")})),
        "must have shape",
    ),
    "64-bit numbers": (
        safetensors_of(lambda a: a.update({"hidden_0/bias": np.ones(16)})),
        "must be one of F16",
    ),
    "8192 units": (run_config(units=8192), "must have shape"),
    "a million layers": (run_config(layers=10**6), "`layers` is 1000000"),
}


@pytest.mark.parametrize("name", HOSTILE_SAFETENSORS)
def test_hostile_weights_of_a_run_are_refused(tmp_path, marker, name):
    run = tmp_path / "in" / "run"
    run.parent.mkdir()
    write_run(run)
    change, message = HOSTILE_SAFETENSORS[name]
    with np.errstate(all="ignore"):
        change(run, marker)
    refused(run, tmp_path, message)


def assert_whole(run):
    loaded, model = zoo.load(run).model, untrained("feedforward").model
    for one, other in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_whole_is_loaded(whole, run):
    assert_whole(run)


def test_the_keras_file_of_a_run_with_safetensors_is_not_read(tmp_path):
    """It is for people: whatever is in it, nothing comes of it."""
    write_run(tmp_path / "run")
    assert_whole(tmp_path / "run")
    a_lambda(tmp_path / "run", None)
    assert_whole(tmp_path / "run")
    (tmp_path / "run" / "model.keras").unlink()
    assert_whole(tmp_path / "run")


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(1),
        b"",
        b"PK",
        pytest.param(None, id="objects"),
    ],
)
def test_a_state_that_is_hostile_is_refused(tmp_path, marker, content):
    path = tmp_path / "state.npz"
    if content is None:
        array = np.array([Command(marker)], dtype=object)
        np.savez(path, fingerprint=array, recent=array, undecoded=array)
    else:
        path.write_bytes(content)
    task = untrained("feedforward")
    refused(
        path,
        tmp_path,
        "does not hold the state",
        lambda path: stream_file.load(
            path, [], model=task.model, tokenizer=task.tokenizer
        ),
    )


def onnx_model(where):
    """An ONNX file that takes a tensor's numbers from another file."""
    from onnx import TensorProto, helper

    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "/etc/passwd"), ("length", "16")):
        tensor.external_data.add(key=key, value=value)
    kept = []
    nodes = [helper.make_node("Identity", ["w"], ["y"])]
    if where == "an initialiser":
        kept = [tensor]
    elif where == "an attribute":
        nodes.insert(0, helper.make_node("Constant", [], ["w"], value=tensor))
    else:
        inside = helper.make_graph(
            [helper.make_node("Constant", [], ["z"], value=tensor)],
            "branch",
            [],
            [helper.make_tensor_value_info("z", TensorProto.FLOAT, [4])],
        )
        nodes = [
            helper.make_node(
                "If", ["c"], ["y"], then_branch=inside, else_branch=inside
            )
        ]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("c", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])],
        kept,
    )
    opset = helper.make_opsetid("", 18)
    return helper.make_model(graph, opset_imports=[opset])


@pytest.mark.parametrize(
    "where", ["an initialiser", "an attribute", "a branch"]
)
def test_onnx_with_external_data_is_refused(tmp_path, where):
    onnx = pytest.importorskip("onnx")
    from export.onnx import convert

    path = tmp_path / "model.onnx"
    onnx.save_model(onnx_model(where), path)
    refused(path, tmp_path, "refers to another file", convert.session)


@pytest.mark.parametrize("content", [b"\x80\x04K*.", b"x" * 100])
def test_what_is_no_onnx_file_is_refused(tmp_path, content):
    pytest.importorskip("onnx")
    from export.onnx import convert

    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    refused(path, tmp_path, "model.onnx", convert.session)


def test_onnx_behind_a_link_is_refused(tmp_path):
    pytest.importorskip("onnx")
    from export.onnx import convert

    path = tmp_path / "model.onnx"
    path.symlink_to("/dev/zero")
    with pytest.raises(InputError, match="is a link"):
        convert.session(path)
