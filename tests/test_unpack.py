"""Archives from elsewhere: each a real file, unpacked whole or not at all."""

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import tracemalloc
import zipfile
import zlib

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
PACKERS = {
    "tar": bytes,
    "tar.gz": gzip.compress,
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
}


def zipped(content, top="", method=zipfile.ZIP_DEFLATED, folders=()):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name in folders:
            archive.writestr(name, b"")
        for name, value in content.items():
            archive.writestr(top + name, value)
    return written.getvalue()


def entry(name, size=0, kind=tarfile.REGTYPE, **others):
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    for key, value in others.items():
        setattr(info, key, value)
    return info


def tarred(content, top="", extra=(), form=tarfile.PAX_FORMAT):
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=form) as archive:
        for name, value in content.items():
            # As Python's own `add` has it, which needs an extended header.
            info = entry(top + name, len(value), mtime=1700000000.5)
            archive.addfile(info, io.BytesIO(value))
        for info, value in extra:
            archive.addfile(info, io.BytesIO(value))
    return written.getvalue()


def held(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("top", ["", "imdb/", "./"])
@pytest.mark.parametrize("packer", PACKERS)
def test_a_tar_file_is_unpacked(tmp_path, packer, top):
    (tmp_path / "in").write_bytes(PACKERS[packer](tarred(CONTENT, top)))
    unpack(tmp_path / "in", tmp_path / "out")
    assert held(tmp_path / "out") == CONTENT


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT])
def test_other_forms_of_tar_are_unpacked(tmp_path, form):
    folder = [(entry("top", kind=tarfile.DIRTYPE), b"")]
    content = tarred(CONTENT, "top/", folder, form)
    (tmp_path / "in").write_bytes(content)
    unpack(tmp_path / "in", tmp_path / "out")
    assert held(tmp_path / "out") == CONTENT


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("top", ["", "imdb/"])
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


def link(kind, target="/etc/passwd", name="card.md"):
    return tarred(CONTENT, "", [(entry(name, kind=kind, linkname=target), b"")])


def tar_bomb(packer, name="model.safetensors", size=300 * MIB):
    return packer(tarred({**CONTENT, name: bytes(size)}))


def tar_header(**fields):
    """A header alone, that claims what it likes."""
    info = entry("model.safetensors", **fields)
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(10240)


def extended(**headers):
    info = entry("card.md", 1, pax_headers=headers)
    return tarred(CONTENT, "", [(info, b"x")])


def cut(content, share=0.7):
    return content[: int(len(content) * share)]


def changed(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def xz_of_a_large_dictionary():
    """An xz file whose block header asks for 4 GiB of memory."""
    content = bytearray(lzma.compress(tarred(CONTENT)))
    # Stream header of 12 bytes; block header: size, flags, filter 0x21, 1,
    # dictionary size; its checksum is behind the padding.
    assert content[14] == 0x21
    content[16] = 40
    size = (content[12] + 1) * 4
    checked = zlib.crc32(bytes(content[12 : 12 + size - 4]))
    struct.pack_into("<L", content, 12 + size - 4, checked)
    return bytes(content)


TARS = {packer: PACKERS[packer](tarred(CONTENT)) for packer in PACKERS}
HOSTILE = {
    **{
        f"tar name {n!r}": lambda n=n: tarred({**CONTENT, n: b"x"})
        for n in NAMES
    },
    **{
        f"zip name {n!r}": lambda n=n: zipped({**CONTENT, n: b"x"})
        for n in NAMES
        if n
    },
    "tar symlink": lambda: link(tarfile.SYMTYPE),
    "tar symlink to a neighbour": lambda: link(tarfile.SYMTYPE, "config.json"),
    "tar hard link": lambda: link(tarfile.LNKTYPE),
    "tar hard link to a neighbour": lambda: link(
        tarfile.LNKTYPE, "config.json"
    ),
    "tar device": lambda: link(tarfile.CHRTYPE),
    "tar block device": lambda: link(tarfile.BLKTYPE),
    "tar pipe": lambda: link(tarfile.FIFOTYPE),
    "tar sparse": lambda: link(tarfile.GNUTYPE_SPARSE),
    "tar folder named like a file": lambda: link(tarfile.DIRTYPE),
    "tar twice": lambda: tarred(CONTENT, "", [(entry("config.json", 1), b"x")]),
    "tar two folders": lambda: tarred(
        CONTENT, "a/", [(entry("b/card.md", 1), b"x")]
    ),
    "tar long name": lambda: tarred(
        {**CONTENT, "a" * 200 + "/card.md": b""}, form=tarfile.GNU_FORMAT
    ),
    "tar extended path": lambda: extended(path="../config.json"),
    "tar extended size": lambda: extended(size="99999999999"),
    "tar extended link": lambda: extended(linkpath="/etc/passwd"),
    "tar extended sparse": lambda: extended(**{"GNU.sparse.major": "1"}),
    "tar extended without end": lambda: extended(comment="x" * 20_000),
    "tar terabyte": lambda: tar_header(size=1 << 40),
    "tar gigabytes": lambda: tar_header(size=3 << 30),
    "tar negative": lambda: tar_header(size=-1),
    "tar no manifest": lambda: tarred({"config.json": b"{}"}),
    "tar empty": lambda: tarred({}),
    "tar goes on": lambda: tarred(CONTENT) + b"x",
    "gzip bomb": lambda: tar_bomb(gzip.compress),
    "bzip2 bomb": lambda: tar_bomb(bz2.compress, size=30 * MIB),
    "xz bomb": lambda: tar_bomb(lzma.compress, size=30 * MIB),
    "gzip bomb behind the end": lambda: gzip.compress(
        tarred(CONTENT) + bytes(300 * MIB)
    ),
    "bomb of a long name": lambda: gzip.compress(
        tar_header(kind=tarfile.GNUTYPE_LONGNAME, size=200 * MIB)
        + bytes(200 * MIB)
    ),
    "xz that asks for gigabytes": xz_of_a_large_dictionary,
    **{f"{p} cut": lambda p=p: cut(TARS[p]) for p in PACKERS},
    **{
        f"{p} changed": lambda p=p: changed(TARS[p], len(TARS[p]) // 2)
        for p in list(PACKERS)[1:]
    },
    "gzip checksum changed": lambda: changed(TARS["tar.gz"], -6),
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
    # xz unpacks by a window of 8 MiB.
    assert peak < 12 * MIB
    assert [p.name for p in tmp_path.iterdir()] == ["archive"]


def test_disk_is_not_spent_before_a_bomb_is_refused(tmp_path, monkeypatch):
    """What was written when the refusal came."""
    import zoo.pretrained.archive as module

    written = []
    copy = module._copy

    def counted(read, out, length, what):
        try:
            copy(read, out, length, what)
        finally:
            written.append(out.tell())

    monkeypatch.setattr(module, "_copy", counted)
    path = tmp_path / "archive"
    path.write_bytes(tar_bomb(gzip.compress))
    with pytest.raises(PretrainedError, match="100 times its size"):
        unpack(path, tmp_path / "out")
    assert sum(written) < MIB + 100 * path.stat().st_size


def test_a_folder_that_is_there_is_not_touched(tmp_path):
    (tmp_path / "in").write_bytes(zipped(CONTENT))
    (tmp_path / "out").mkdir()
    with pytest.raises(PretrainedError, match="is there already"):
        unpack(tmp_path / "in", tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_every_size_has_a_bound():
    assert max(LARGEST.values()) <= 1 << 30
