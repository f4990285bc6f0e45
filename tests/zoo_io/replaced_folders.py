"""Folders of a kind that says which of its files are its own."""

import json

from zoo.errors import InputError
from zoo.io.files import sha256
from zoo.io.folders import replacing_folder


def owned(folder):
    """A file `list` says what is ours, and is so itself."""
    if not (folder / "list").is_file():
        raise InputError("no list")
    files = json.loads((folder / "list").read_text())
    return {**files, "list": sha256(folder / "list")}


def write(folder, text):
    with replacing_folder(folder, owned) as draft:
        (draft / "in").mkdir()
        (draft / "in" / "file").write_text(text)
        files = {"in/file": sha256(draft / "in" / "file")}
        (draft / "list").write_text(json.dumps(files))


def there(folder):
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.is_dir() or path.is_symlink()
    }


OURS = {"to/in/file", "to/list"}
