"""Folders take each other's place in one step, and nothing else is lost."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from replaced_folders import OURS, owned, there, write

from zoo.errors import InputError, ZooWarning
from zoo.io import drafts, exchange, folders
from zoo.io.files import write_text
from zoo.io.folders import replacing_folder


@pytest.fixture(params=["exchange", "two renames"])
def to(request, tmp_path, monkeypatch):
    """A folder that was written once, on systems of both kinds."""
    if request.param != "exchange":
        monkeypatch.setattr(exchange, "folders", lambda *_: False)
    write(tmp_path / "to", "first")
    return tmp_path / "to"


def test_a_folder_of_ours_is_replaced(to):
    write(to, "second")
    assert (to / "in" / "file").read_text() == "second"
    assert there(to.parent) == OURS
    assert list(to.parent.iterdir()) == [to]


def add_file(to):
    (to / "in" / "mine").write_text("mine")


def change(to):
    (to / "list").write_text("{}")


def add_link(to):
    (to / "in" / "link").symlink_to(to / "list")


def exchange_folder(to):
    (to / "in" / "file").unlink()
    (to / "in").rmdir()
    (to.parent / "mine").mkdir()
    (to.parent / "mine" / "file").write_text("first")
    (to / "in").symlink_to(to.parent / "mine")


FOREIGN = [add_file, change, add_link, exchange_folder]


@pytest.mark.parametrize("alter", FOREIGN[:1] + FOREIGN[2:])
def test_foreign_before(to, alter):
    alter(to)
    before = there(to.parent)
    with pytest.raises(InputError, match="not replaced|no list"):
        write(to, "second")
    assert there(to.parent) == before


@pytest.mark.parametrize("alter", FOREIGN)
def test_foreign_in_the_meantime(to, alter):
    with pytest.raises(InputError, match="is not replaced"):
        with replacing_folder(to, owned) as draft:
            (draft / "list").write_text("{}")
            alter(to)
            before = there(to)
    assert there(to) == before
    assert not list(to.parent.glob(".*"))


def test_a_file_that_cannot_be_read_meanwhile(to, monkeypatch):
    with pytest.raises(PermissionError):
        with replacing_folder(to, owned) as draft:
            (draft / "list").write_text("{}")
            before = there(to)

            def unreadable(path):
                raise PermissionError(13, "Permission denied", str(path))

            monkeypatch.setattr(folders, "sha256", unreadable)
    assert there(to) == before
    assert (to / "in" / "file").read_text() == "first"


def test_foreign_while_the_old_one_goes(to, monkeypatch):
    """Between the last look and the removal: it stays, and is named."""
    remove = folders.remove

    def late(folder, files):
        (folder / "mine").write_text("mine")
        return remove(folder, files)

    monkeypatch.setattr(folders, "remove", late)
    with pytest.warns(ZooWarning, match="holds what was not in"):
        write(to, "second")
    assert (to / "in" / "file").read_text() == "second"
    (kept,) = to.parent.rglob("mine")
    assert kept.read_text() == "mine"


def make_folder(to):
    to.mkdir()
    (to / "mine").write_text("mine")


@pytest.mark.parametrize(
    "make",
    [make_folder, Path.touch, lambda to: to.symlink_to("elsewhere")],
)
def test_what_appears_in_the_meantime(tmp_path, make):
    to = tmp_path / "to"
    with pytest.raises(InputError, match="appeared in the meantime"):
        with replacing_folder(to) as draft:
            (draft / "file").touch()
            make(to)
            before = there(tmp_path) - {
                str((draft / "file").relative_to(tmp_path))
            }
    assert there(tmp_path) == before


def test_links_are_not_followed(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "to").symlink_to("mine")
    with pytest.raises(InputError, match="is a link"):
        write(tmp_path / "to", "")
    # Links on the way are the user's.
    (tmp_path / "way").symlink_to("mine")
    write(tmp_path / "way" / "to", "")
    assert (tmp_path / "mine" / "to" / "list").is_file()


KILLED = """
import json, os, signal, sys
from pathlib import Path
from zoo.io import exchange, folders
from zoo.io.files import sha256

to, place = Path(sys.argv[1]), sys.argv[2]
real = {name: getattr(os, name) for name in ("rename", "unlink", "rmdir")}
real_exchange = exchange.folders
calls = 0

def killing(function):
    def call(*arguments, **named):
        global calls
        calls += 1
        if calls == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)
    return call

def owned(folder):
    files = json.loads((folder / "list").read_text())
    return {**files, "list": sha256(folder / "list")}

with folders.replacing_folder(to, owned) as draft:
    (draft / "in").mkdir()
    (draft / "in" / "file").write_text("second")
    files = {"in/file": sha256(draft / "in" / "file")}
    (draft / "list").write_text(json.dumps(files))
    for name, function in real.items():
        setattr(os, name, killing(function))
    if place == "exchange":
        exchange.folders = killing(real_exchange)
    else:
        exchange.folders = lambda *_: False
"""


@pytest.mark.process
@pytest.mark.parametrize("place", ["exchange", "two renames"])
def test_killed_at_every_moment(tmp_path, place):
    """What was there or what is new stands there, now or at the next start."""
    for moment in range(1, 12):
        to = tmp_path / str(moment) / "to"
        write(to, "first")
        arguments = [sys.executable, "-c", KILLED, to, place, str(moment)]
        done = subprocess.run(arguments)
        found = to / "in" / "file"
        if place == "exchange":
            assert found.read_text() in ("first", "second")
        # As the next start does, whatever becomes of it.
        with pytest.raises(KeyboardInterrupt):
            with replacing_folder(to, owned):
                raise KeyboardInterrupt
        assert found.read_text() in ("first", "second")
        assert list(to.parent.iterdir()) == [to]
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
    else:
        raise AssertionError("it has more moments")
    assert moment > 3


def test_drafts_of_the_dead_are_swept(tmp_path):
    write_text(tmp_path / "file.txt", "x")
    with drafts.named(tmp_path / "file.txt", file=True) as draft:
        living = draft
        draft.touch()
        dead = tmp_path / draft.name.replace(f"-{os.getpid()}-", "-99999999-")
        dead.touch()
        mine = tmp_path / ".file.txt-draft"
        mine.touch()
        write_text(tmp_path / "file.txt", "y")
        assert living.exists() and mine.exists() and not dead.exists()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="of Linux")
def test_errors_do_not_name_what_is_hidden(tmp_path):
    for path, write_it in (
        ("/proc/mine", lambda: write(Path("/proc/mine"), "")),
        ("/proc/mine.txt", lambda: write_text(Path("/proc/mine.txt"), "")),
    ):
        with pytest.raises(OSError) as caught:
            write_it()
        assert caught.value.filename == path


def test_devices_are_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null"), tmp_path):
        with pytest.raises(InputError, match="not a plain file"):
            write_text(path, "x")


def test_a_long_name(tmp_path):
    path = tmp_path / ("\N{GRINNING FACE}" * 60 + ".txt")
    write_text(path, "x")
    assert path.read_text() == "x"
