"""The cache: nothing but what was asked for comes out of it, or is removed."""

import os
import shutil
import time
from pathlib import Path

import filelock
import pytest
from fetching import digest, left, zipped
from servers import send, serving

import zoo
import zoo.pretrained.leftovers as leftovers
from zoo.cli.main import main
from zoo.errors import InputError
from zoo.io import drafts
from zoo.pretrained import manifest

pytest.importorskip("pooch")
pytest.importorskip("requests")


class Source:
    """The address of a model, and how often it was asked for."""

    def __init__(self, url, archive):
        self.asked, self.archive = 0, archive
        self.address = f"{url}/x.zip#sha256={digest(archive)}"

    def load(self):
        return zoo.load(self.address)


@pytest.fixture
def source(archive, cache):
    def answer(request):
        source.asked += 1
        send(request, archive)

    with serving(answer) as url:
        source = Source(url, archive)
        yield source


@pytest.fixture
def other(small, tmp_path):
    """Another folder that is whole in itself, and its archive."""
    folder = shutil.copytree(small, tmp_path / "other" / "small")
    content = manifest.read(folder)
    for name in ("format", "checksum"):
        del content[name]
    manifest.write(folder / "manifest.json", {**content, "name": "other"})
    return folder


def exchanged_folder(place, other):
    for path in other.iterdir():
        shutil.copy(path, place / path.name)


def exchanged_archive(place, other):
    files = {path.name: path.read_bytes() for path in other.iterdir()}
    (place / "archive.zip").write_bytes(zipped(files))


def exchanged_both(place, other):
    exchanged_folder(place, other)
    exchanged_archive(place, other)


def no_archive(place, other):
    """As earlier versions left it."""
    (place / "archive.zip").unlink()


def a_file_more(place, other):
    # What a run folder would have, and `evaluate` would read.
    (place / "tmpsplit").write_text("{}")


def a_link(place, other):
    shutil.copytree(other, place.parent / "elsewhere")
    (place / "card.md").unlink()
    (place / "card.md").symlink_to(place.parent / "elsewhere" / "card.md")


@pytest.mark.parametrize(
    "change",
    [
        exchanged_folder,
        exchanged_archive,
        exchanged_both,
        no_archive,
        a_file_more,
        a_link,
    ],
)
def test_a_cache_that_was_changed_is_not_used(
    small, archive, cache, other, monkeypatch, change
):
    monkeypatch.setenv("RECURRENT_ZOO_OFFLINE", "1")
    place = shutil.copytree(small, cache / "https" / digest(archive))
    (place / "archive.zip").write_bytes(archive)
    change(place, other)
    with pytest.raises(InputError, match="is damaged in the cache"):
        zoo.load("https://a.example/x.zip", digest(archive))


def test_a_cache_that_was_changed_is_fetched_again(source, other, capsys):
    place = source.load().folder
    exchanged_both(place, other)
    capsys.readouterr()
    assert source.load().name == "small" and source.asked == 2
    assert "is fetched again: " in capsys.readouterr().err
    assert (place / "archive.zip").read_bytes() == source.archive


def test_a_users_file_in_the_cache_is_not_removed(source):
    place = source.load().folder
    (place / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="mine.txt is nothing that fetching"):
        source.load()
    assert (place / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("suffix", ["", ".draft"])
def test_a_link_in_the_cache_is_not_followed(source, cache, suffix):
    elsewhere = cache.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "card.md").write_text("mine")
    place = cache / "https" / source.address[-64:]
    place.parent.mkdir(parents=True)
    Path(f"{place}{suffix}").symlink_to(elsewhere)
    with pytest.raises(InputError, match="is nothing that fetching a model"):
        source.load()
    assert (elsewhere / "card.md").read_text() == "mine"


def test_leftovers_are_swept(source, cache):
    https, hub = cache / "https", cache / "hf" / "me--small"
    dead, running, mine = (https / f"{c * 64}.draft" for c in "abc")
    old, fresh = (hub / f"{c * 40}.part" for c in "ab")
    for folder in (dead, running, mine, old, fresh):
        (folder / "folder").mkdir(parents=True)
        (folder / "tmpab12").write_text("half a model")
        (folder / "folder" / "card.md").write_text("a card")
    # Killed while it was unpacked.
    with drafts.named(dead / "folder", file=False) as draft:
        (draft / "new").mkdir(parents=True)
        (draft / "new" / "card.md").write_text("half a model")
    (mine / "mine.txt").write_text("mine")
    elsewhere = cache.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "card.md").write_text("mine")
    (dead / "folder" / "golden.npz").symlink_to(elsewhere / "card.md")
    (https / f"{'d' * 64}.draft").symlink_to(elsewhere)
    (https / "notes.draft").mkdir()
    week = time.time() - leftovers._OLD - 1
    os.utime(old, (week, week))
    with filelock.FileLock(https / f"{'b' * 64}.lock"):
        source.load()
    assert not dead.exists() and not old.exists()
    for folder in (running, mine, fresh):
        assert (folder / "tmpab12").exists()
    assert (elsewhere / "card.md").read_text() == "mine"
    assert (https / f"{'d' * 64}.draft").is_symlink()
    assert (https / "notes.draft").is_dir()


@pytest.mark.parametrize("make", ["file", "file within", "dangling", "device"])
def test_a_cache_that_cannot_be_used(source, cache, capsys, make):
    if make == "file":
        cache.write_text("mine")
    elif make == "file within":
        cache.mkdir()
        (cache / "https").write_text("mine")
    else:
        cache.symlink_to("/nowhere" if make == "dangling" else "/dev/null")
    assert main(["predict", source.address, "good"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"The cache {cache} cannot be used" in line
    assert "RECURRENT_ZOO_CACHE" in line


def test_a_cache_without_room(source, cache, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(InputError, match="cannot be used: No space left"):
        source.load()
    assert not left(cache)
