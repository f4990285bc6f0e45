"""Archives from elsewhere: each a real file, unpacked whole or not at all."""

import gzip
import io
import shutil
import stat
import struct
import tarfile
import tracemalloc
import zipfile

import pytest

from zoo.errors import PretrainedError
from zoo.pretrained.archive import unpack
from zoo.pretrained.limits import LARGEST

CONTENT = {
    "manifest.json": b"{}",
    "config.json": b"{}" * 700,
    "model.safetensors": bytes(range(256)) * 40,
    "tokenizer.model": b"",
}
MIB = 1 << 20


def zipped(content, top="", method=zipfile.ZIP_DEFLATED, folders=()):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name in folders:
            archive.writestr(name, b"")
        for name, value in content.items():
            archive.writestr(top + name, value)
    return written.getvalue()


def tarred(content):
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, value in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(value)
            archive.addfile(info, io.BytesIO(value))
    return written.getvalue()


def held(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("top", ["", "imdb/", "./"])
def test_a_zip_file_is_unpacked(tmp_path, top, method):
    content = zipped(CONTENT, top, method, [top] if top else [])
    (tmp_path / "in").write_bytes(content)
    unpack(tmp_path / "in", tmp_path / "out")
    assert held(tmp_path / "out") == CONTENT


NAMES = [
    "../config.json",
    "/etc/passwd",
    "/config.json",
    "a/../../config.json",
    "a/b/config.json",
    "..\\config.json",
    "C:\\config.json",
    "model.pkl",
    "Config.json",
    "config.json ",
    "config.json/x",
    "__init__.py",
    "",
]


def renamed(old, new):
    """A ZIP file's bytes with another name in them, of the same length."""
    content = zipped({**CONTENT, "config.json": b"x"})
    assert content.count(old) == 2 and len(old) == len(new)
    return content.replace(old, new)


def zip_entry(mode=0, **others):
    """One entry more, whose system says what it is."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, value in CONTENT.items():
            archive.writestr(name, value)
        info = zipfile.ZipInfo("card.md")
        info.create_system = 3
        info.external_attr = mode << 16
        archive.writestr(info, b"/etc/passwd")
    return written.getvalue()


def zip_field(offset, form, value, signature=b"PK\x01\x02"):
    """A number in the directory's first entry changed."""
    content = bytearray(zipped({"config.json": b"x" * 100, **CONTENT}))
    struct.pack_into(form, content, content.index(signature) + offset, value)
    return bytes(content)


def zip_twice():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        with pytest.warns(UserWarning, match="Duplicate name"):
            for _ in range(2):
                archive.writestr("config.json", b"{}")
    return written.getvalue()


def zip_overlapping():
    """Two entries of the directory that show the same bytes."""
    content = zipped({"config.json": b"x" * 99, "card.md": b"y" * 99})
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    changed = bytearray(content)
    struct.pack_into("<L", changed, second + 42, 0)
    return bytes(changed)


def zip64():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, value in CONTENT.items():
            archive.writestr(name, value)
        # What the library does for directories behind 4 GiB.
        archive._allowZip64 = True
        zipfile.ZIP64_LIMIT, kept = 1, zipfile.ZIP64_LIMIT
        try:
            archive.close()
        finally:
            zipfile.ZIP64_LIMIT = kept
    return written.getvalue()


def many_entries():
    return zipped({f"{number:030}": b"" for number in range(2000)})


def cut(content, share=0.7):
    return content[: int(len(content) * share)]


HOSTILE = {
    **{
        f"zip name {n!r}": lambda n=n: zipped({**CONTENT, n: b"x"})
        for n in NAMES
        if n
    },
    # No other archive is read, a good one neither.
    "tar": lambda: tarred(CONTENT),
    "tar.gz": lambda: gzip.compress(tarred(CONTENT)),
    "gzip bomb": lambda: gzip.compress(bytes(300 * MIB)),
    "zip symlink": lambda: zip_entry(stat.S_IFLNK | 0o777),
    "zip device": lambda: zip_entry(stat.S_IFCHR | 0o600),
    "zip twice": zip_twice,
    "zip overlapping": zip_overlapping,
    "zip two folders": lambda: zipped({**CONTENT, "a/card.md": b""}),
    "zip NUL in a name": lambda: renamed(b"config.json", b"config\0json"),
    "zip bomb": lambda: zipped(
        {**CONTENT, "model.safetensors": bytes(200 * MIB)}
    ),
    "zip terabyte": lambda: zip_field(24, "<L", 0xFFFFFFF0),
    "zip declares more": lambda: zip_field(24, "<L", 200),
    "zip declares less": lambda: zip_field(24, "<L", 50),
    "zip encrypted": lambda: zip_field(8, "<H", 1),
    "zip packed by bzip2": lambda: zipped(CONTENT, method=zipfile.ZIP_BZIP2),
    "zip packed in no way": lambda: zip_field(10, "<H", 97),
    "zip checksum changed": lambda: zip_field(16, "<L", 7),
    "zip many entries": many_entries,
    "zip64": zip64,
    "zip comment": lambda: zipped(CONTENT)[:-2] + b"\x01\x00x",
    "zip cut": lambda: cut(zipped(CONTENT)),
    "zip no manifest": lambda: zipped({"config.json": b"{}"}),
    "zip empty": lambda: zipped({}),
    "nothing": lambda: b"",
    "a pickle": lambda: b"\x80\x04K*.",
    "two letters": lambda: b"PK",
    "zeros": lambda: bytes(4096),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused(tmp_path, name):
    path = tmp_path / "archive"
    path.write_bytes(HOSTILE[name]())
    tracemalloc.start()
    try:
        with pytest.raises(PretrainedError, match="archive"):
            unpack(path, tmp_path / "out")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB
    assert [p.name for p in tmp_path.iterdir()] == ["archive"]


def test_disk_is_not_spent_before_a_bomb_is_refused(tmp_path, monkeypatch):
    """The sizes are looked at before the first entry is unpacked."""

    def not_yet(*_):
        raise AssertionError("unpacked")

    monkeypatch.setattr(shutil, "copyfileobj", not_yet)
    path = tmp_path / "archive"
    bomb = zipped({**CONTENT, "model.safetensors": bytes(200 * MIB)})
    path.write_bytes(bomb)
    with pytest.raises(PretrainedError, match="more than 100 times"):
        unpack(path, tmp_path / "out")


def test_a_folder_that_is_there_is_not_touched(tmp_path):
    (tmp_path / "in").write_bytes(zipped(CONTENT))
    (tmp_path / "out").mkdir()
    with pytest.raises(PretrainedError, match="is there already"):
        unpack(tmp_path / "in", tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_every_size_has_a_bound():
    assert max(LARGEST.values()) <= 1 << 30
