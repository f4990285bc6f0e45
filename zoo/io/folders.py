"""Folders that take each other's place in one step, and lose nothing.

Beside the destination stands, until all is done, a folder of ours (see
`zoo.io.drafts`) with

    new/    what is being written
    whole/  the same when it is finished; after the exchange, what was before
    old/    what was before, where the system cannot exchange two folders

A process that is killed leaves at the destination either what was before or
what is new. Where the system cannot exchange, there is a moment at which
nothing stands there; the next `replacing_folder` puts what was before back.

What is removed is what a manifest of ours names, as long as it has the hash
that stands there. Links are not followed.
"""

import contextlib
import os
import shutil
import stat
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from zoo.errors import InputError, ZooWarning
from zoo.io import drafts, exchange
from zoo.io.files import sha256, sync, sync_folder, waiting
from zoo.io.named_errors import naming

# Of a folder of ours, the SHA-256 of each file by its path in it, that of the
# manifest that says so last; an error for a folder that is not ours.
Owned = Callable[[Path], dict[str, str]]
# `stat.FILE_ATTRIBUTE_REPARSE_POINT`, which other systems do not name.
_REPARSE_POINT = 0x400


@contextlib.contextmanager
def replacing_folder(path: Path, owned: Owned | None = None) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of `path` at the end.

    On an error `path` stays as it was and nothing is left beside it.

    Args:
        path: where to. It may be missing or empty.
        owned: says what of a folder that stands there may be removed; without
            it, none may stand there.

    Raises:
        InputError: if `path` is a link or holds anything else, now or by the
            time that the new folder is done.
    """
    path = _whole_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in drafts.dead_folders(path):
        _recover(left, path)
        _clear(left, owned)
    before = check_replaceable(path, owned)
    with drafts.named(path, file=False) as work:
        draft = work / "new"
        try:
            with naming(path, work):
                draft.mkdir(parents=True)
            with naming(path, draft):
                yield draft
            _sync(draft)
            if before:
                _replace(draft, path, before)
            else:
                _move(draft, path)
            sync_folder(path.parent)
        finally:
            _recover(work, path)
            _clear(work, owned)


def check_replaceable(path: Path, owned: Owned | None = None) -> dict[str, str]:
    """What of a folder may be removed, if that is all of it.

    Args: as `replacing_folder`.

    Returns:
        The SHA-256 of each file by its path; nothing for a folder that is
        missing or empty.

    Raises:
        InputError: if `path` is a link, a file, or holds anything else.
    """
    path = _whole_path(path)
    if is_link(path):
        raise InputError(f"{path} is a link. Give the folder itself.")
    if not path.exists():
        return {}
    if not path.is_dir():
        raise InputError(f"{path} is not a folder. Choose another.")
    if not any(path.iterdir()):
        return {}
    if owned is None:
        raise InputError(f"{path} exists already. Choose another folder.")
    files = owned(path)
    _refuse_foreign(path, path, files)
    return files


def sweep(path: Path) -> None:
    """Removes what killed processes have left half written of a folder."""
    for left in drafts.dead_folders(path):
        _clear(left, None)


def remove(folder: Path, files: dict[str, str]) -> bool:
    """Removes files of ours, and the folders that are empty then.

    Args:
        folder: where they are.
        files: the SHA-256 of each by its path in the folder, the manifest
            last; one that has another is left, as is all else.

    Returns:
        Whether the folder is gone.
    """
    if is_link(folder):
        return False
    found = {
        inside.relative_to(folder).as_posix(): inside
        for inside, kind in _walk(folder)
        if kind == "file"
    }
    try:
        for name, digest in files.items():
            if name in found and _is(found[name], digest):
                found[name].unlink()
    except (InputError, OSError):
        # Windows removes no file that somebody has open. The manifest stays.
        return False
    for inside, kind in reversed(list(_walk(folder))):
        if kind == "folder":
            with contextlib.suppress(OSError):
                inside.rmdir()
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()


def is_link(path: Path) -> bool:
    """Whether a path leads elsewhere; on Windows also as a junction."""
    try:
        about = os.lstat(path)
    except OSError:
        return False
    # Of Windows alone.
    attributes = getattr(about, "st_file_attributes", 0)
    return stat.S_ISLNK(about.st_mode) or bool(attributes & _REPARSE_POINT)


def _whole_path(path: Path) -> Path:
    """Without links on the way to it; what stands there may be one."""
    path = Path(path)
    if path.name in ("", ".."):
        path = path.resolve()
    path = path.parent.resolve() / path.name
    if path == Path.cwd():
        raise InputError(f"{path} is the folder that this runs in.")
    return path


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """All that is in a folder, and what each is; outer ones come first."""
    for inside in sorted(folder.iterdir()):
        if is_link(inside):
            yield inside, "link"
        elif inside.is_dir():
            yield inside, "folder"
            yield from _walk(inside)
        else:
            yield inside, "file" if inside.is_file() else "device"


def _is(path: Path, digest: str | None) -> bool:
    return digest is not None and sha256(path) == digest


def _refuse_foreign(folder: Path, path: Path, files: dict[str, str]) -> None:
    """An error for what is in a folder and not among `files`.

    Args:
        folder: where it is now.
        path: what it is called in the message.
        files: the SHA-256 of each file by its path.
    """
    for inside, kind in _walk(folder):
        name = inside.relative_to(folder).as_posix()
        if kind == "folder" or kind == "file" and _is(inside, files.get(name)):
            continue
        what = "was changed" if name in files else "is not of its making"
        raise InputError(
            f"{path} is not replaced: {name} in it {what}. Move that away, or "
            "choose another folder."
        )


def _move(draft: Path, path: Path) -> None:
    """Puts a folder where nothing is, or an empty one."""
    if is_link(path):
        raise _appeared(path)
    # Windows puts nothing in its place.
    with contextlib.suppress(OSError):
        path.rmdir()
    try:
        waiting(os.rename, draft, path)
    except OSError as error:
        if os.path.lexists(path):
            raise _appeared(path) from error
        raise


def _appeared(path: Path) -> InputError:
    return InputError(
        f"{path} appeared in the meantime, and is left as it is. Choose "
        "another folder."
    )


def _replace(draft: Path, path: Path, before: dict[str, str]) -> None:
    """Puts a folder in the place of one that holds what `before` says."""
    whole, old = draft.with_name("whole"), draft.with_name("old")
    os.rename(draft, whole)
    if is_link(path):
        raise _appeared(path)
    exchanged = exchange.folders(whole, path)
    if not exchanged:
        waiting(os.rename, path, old)
        waiting(os.rename, whole, path)
    was = whole if exchanged else old
    try:
        _refuse_foreign(was, path, before)
    except (InputError, OSError):
        if not exchange.folders(was, path):
            os.rename(path, whole)
            os.rename(was, path)
        raise
    if not remove(was, before):
        warnings.warn(
            f"{was} holds what was not in {path} a moment ago. Look at it, "
            "and remove it yourself.",
            ZooWarning,
            stacklevel=4,
        )


def _recover(work: Path, path: Path) -> None:
    """Puts back what stood at `path`, if nothing does."""
    old = work / "old"
    if old.is_dir() and not os.path.lexists(path):
        os.rename(old, path)


def _clear(work: Path, owned: Owned | None) -> None:
    """Removes a folder of drafts, but for what is not ours."""
    # Nobody but us writes there.
    shutil.rmtree(work / "new", ignore_errors=True)
    for left in (work / "whole", work / "old"):
        if left.is_dir() and not is_link(left):
            remove(left, _removable(left, owned))
    with contextlib.suppress(OSError):
        work.rmdir()


def _removable(folder: Path, owned: Owned | None) -> dict[str, str]:
    """What of a folder may be removed: all of it, or nothing."""
    # Of those that are being removed the manifest goes last.
    if owned is None or all(kind == "folder" for _, kind in _walk(folder)):
        return {}
    try:
        return check_replaceable(folder, owned)
    except (InputError, OSError):
        return {}


def _sync(folder: Path) -> None:
    """All that is in a folder is on the disk when this returns."""
    folder.chmod(0o755)
    for inside, kind in _walk(folder):
        if kind == "file":
            sync(inside)
        elif kind == "folder":
            sync_folder(inside)
    sync_folder(folder)
