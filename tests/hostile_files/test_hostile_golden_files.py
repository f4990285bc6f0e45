"""Pretrained folders whose `golden.npz` is hostile, and sealed."""

import io
import struct
import zipfile

import numpy as np
import pytest
from hostile import MIB, Command, pickled, refused
from sealing import put

import zoo
from zoo.pretrained import golden_difference


def golden(**others):
    """Arrays of the golden file changed; `None` leaves one out."""

    def make(folder, marker):
        with np.load(folder / "golden.npz") as file:
            arrays = {**file, **others}
        written = io.BytesIO()
        kept = {name: a for name, a in arrays.items() if a is not None}
        np.savez(written, **kept)
        put(folder, "golden.npz", written.getvalue())

    return make


def golden_objects(folder, marker):
    written = io.BytesIO()
    array = np.array([Command(marker)], dtype=object)
    np.savez(written, token_ids=array, logits=array)
    put(folder, "golden.npz", written.getvalue())


def npy(header, data=b""):
    header = header.encode() + b"\n"
    size = struct.pack("<H", len(header))
    return b"\x93NUMPY\x01\x00" + size + header + data


def golden_members(method=zipfile.ZIP_STORED, **members):
    def make(folder, marker):
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", method) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        put(folder, "golden.npz", written.getvalue())

    return make


LARGE = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s,), }"
GOLDEN = {
    "a pickle": (pickled("golden.npz"), "no ZIP file"),
    "pickled objects": (golden_objects, "no array of plain numbers"),
    "code in a header": (
        golden_members(**{"logits.npy": npy("__import__('os').mkdir('x')")}),
        "no array of plain numbers",
    ),
    "a shape of terabytes": (
        golden_members(**{"logits.npy": npy(LARGE % (1 << 40))}),
        "no array of plain numbers",
    ),
    "a shape beyond all numbers": (
        golden_members(**{"logits.npy": npy(LARGE % ("9" * 4000))}),
        "no array of plain numbers",
    ),
    "a bomb": (
        golden_members(zipfile.ZIP_DEFLATED, **{"logits.npy": bytes(60 * MIB)}),
        "more than 100 times",
    ),
    "a larger one": (
        golden_members(zipfile.ZIP_DEFLATED, **{"logits.npy": bytes(80 * MIB)}),
        "is the most",
    ),
    "a path": (golden_members(**{"../logits.npy": b""}), "and nothing else"),
    "an absolute path": (golden_members(**{"/logits.npy": b""}), "nothing"),
    "a name more": (golden(evil=np.zeros(3)), "and nothing else"),
    "no logits": (golden(logits=None), "must hold <f4"),
    "no ids": (golden(token_ids=None), "must hold <i4"),
    "other types": (golden(logits=np.zeros((5, 2))), "no array of plain"),
    "ids that are floats": (
        golden(token_ids=np.zeros((5, 3), "float32")),
        "must hold <i4",
    ),
    "ids of one axis": (
        golden(token_ids=np.zeros(5, "int32")),
        "of 1 to 200 ids",
    ),
    "ids below 0": (golden(token_ids=-np.ones((5, 2), "int32")), "rows of ids"),
    "ids beyond the vocabulary": (
        golden(token_ids=np.full((5, 2), 10**6, "int32")),
        "ids of the model",
    ),
    "other rows": (golden(token_ids=np.zeros((4, 2), "int32")), "must be ids"),
    "other logits": (golden(logits=np.zeros((5, 9), "float32")), "of shape"),
    "no rows": (
        golden(
            token_ids=np.zeros((0, 4), "int32"),
            logits=np.zeros((0, 2), "float32"),
        ),
        "must be 1 to 25 rows of 1 to 200 ids",
    ),
    "no steps": (
        golden(
            token_ids=np.zeros((5, 0), "int32"),
            logits=np.zeros((5, 2), "float32"),
        ),
        "must be 1 to 25 rows",
    ),
    "many steps": (
        golden(
            token_ids=np.zeros((1, 1 << 20), "int32"),
            logits=np.zeros((1, 2), "float32"),
        ),
        "must be 1 to 25 rows",
    ),
    "many rows": (
        golden(
            token_ids=np.zeros((1 << 20, 1), "int32"),
            logits=np.zeros((1 << 20, 2), "float32"),
        ),
        "must be 1 to 25 rows",
    ),
    "NaN": (golden(logits=np.full((5, 2), np.nan, "float32")), "finite"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_golden_file_that_is_hostile_is_refused(
    folder, tmp_path, marker, name
):
    change, message = GOLDEN[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


def test_a_golden_file_exchanged_after_loading_is_refused(
    folder, tmp_path, marker
):
    trained = zoo.load(folder)
    assert golden_difference(trained) == 0
    golden_objects(folder, marker)
    refused(trained, tmp_path, "no array of plain", golden_difference)
