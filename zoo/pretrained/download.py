"""One file over https, within bounds, that goes on where it was cut off."""

import functools
import http.client
import ipaddress
import re
import shutil
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import zoo
from zoo.errors import InputError, PretrainedError
from zoo.io.files import sha256

# No model of the zoo is near it.
LARGEST = 1 << 30
# Seconds in which a server must say something.
TIMEOUT = 30
# A server that sends less than so many bytes in so many seconds is as good as
# one that sends nothing.
SLOWEST, PATIENCE = 1 << 10, 60
_REDIRECTS = 5
_BLOCK = 1 << 16
_GOES_ON = "The same command goes on where this one stopped."


def check_url(url: str) -> str:
    """`url`, if it may be fetched.

    Raises:
        InputError: for http:// to another machine, one with a password in
            it, and what is no address.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"{url!r} is no address: {error}") from error
    del port
    if not url.isascii() or not url.isprintable() or " " in url:
        raise InputError(
            f"{url[:200]!r} is no address: write what is not ASCII, and "
            "spaces, as %XX."
        )
    if parts.scheme not in ("http", "https") or not host:
        raise InputError(f"An address must be https://HOST/... Received: {url}")
    if parts.username or parts.password:
        raise InputError(
            f"The address of {host} must be without a name and a password."
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
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def download(url: str, part: Path, digest: str) -> None:
    """Fetches `url` to `part`, after what is in `part` already.

    Args:
        url: the address.
        part: where to. It stays when the connection is lost, and goes when
            what came cannot be right.
        digest: the SHA-256 that the whole must have.

    Raises:
        InputError: if the server cannot be reached, refuses, or stops.
        PretrainedError: for a file that is too large, of another length than
            the server said, or with another SHA-256.
    """
    resumed = part.exists()
    try:
        _fetch(url, part)
        if resumed and sha256(part) != digest:
            # What was there may have been of another file.
            part.unlink()
            _fetch(url, part)
        found = sha256(part)
        if found != digest:
            raise PretrainedError(
                f"{shown(url)} has the SHA-256 {found}, not {digest}: it is "
                "not the file that was meant. Nothing of it was kept."
            )
    except PretrainedError:
        part.unlink(missing_ok=True)
        raise


def _fetch(url, part):
    start = part.stat().st_size if part.exists() else 0
    headers = {
        "Accept-Encoding": "identity",
        "User-Agent": f"recurrent-zoo/{zoo.__version__}",
    }
    if start:
        headers["Range"] = f"bytes={start}-"
    with _opened(url, headers) as answer:
        if answer.status == 416 and start:
            # Nothing comes after it: it is whole, or of another file.
            return
        if answer.status == 206:
            if _first(answer) != start:
                raise PretrainedError(
                    f"{shown(url)} sent another part than was asked for."
                )
        elif answer.status == 200:
            # A server may ignore what part was asked for.
            start = 0
        else:
            raise InputError(f"{shown(url)} answered {answer.status}.")
        length = _length(url, answer)
        if start + (length or 0) > LARGEST:
            raise PretrainedError(f"{shown(url)} is {_too_large()}.")
        if length and length > shutil.disk_usage(part.parent).free:
            raise InputError(
                f"{shown(url)} has {length:,} bytes, for which {part.parent} "
                "has no room."
            )
        with open(part, "ab" if start else "wb") as file:
            for block in _blocks(url, answer, start, length):
                file.write(block)


def _blocks(url, answer, start, length):
    """What the server sends, and no more than is allowed.

    Of what comes behind the announced length the HTTP client reads nothing.
    """
    came, since, of_late = 0, time.monotonic(), 0
    while True:
        try:
            # One that does not wait for the whole block: a server that sends
            # byte by byte must not hold this up for days.
            block = answer.read1(_BLOCK)
        except (OSError, http.client.HTTPException) as error:
            raise _lost(url, error) from error
        if not block:
            break
        came, of_late = came + len(block), of_late + len(block)
        if start + came > LARGEST:
            raise PretrainedError(f"{shown(url)} is {_too_large()}.")
        yield block
        seconds = time.monotonic() - since
        if seconds > PATIENCE:
            if of_late < SLOWEST * seconds:
                raise InputError(f"{shown(url)} is too slow. {_GOES_ON}")
            since, of_late = time.monotonic(), 0
    if length is not None and came < length:
        raise InputError(
            f"{shown(url)} stopped after {start + came:,} of "
            f"{start + length:,} bytes. {_GOES_ON}"
        )


def _too_large():
    return f"larger than {LARGEST:,} bytes, which no model of the zoo is"


def _first(answer):
    """The place in the file of the first byte of a partial answer."""
    found = re.fullmatch(
        r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)",
        answer.headers.get("Content-Range", ""),
    )
    return int(found[1]) if found else None


def _length(url, answer):
    """How many bytes are announced, if the server says so."""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise PretrainedError(f"{shown(url)} comes compressed unasked.")
    said = set(answer.headers.get_all("Content-Length", []))
    if not said:
        return None
    if len(said) > 1 or not re.fullmatch(r"\d{1,18}", min(said)):
        raise PretrainedError(f"{shown(url)} has no length that can be.")
    return int(min(said))


def _opened(url, headers):
    request = urllib.request.Request(check_url(url), headers=headers)
    try:
        return _opener().open(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416:
            return error
        error.close()
        raise InputError(
            f"{shown(url)} answered {error.code} {error.reason}."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise _lost(url, error) from error


def _lost(url, error):
    reason = getattr(error, "reason", None) or error
    return InputError(
        f"The connection to {shown(url)} failed: "
        f"{reason or type(reason).__name__}. {_GOES_ON}"
    )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a server to others, but never out of the encryption."""

    max_redirections = _REDIRECTS

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        try:
            check_url(newurl)
            if req.type == "https" and not newurl.lower().startswith("https:"):
                raise InputError(
                    f"{shown(req.full_url)} leads to {shown(newurl)}, which "
                    "is not encrypted."
                )
        except InputError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@functools.cache
def _opener():
    # Comes with pooch; some Pythons know no authorities of their own.
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    handler = urllib.request.HTTPSHandler(context=context)
    return urllib.request.build_opener(_Redirects, handler)
