"""Folders that were fetched, kept under what they are.

    https/SHA256               the folder of the archive with this SHA-256
    hf/OWNER--NAME/COMMIT      the folder at this commit of the hub
    hf/OWNER--NAME/COMMIT.part what came of it before it was cut off

`RECURRENT_ZOO_CACHE` says where the cache is, `RECURRENT_ZOO_OFFLINE=1` that
nothing but the cache is to be used. What stands under its final name was
verified there, and is verified again whenever it is loaded.
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

import zoo.pretrained.reader as pretrained_folder
from zoo.errors import InputError, PretrainedError
from zoo.tasks import Task

CACHE, OFFLINE = "RECURRENT_ZOO_CACHE", "RECURRENT_ZOO_OFFLINE"


def root() -> Path:
    """The cache folder; it need not be there yet.

    Raises:
        InputError: where nothing says where it is, and pooch is missing.
    """
    chosen = os.environ.get(CACHE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path(needed("pooch").os_cache("recurrent-zoo"))


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
) -> Task:
    """The model at `place` in the cache, fetched there if it must be.

    Args:
        source: what it is called where it comes from.
        place: where its folder is kept.
        fetch: function of an empty folder that fetches into it, and returns
            where in it the pretrained folder is.
        forbidden: the variable that forbids the network, if one does.

    Raises:
        InputError: if it is not in the cache and must not be fetched.
        PretrainedError: if what came does not verify; it is not kept.
    """
    trained = _whole(place)
    if trained:
        return trained
    if forbidden:
        raise InputError(
            f"{source} is not in the cache {root()}, and {forbidden} is set: "
            "leave that out to fetch it."
        )
    with locked(place):
        # Another process may have brought it in the meantime.
        trained = _whole(place)
        if trained:
            return trained
        draft = place.with_name(f"{place.name}.draft")
        # Of a process that was killed: no other is here.
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        try:
            found = fetch(draft)
            trained = pretrained_folder.load(found)
            if place.exists():
                shutil.rmtree(place)
            os.rename(found, place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return dataclasses.replace(trained, folder=place)


def _whole(place):
    """The model at `place`, unless there is none or its files were damaged."""
    if not place.is_dir():
        return None
    try:
        return pretrained_folder.load(place)
    except PretrainedError:
        # It was whole when it was put there: it is fetched again.
        return None


@contextlib.contextmanager
def locked(place: Path) -> Iterator[None]:
    """No other process fetches to `place` meanwhile."""
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(place.with_name(f"{place.name}.lock"))
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
    print(f"zoo: {what}", file=sys.stderr, flush=True)
