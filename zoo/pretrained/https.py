"""https://HOST/NAME.zip: an archive of a pretrained folder, by its SHA-256."""

import functools
import hashlib
import os
import re
import urllib.parse
from pathlib import Path

import zoo.pretrained.cache as cache
import zoo.pretrained.manifest as manifest
import zoo.pretrained.reader as pretrained_folder
from zoo.argument_checks import one_text
from zoo.errors import InputError, PretrainedError
from zoo.io.files import read_plain
from zoo.pretrained.archive import manifest_of, unpack
from zoo.pretrained.download import LARGEST, check_url, download, shown
from zoo.pretrained.leftovers import ARCHIVE
from zoo.pretrained.limits import MANIFEST
from zoo.tasks import Task

_SUFFIX = ".zip"


def load(source: str, sha256: str | None = None) -> Task:
    """The model in an archive somewhere else, or in the cache.

    Args:
        source: the address of a .zip, with `#sha256=HEX` at its
            end unless `sha256` is given.
        sha256: 64 hexadecimal digits, of the whole archive.

    Raises:
        InputError: for an address without a SHA-256, or one that cannot be
            reached.
        PretrainedError: for what is not what was meant, or does not verify.
    """
    url, digest = address(source, sha256)
    place = cache.root() / "https" / digest
    fetch = functools.partial(_fetched, url, digest)
    load = functools.partial(_verified, digest)
    return cache.kept(shown(url), place, fetch, cache.offline(), load)


def address(source: str, sha256: str | None) -> tuple[str, str]:
    """The address without its fragment, and the SHA-256 in small letters.

    Raises:
        InputError: for either that is missing or cannot be right.
    """
    if sha256 is not None:
        one_text(sha256=sha256)
    url, _, fragment = source.partition("#")
    check_url(url)
    within = None
    if fragment:
        name, _, within = fragment.partition("=")
        if name != "sha256":
            # What it is instead may be secret.
            raise InputError(
                f"{shown(url)}: behind # only sha256=HEX may stand."
            )
    if sha256 and within and sha256.lower() != within.lower():
        raise InputError(f"{shown(url)} has two different SHA-256 sums.")
    digest = (sha256 or within or "").lower()
    if not digest:
        raise InputError(
            f"{shown(url)} needs its SHA-256, so that no other file is taken "
            f'for it: {shown(url)}#sha256=HEX, or zoo.load(..., sha256="HEX").'
        )
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise InputError(
            f"`sha256` must be 64 hexadecimal digits. Received: {len(digest)} "
            "characters"
        )
    if not urllib.parse.urlsplit(url).path.lower().endswith(_SUFFIX):
        raise InputError(
            f"{shown(url)} must be a {_SUFFIX} of a pretrained folder, which "
            f"`zoo push MODEL NAME{_SUFFIX}` writes. No other archive is read."
        )
    return url, digest


def _fetched(url: str, digest: str, draft: Path) -> Path:
    """The folder out of the archive, unpacked into `draft`."""
    cache.say(f"fetching {shown(url)}")
    archive, folder = draft / f"{digest}{_SUFFIX}", draft / "folder"
    download(url, archive, digest)
    unpack(archive, folder)
    os.rename(archive, folder / ARCHIVE)
    return folder


def _verified(digest: str, folder: Path) -> Task:
    """The model of a folder, if it is that of its archive.

    The SHA-256 is that of the archive, so it is looked at whenever the model
    is loaded; its manifest has the sums of all other files.

    Raises:
        PretrainedError: for another archive, another folder, or a file that is
            in none of them.
    """
    path = folder / ARCHIVE
    content = read_plain(path, LARGEST)
    if hashlib.sha256(content).hexdigest() != digest:
        raise PretrainedError(f"{path} has not the SHA-256 that it should.")
    listed = manifest_of(content, str(path))
    del content
    held = {ARCHIVE, MANIFEST, *manifest.read(folder, listed)["files"]}
    for path in folder.iterdir():
        if path.name not in held:
            raise PretrainedError(f"{path} does not belong to the model.")
    return pretrained_folder.load(folder, listed)
