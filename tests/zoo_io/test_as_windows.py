"""What Windows does otherwise, played on this system."""

import os
import stat
from pathlib import Path

import pytest
from replaced_folders import OURS, owned, there, write

from zoo.io import exchange, folders
from zoo.io.files import replacing


def test_a_file_that_is_in_use(tmp_path, monkeypatch):
    """Windows does not remove it; what says that it is ours stays too."""
    write(tmp_path / "to", "first")

    def unlink(path, missing_ok=False):
        raise PermissionError(13, "in use")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", unlink)
        files = owned(tmp_path / "to")
        assert not folders.remove(tmp_path / "to", files)
    assert there(tmp_path) == OURS
    assert folders.remove(tmp_path / "to", files)


def test_a_junction_is_a_link(tmp_path, monkeypatch):
    class OfWindows:
        st_mode = stat.S_IFDIR
        st_file_attributes = 0x410

    assert not folders.is_link(tmp_path)
    monkeypatch.setattr(os, "lstat", lambda path: OfWindows)
    assert folders.is_link(tmp_path)


def test_as_windows_does(tmp_path, monkeypatch):
    """It syncs no file that is open for reading alone, and no folder; and
    replaces none that somebody has open, a virus scanner for one.
    """
    fcntl = pytest.importorskip("fcntl")
    fsync, replace = os.fsync, os.replace
    tries = []

    def of_windows(opened):
        if fcntl.fcntl(opened, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise PermissionError(13, "Permission denied")
        fsync(opened)

    def busy(source, target):
        tries.append(target)
        if len(tries) < 3:
            error = PermissionError(13, "in use")
            error.winerror = 32
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "fsync", of_windows)
    monkeypatch.setattr(os, "replace", busy)
    monkeypatch.setattr(exchange, "folders", lambda *_: False)
    with replacing(tmp_path / "file") as draft:
        draft.write_text("x")
    assert len(tries) == 3
    write(tmp_path / "to", "first")
    write(tmp_path / "to", "second")
    assert there(tmp_path) == {"file", *OURS}
