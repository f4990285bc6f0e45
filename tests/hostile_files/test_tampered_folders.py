"""Pretrained folders with no plain files, or with a byte changed by chance."""

import os
import pickle
import shutil
import socket

import pytest
from hostile import MIB, Command, in_place_of, refused, sparse

import zoo
from zoo.errors import PretrainedError
from zoo.pretrained import golden_difference, manifest
from zoo.pretrained.limits import LARGEST

GIB = 1 << 30


def linked(name):
    def make(folder, marker):
        outside = folder.parent / "outside"
        shutil.move(folder / name, outside)
        (folder / name).symlink_to(outside)

    return make


def hard_linked(name):
    return lambda folder, marker: os.link(
        folder / name, folder.parent / "outside"
    )


def a_socket(path):
    # Their names are short.
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


KINDS = {
    **{
        f"a link for {name}": (linked(name), "is a link")
        for name in ("manifest.json", "config.json", "model.safetensors")
    },
    **{
        f"a hard link for {name}": (hard_linked(name), "a second name")
        for name in ("manifest.json", "card.md", "model.safetensors")
    },
    "a link to a device": (
        in_place_of("card.md", lambda path: path.symlink_to("/dev/zero")),
        "is a link",
    ),
    "a link to itself": (
        in_place_of("card.md", lambda path: path.symlink_to(path)),
        "is a link",
    ),
    "a pipe": (in_place_of("config.json", os.mkfifo), "not a plain file"),
    "a pipe for a manifest": (
        in_place_of("manifest.json", os.mkfifo),
        "not a plain file",
    ),
    "a folder": (
        in_place_of("model.safetensors", lambda path: path.mkdir()),
        "not a plain file",
    ),
    "a socket": (in_place_of("golden.npz", a_socket), "not a plain file"),
    "a gigabyte of nesting": (
        sparse("manifest.json", GIB, b"[" * MIB),
        f"has {GIB} bytes",
    ),
    "a gigabyte of nesting in config.json": (
        sparse("config.json", GIB, b"[" * MIB),
        f"has {GIB} bytes",
    ),
    "a gigabyte of vocabulary": (
        sparse("tokenizer.json", GIB, b'{"vocabulary": ["'),
        f"has {GIB} bytes",
    ),
    "a terabyte of weights": (
        sparse("model.safetensors", 1 << 40),
        "bytes; 1073741824 is the most",
    ),
    "a gigabyte of golden logits": (sparse("golden.npz", GIB), "is the most"),
    "a gigabyte of card": (sparse("card.md", GIB), "is the most"),
}


@pytest.mark.parametrize("name", KINDS)
def test_what_is_no_plain_file_is_refused(folder, tmp_path, marker, name):
    change, message = KINDS[name]
    change(folder, marker)
    refused(folder, tmp_path, message)


@pytest.mark.parametrize("builder", ["feedforward", "translator"])
def test_what_is_whole_is_loaded(pretrained_folders, builder):
    assert golden_difference(zoo.load(pretrained_folders[builder])) == 0


@pytest.mark.parametrize("name", LARGEST)
def test_a_changed_byte_anywhere_is_noticed(pretrained_folders, tmp_path, name):
    held = [f for f in pretrained_folders.values() if (f / name).exists()]
    if not held:
        pytest.skip("no model here has such a file")
    folder = shutil.copytree(held[-1], tmp_path / "tiny")
    path = folder / name
    whole = path.read_bytes()
    # Every byte of the manifest, some hundred of the others.
    step = 1 if name == "manifest.json" else len(whole) // 100 + 1
    for place in range(0, len(whole), step):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(PretrainedError):
            zoo.load(folder)
    path.write_bytes(whole + b"\0")
    with pytest.raises(PretrainedError):
        zoo.load(folder)


def test_each_file_is_read_once(folder, monkeypatch):
    """What is parsed is what was hashed, whatever lies there by then."""
    read = []
    plain = manifest.read_plain

    def once(path, *others):
        read.append(path.name)
        content = plain(path, *others)
        path.write_bytes(b"exchanged")
        return content

    monkeypatch.setattr(manifest, "read_plain", once)
    assert zoo.load(folder).predict(["the quiet film"])[0]["label"] in (
        "good",
        "bad",
    )
    assert sorted(read) == sorted(set(LARGEST) & set(read))


def test_what_lies_beside_is_not_touched(folder, marker):
    (folder / "__init__.py").write_text(f"import os; os.mkdir('{marker}')")
    (folder / "model.pkl").write_bytes(pickle.dumps(Command(marker)))
    (folder / "tokenizer.model").symlink_to("/dev/zero")
    zoo.load(folder)
    assert not marker.exists()
