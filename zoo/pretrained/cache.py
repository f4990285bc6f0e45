"""Folders that were fetched, kept under what they are.

    https/SHA256               the folder of the archive with this SHA-256, and
                               the archive, `archive.zip`
    hf/OWNER--NAME/COMMIT      the folder at this commit of the hub
    hf/OWNER--NAME/COMMIT.part what came of it before it was cut off
    onnx/KEY                   what was made here (zoo.pretrained.onnx_cache)

`RECURRENT_ZOO_CACHE` says where the cache is, `RECURRENT_ZOO_OFFLINE=1` that
nothing but the cache is to be used. What stands under its final name was
verified there, and is verified again whenever it is loaded: of an address, that
the archive has the SHA-256 that was asked for, and that the folder is what is
in the archive. A folder of the hub must be whole in itself; that it is the one
of its commit was known when it was fetched, and whoever may write to the cache
can put another in its place.
"""

import contextlib
import dataclasses
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import filelock

import zoo.pretrained.leftovers as leftovers
import zoo.pretrained.reader as pretrained_folder
from zoo.errors import InputError, PretrainedError
from zoo.pretrained.cache_folder import CACHE, root
from zoo.printable import one_line
from zoo.redaction import without_secrets
from zoo.tasks import Task

OFFLINE = "RECURRENT_ZOO_OFFLINE"


def needed(module: str) -> Any:
    """A library that fetching needs and the zoo does not.

    Raises:
        InputError: if it is not installed.
    """
    try:
        return __import__(module)
    except ModuleNotFoundError as error:
        raise InputError(
            f"Models from elsewhere need {error.name}: pip install "
            '"recurrent-zoo[hub]"'
        ) from error


def offline(*variables: str) -> str | None:
    """The variable of the environment that forbids the network, if one does.

    Args:
        variables: names of others that do beside `RECURRENT_ZOO_OFFLINE`.
    """
    for name in (OFFLINE, *variables):
        if os.environ.get(name, "").lower() in ("1", "true", "yes", "on"):
            return name
    return None


def kept(
    source: str,
    place: Path,
    fetch: Callable[[Path], Path],
    forbidden: str | None = None,
    load: Callable[[Path], Task] = pretrained_folder.load,
) -> Task:
    """The model at `place` in the cache, fetched there if it must be.

    Args:
        source: what it is called where it comes from.
        place: where its folder is kept.
        fetch: function of an empty folder that fetches into it, and returns
            where in it the pretrained folder is.
        forbidden: the variable that forbids the network, if one does.
        load: function of a folder that verifies it.

    Raises:
        InputError: if it is not in the cache and must not be fetched, and for
            a cache that cannot be written to, or has a user's files where the
            model shall be.
        PretrainedError: if what came does not verify; it is not kept.
    """
    trained, damage = _whole(place, load)
    if trained:
        return trained
    if forbidden:
        held = (
            f"is damaged in the cache ({damage})"
            if damage
            else (f"is not in the cache {root()}")
        )
        raise InputError(
            f"{source} {held}, and {forbidden} is set: leave that out to fetch "
            "it."
        )
    with usable():
        leftovers.sweep(root())
        with locked(place):
            # Another process may have brought it in the meantime.
            trained, damage = _whole(place, load)
            if trained:
                return trained
            if damage:
                say(f"what the cache has of it is fetched again: {damage}")
            draft = place.with_name(f"{place.name}{leftovers.DRAFT}")
            # Of a process that was killed: no other is here.
            leftovers.remove(draft)
            draft.mkdir()
            try:
                found = fetch(draft)
                trained = load(found)
                leftovers.remove(place)
                os.rename(found, place)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return dataclasses.replace(trained, folder=place)


def _whole(place, load):
    """The model at `place`, unless there is none or its files were damaged.

    It was whole when it was put there.

    Returns:
        The model or `None`, and what is damaged.
    """
    if not os.path.lexists(place):
        return None, ""
    try:
        return load(place), ""
    except PretrainedError as error:
        return None, str(error)


@contextlib.contextmanager
def usable() -> Iterator[None]:
    """What the system says of a cache that cannot be written to, in a line."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"The cache {root()} cannot be used: {reason}"
            f"{f' ({error.filename})' * bool(error.filename)}. {CACHE} says "
            "where else it shall be."
        ) from error


@contextlib.contextmanager
def locked(place: Path) -> Iterator[None]:
    """No other process fetches to `place` meanwhile."""
    place.parent.mkdir(parents=True, exist_ok=True)
    path = place.with_name(f"{place.name}.lock")
    if path.is_symlink():
        raise InputError(f"{path} is a link, and no lock of ours. Remove it.")
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        say(f"another process fetches {place.name}; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def say(what: str) -> None:
    """A line about what takes a while, not mixed with any answer."""
    line = one_line(without_secrets(what))
    print(f"zoo: {line}", file=sys.stderr, flush=True)
