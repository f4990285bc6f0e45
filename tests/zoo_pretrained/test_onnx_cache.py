"""Files for ONNX Runtime are whole, ours, few, or not there."""

import os

import filelock
import pytest

from zoo.errors import InputError
from zoo.pretrained import onnx_cache
from zoo.pretrained.onnx_cache import Entry

KEYS = [onnx_cache.key_of({"weights": place}) for place in range(4)]
WHOLE = Entry(b"a file", "")


def made(key=KEYS[0], content=b"a file", wait=False):
    """Whether a file was made."""
    asked = []

    def make(path):
        asked.append(path)
        path.write_bytes(content)
        return {"name": "tiny"}

    onnx_cache.write(key, make, wait=wait)
    return bool(asked)


def test_a_key_is_all_that_a_file_depends_on():
    parts = {"weights": "a", "arguments": {"units": 3, "cell": "gru"}}
    same = {"arguments": {"cell": "gru", "units": 3}, "weights": "a"}
    assert onnx_cache.key_of(parts) == onnx_cache.key_of(same)
    others = [{**parts, "opset": 18}, {**parts, "weights": "b"}]
    others.append({**parts, "arguments": {"units": 4, "cell": "gru"}})
    assert len({*map(onnx_cache.key_of, [parts, *others])}) == 4


def test_a_file_is_made_once(cache):
    assert onnx_cache.read(KEYS[0]) is None
    assert made() and not made()
    assert onnx_cache.read(KEYS[0]) == WHOLE
    assert onnx_cache.read(KEYS[1]) is None
    names = sorted(path.name for path in (cache / "onnx").iterdir())
    assert names == sorted([KEYS[0], "lock"])


def test_that_there_is_none_is_kept_too(cache):
    def refuse(path):
        path.write_bytes(b"half of it")
        return {"refused": "no form"}

    onnx_cache.write(KEYS[0], refuse, wait=False)
    assert onnx_cache.read(KEYS[0]) == Entry(b"", "no form")
    assert not made()


def truncated(folder):
    (folder / "model.onnx").write_bytes(b"a fil")


def exchanged(folder):
    made(KEYS[1], b"another")
    os.replace(folder.with_name(KEYS[1]) / "model.onnx", folder / "model.onnx")


def of_another_key(folder):
    made(KEYS[1], b"another")
    for name in ("model.onnx", "manifest.json"):
        os.replace(folder.with_name(KEYS[1]) / name, folder / name)


def a_link(folder):
    content = folder / "model.onnx"
    os.replace(content, folder.parent / "elsewhere")
    content.symlink_to(folder.parent / "elsewhere")


def without_its_file(folder):
    (folder / "model.onnx").unlink()


def without_its_manifest(folder):
    (folder / "manifest.json").unlink()


def with_no_json(folder):
    (folder / "manifest.json").write_bytes(b"\xff{")


@pytest.mark.parametrize(
    "damage",
    [
        truncated,
        exchanged,
        of_another_key,
        a_link,
        without_its_file,
        without_its_manifest,
        with_no_json,
    ],
)
def test_what_is_damaged_is_made_again(cache, damage):
    made()
    damage(cache / "onnx" / KEYS[0])
    assert onnx_cache.read(KEYS[0]) is None
    assert made()
    assert onnx_cache.read(KEYS[0]) == WHOLE


def test_nothing_of_others_is_removed(cache):
    made()
    folder = cache / "onnx" / KEYS[0]
    (folder / "model.onnx").write_bytes(b"damaged")
    (folder / "mine.txt").touch()
    with pytest.raises(InputError, match="is none of the cache"):
        made()
    assert (folder / "mine.txt").exists()
    (cache / "onnx" / KEYS[1]).symlink_to(folder)
    with pytest.raises(InputError, match="is none of the cache"):
        made(KEYS[1])


def test_what_a_killed_process_left_is_removed(cache):
    draft = cache / "onnx" / "draft"
    draft.mkdir(parents=True)
    (draft / "model.onnx").write_bytes(b"half")
    assert made() and not draft.exists()
    assert onnx_cache.read(KEYS[0]) == WHOLE


def test_a_failure_leaves_nothing(cache):
    def fail(path):
        path.write_bytes(b"half")
        raise InputError("it fails")

    with pytest.raises(InputError, match="it fails"):
        onnx_cache.write(KEYS[0], fail, wait=False)
    assert [path.name for path in (cache / "onnx").iterdir()] == ["lock"]


def test_nobody_waits_for_another_process(cache):
    (cache / "onnx").mkdir(parents=True)
    with filelock.FileLock(cache / "onnx" / "lock"):
        assert not made()
    assert made(wait=True)


def test_a_cache_that_cannot_be_written_to(cache):
    cache.write_bytes(b"a file in its place")
    assert onnx_cache.read(KEYS[0]) is None
    with pytest.raises(OSError):
        made()


def test_what_was_not_used_for_longest_is_removed(cache, monkeypatch):
    monkeypatch.setattr(onnx_cache, "MOST", 2)
    for age, key in enumerate(KEYS[:2]):
        made(key)
        used = 1_000_000 + age
        os.utime(cache / "onnx" / key / "manifest.json", (used, used))
    # The older one is used.
    assert onnx_cache.read(KEYS[0])
    made(KEYS[2])
    left = [onnx_cache.read(key) is not None for key in KEYS]
    assert left == [True, False, True, False]
    monkeypatch.setattr(onnx_cache, "MOST_BYTES", 1)
    made(KEYS[3])
    left = [onnx_cache.read(key) is not None for key in KEYS]
    # The newest stays, however large it is.
    assert left == [False, False, False, True]
