"""One file over https, by its SHA-256 and within bounds.

`pooch` fetches to a temporary file, compares the SHA-256 and moves it to its
place, or removes it; `requests` speaks to the server. By hand is what neither
does: no step out of the encryption, also behind a redirection; at most 1 GiB,
and no more than there is room for; and no server that sends byte by byte, for
ever (`zoo.pretrained.deadline`).
"""

import contextlib
import functools
import ipaddress
import logging
import re
import shutil
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import zoo
import zoo.pretrained.cache as cache
from zoo.errors import InputError, PretrainedError
from zoo.pretrained.deadline import Connections, TooSlow, within
from zoo.pretrained.urllib3_internals import watched_session
from zoo.printable import one_line
from zoo.redaction import without_secrets

# No model of the zoo is near it.
LARGEST = 1 << 30
# Seconds in which a server must say something.
TIMEOUT = 30
# In so many seconds so many bytes of the file must come for each of them; the
# first ones are those of the name, the connection and the headers too.
PATIENCE, SLOWEST = 60, 1 << 12
# Seconds for all of it.
LONGEST = 12 * 60 * 60
_REDIRECTS = 5
_BLOCK = 1 << 16


def check_url(url: str) -> str:
    """`url`, if it may be fetched.

    Raises:
        InputError: for http:// to another machine, one with a password in
            it, and what is no address.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        # What the library says of it may hold a password.
        raise InputError(f"{shown(url)} is no address.") from None
    if not url.isascii() or not url.isprintable() or " " in url:
        raise InputError(
            f"{shown(url)} is no address: write what is not ASCII, and "
            "spaces, as %XX."
        )
    if parts.scheme not in ("http", "https") or not host:
        raise InputError(
            f"An address must be https://HOST/... Received: {shown(url)}"
        )
    # Behind a port, an @ may end a password with a / in it.
    if parts.username or parts.password or (port and "@" in url):
        raise InputError(
            f"The address {shown(url)} must be without a name and a password."
        )
    if parts.scheme == "http" and not _loopback(host):
        raise InputError(
            f"{shown(url)} is not encrypted: only https:// is fetched."
        )
    return url


def _loopback(host):
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shown(url: str) -> str:
    """An address as it may be printed: a query may hold what is secret."""
    return one_line(without_secrets(url).partition("#")[0], 200)


def download(url: str, path: Path, digest: str) -> None:
    """Fetches `url` to `path`.

    Args:
        url: the address.
        path: where to. It is not there when something goes wrong.
        digest: the SHA-256 that the file must have.

    Raises:
        InputError: if the server cannot be reached, refuses, or stops, or if
            a library is missing.
        PretrainedError: for a file that is too large, or with another SHA-256.
    """
    pooch = cache.needed("pooch")
    # It would announce every download at great length.
    pooch.get_logger().setLevel(logging.WARNING)
    connections, came = Connections(), 0
    with _progress() as show:

        def advance(count, length):
            nonlocal came
            came += count
            show(came, length)

        def work():
            pooch.retrieve(
                url,
                f"sha256:{digest}",
                fname=path.name,
                path=path.parent,
                downloader=functools.partial(_fetch, connections, advance),
            )

        try:
            within(
                work,
                PATIENCE,
                fewest=int(SLOWEST * PATIENCE),
                came=lambda: came,
                longest=LONGEST,
                connections=connections,
            )
        except InputError:
            raise
        except TooSlow as error:
            raise InputError(
                f"{shown(url)} is too slow, and was given up: {came:,} bytes "
                "came. Try again, or from elsewhere."
            ) from error
        except ValueError as error:
            raise PretrainedError(
                f"{shown(url)} is not the file that was meant, and nothing of "
                f"it was kept: {error}"
            ) from None


def _fetch(
    connections: Connections,
    advance: Callable[[int, int | None], None],
    url: str,
    target: Path,
    _,
) -> None:
    """Fetches to a file, as `pooch` asks a downloader to."""
    import requests
    import urllib3

    try:
        with (
            watched_session(connections) as session,
            _opened(session, url) as response,
            open(target, "wb") as file,
        ):
            length = _length(response, Path(target).parent)
            for block in _blocks(response):
                file.write(block)
                advance(len(block), length)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        reason = without_secrets(error) or type(error).__name__
        # The library's error quotes the whole address, and a proxy's password.
        raise InputError(
            f"The connection to {shown(url)} failed: {one_line(reason, 300)}"
        ) from None


@contextlib.contextmanager
def _opened(session, url: str) -> Iterator:
    """The answer of the last server that the others lead to."""
    for left in range(_REDIRECTS, -1, -1):
        with session.get(
            check_url(url),
            headers={
                "Accept-Encoding": "identity",
                "User-Agent": f"recurrent-zoo/{zoo.__version__}",
            },
            timeout=TIMEOUT,
            stream=True,
            allow_redirects=False,
        ) as response:
            if response.status_code == 200:
                yield response
                return
            if not left or not response.is_redirect:
                raise InputError(
                    f"{shown(url)} answered {response.status_code} "
                    f"{one_line(response.reason, 80)}."
                )
            target = urllib.parse.urljoin(url, response.headers["Location"])
        if url.startswith("https:") and not target.startswith("https:"):
            raise InputError(
                f"{shown(url)} leads to {shown(target)}, which is not "
                "encrypted."
            )
        url = target


def _length(response, folder: Path) -> int | None:
    """How many bytes are announced, if the server says so."""
    where = shown(response.url)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise PretrainedError(f"{where} comes compressed unasked.")
    announced = response.headers.get("Content-Length")
    if announced is None:
        return None
    if not re.fullmatch(r"\d{1,18}", announced):
        raise PretrainedError(f"{where} has no length that can be.")
    length = int(announced)
    if length > LARGEST:
        raise PretrainedError(_too_large(where))
    if length > shutil.disk_usage(folder).free:
        raise InputError(
            f"{where} has {length:,} bytes, for which {folder} has no room."
        )
    return length


def _blocks(response) -> Iterator[bytes]:
    """What the server sends, and no more than is allowed."""
    came = 0
    # Not `iter_content`, which waits for a whole block.
    while block := response.raw.read1(_BLOCK):
        came += len(block)
        if came > LARGEST:
            raise PretrainedError(_too_large(shown(response.url)))
        yield block


def _too_large(where: str) -> str:
    return (
        f"{where} is larger than {LARGEST:,} bytes, which no model of the zoo "
        "is."
    )


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int | None], None]]:
    """A bar where a person looks on; a function that says how far it is."""
    from rich import progress
    from rich.console import Console

    with progress.Progress(
        *progress.Progress.get_default_columns(),
        progress.DownloadColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task("fetching", total=None)
        yield lambda came, total: bar.update(task, completed=came, total=total)
