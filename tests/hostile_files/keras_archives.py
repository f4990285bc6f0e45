"""Changes of a run's `model.keras`: of its ZIP file, and of the HDF5 in it."""

import io
import json
import stat
import zipfile

import h5py
import keras
import numpy as np

WEIGHTS = "model.weights.h5"


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


def bomb_of_chunks(file, group):
    group.create_dataset(
        "0", data=np.zeros((6000, 4000), "float32"), compression="gzip"
    )
