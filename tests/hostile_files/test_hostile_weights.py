"""Pretrained folders whose `model.safetensors` is hostile, and sealed."""

import io
import json
import pickle
import struct
import zipfile

import numpy as np
import pytest
import safetensors.numpy
from hostile import Command, pickled, refused
from sealing import put


def tensors(change):
    """A change of the header's objects, by name, and of the bytes."""

    def make(folder, marker):
        content = (folder / "model.safetensors").read_bytes()
        (length,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + length])
        rest = content[8 + length :]
        rest = change(header, rest) or rest
        put(folder, "model.safetensors", safe(json.dumps(header), rest))

    return make


def safe(header, rest, length=None):
    encoded = header.encode()
    length = len(encoded) if length is None else length
    return struct.pack("<Q", length) + encoded + rest


def first(**fields):
    """Fields of the first tensor in the file changed."""

    def change(header, rest):
        name = min(header, key=lambda name: header[name]["data_offsets"])
        header[name].update(fields)

    return tensors(change)


def shifted(by):
    """The second tensor's offsets moved."""

    def change(header, rest):
        names = sorted(header, key=lambda name: header[name]["data_offsets"])
        fields = header[names[1]]
        fields["data_offsets"] = [one + by for one in fields["data_offsets"]]

    return tensors(change)


def all_at_once(header, rest):
    """Every tensor shows the same bytes."""
    for fields in header.values():
        size = fields["data_offsets"][1] - fields["data_offsets"][0]
        fields["data_offsets"] = [0, size]


def many(header, rest):
    for number in range(5000):
        header[f"x{number}"] = header[next(iter(header))]


def reserialised(change):
    """The weights changed, and written by the library."""

    def make(folder, marker):
        path = folder / "model.safetensors"
        weights = safetensors.numpy.load(path.read_bytes())
        change(weights)
        put(folder, path.name, safetensors.numpy.save(weights))

    return make


def filled(value):
    def change(weights):
        next(iter(weights.values())).flat[1] = value

    return change


def renamed(weights):
    weights["../kernel"] = weights.pop(next(iter(weights)))


def transposed(weights):
    name = next(name for name in weights if "embeddings" in name)
    weights[name] = np.ascontiguousarray(weights[name].T)


def raw(content):
    return lambda folder, marker: put(folder, "model.safetensors", content)


def torch_like(folder, marker):
    """A checkpoint as another library writes them: a ZIP file of a pickle."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Command(marker)))
    put(folder, "model.safetensors", written.getvalue())


def keyed_twice(folder, marker):
    content = (folder / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = content[8 : 8 + length].decode().strip()
    name = next(iter(json.loads(header)))
    fields = json.dumps(json.loads(header)[name])
    header = f'{{"{name}": {fields}, {header[1:]}'
    rest = content[8 + length :]
    put(folder, "model.safetensors", safe(header, rest))


# What the library refuses, in its own words.
UNREADABLE = "cannot be read: Error"
WEIGHTS = {
    "a pickle": (pickled("model.safetensors"), "cannot be read"),
    "a checkpoint of pickles": (torch_like, "cannot be read"),
    "nothing": (raw(b""), "cannot be read"),
    "seven bytes": (raw(b"\x02\0\0\0\0\0\0"), "cannot be read"),
    "a header of 2**63 bytes": (raw(safe("{}", b"", 1 << 63)), "header has"),
    "a header longer than the file": (raw(safe("{}", b"", 3)), "header has"),
    "no JSON": (raw(safe("nonsense", b"")), "must be JSON"),
    "deep nesting": (raw(safe('{"a":' * 90_000, b"")), "must be JSON"),
    "no weights": (raw(safe("{}", b"")), "there are 0 weights"),
    "a name twice": (keyed_twice, "stands twice"),
    "a list as a tensor": (raw(safe('{"a": []}', b"")), "must have `dtype`"),
    "a shape of terabytes": (first(shape=[1 << 21, 1 << 21]), UNREADABLE),
    "a shape beyond 64 bits": (first(shape=[1 << 60, 16]), UNREADABLE),
    "a shape that wraps around": (first(shape=[1 << 32, 1 << 32]), UNREADABLE),
    "a negative shape": (first(shape=[-1, -90]), UNREADABLE),
    "an empty shape": (first(shape=[0]), UNREADABLE),
    "an empty array": (
        reserialised(lambda w: w.update(x=np.ones((2, 0), "float16"))),
        "none of them empty",
    ),
    "a float as a shape": (first(shape=[90.0]), UNREADABLE),
    "true as a shape": (first(shape=[True]), UNREADABLE),
    "many axes": (
        reserialised(lambda w: w.update(x=np.ones([1] * 5, "float16"))),
        "at most 4 axes",
    ),
    "no axes, in 8 bits": (
        reserialised(
            lambda w: w.update(
                {"x": np.ones((), "int8"), "x:scale": np.ones((), "float32")}
            )
        ),
        "x:scale must be F32",
    ),
    "negative offsets": (first(data_offsets=[-180, 0]), UNREADABLE),
    "offsets the wrong way": (first(data_offsets=[90, 0]), UNREADABLE),
    "oversized offsets": (first(data_offsets=[0, 1 << 40]), UNREADABLE),
    "three offsets": (first(data_offsets=[0, 1, 2]), UNREADABLE),
    "an overlap": (shifted(-2), UNREADABLE),
    "a gap": (shifted(2), UNREADABLE),
    "all at one place": (tensors(all_at_once), UNREADABLE),
    "bytes left over": (tensors(lambda h, rest: rest + b"x" * 64), UNREADABLE),
    "bytes missing": (tensors(lambda h, rest: rest[:-2]), UNREADABLE),
    "far too many": (tensors(many), UNREADABLE),
    "an unknown type": (first(dtype="PICKLE"), UNREADABLE),
    "a type of 64 bits": (
        reserialised(lambda w: w.update(x=np.ones(3))),
        "must be one of F16",
    ),
    "a list as a type": (first(dtype=["F16"]), UNREADABLE),
    "a header of a list": (raw(safe("[]", b"")), "must hold a JSON object"),
    "a field more": (first(code="x"), "must have `dtype`"),
    "an escape in a name": (
        raw(safe('{"\\u001b[2J": {}}', b"")),
        "control character",
    ),
    "NaN": (reserialised(filled(np.nan)), "is not finite"),
    "an infinity": (reserialised(filled(-np.inf)), "is not finite"),
    "a weight more": (
        reserialised(lambda w: w.update(x=np.ones(3, "float16"))),
        "one too many",
    ),
    "a weight less": (reserialised(lambda w: w.popitem()), "is missing"),
    "another name": (reserialised(renamed), "one too many"),
    "another shape": (reserialised(transposed), "must have shape"),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_are_hostile_are_refused(folder, tmp_path, marker, name):
    change, message = WEIGHTS[name]
    change(folder, marker)
    refused(folder, tmp_path, message)
