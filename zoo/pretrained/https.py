"""https://HOST/NAME.zip: an archive of a pretrained folder, by its SHA-256."""

import functools
import re
import urllib.parse
from pathlib import Path

import zoo.pretrained.cache as cache
from zoo.errors import InputError
from zoo.pretrained.archive import unpack
from zoo.pretrained.download import check_url, download, shown
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
    return cache.kept(shown(url), place, fetch, cache.offline())


def address(source: str, sha256: str | None) -> tuple[str, str]:
    """The address without its fragment, and the SHA-256 in small letters.

    Raises:
        InputError: for either that is missing or cannot be right.
    """
    url, _, fragment = source.partition("#")
    check_url(url)
    within = None
    if fragment:
        name, _, within = fragment.partition("=")
        if name != "sha256":
            raise InputError(
                f"Behind # only sha256=HEX may stand. Received: {fragment!r}"
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
            f"`sha256` must be 64 hexadecimal digits. Received: {digest[:80]!r}"
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
    return folder
