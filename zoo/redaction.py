"""Text without the passwords and tokens that stand in it.

An address may hold them: a name and a password before its host, anything in
its query and its fragment. Every error and warning of this package, what it
records of a command and what it says while it works go through
`without_secrets`.
"""

import os
import re
import urllib.parse
from typing import Any

HIDDEN = "***"

# Behind an address or a relative one; of no address is anything lost by it.
_CLOSING = "'\"`.,;:!)>]}"
# The one fragment that is no secret: the SHA-256 that an archive must have.
_PINNED = re.compile(r"sha256=(?:HEX|[0-9A-Fa-f]{64})")
# A path out of an address has one slash.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://|(?:ftp|https?):/")
# A password with a space in it would else be two words.
_SPACED = re.compile(r"(:/{1,2})[^\s/?#@]{1,200}:[^\n/?#@'\"]{0,200}@")
_TOKEN = re.compile(r"\bhf_[A-Za-z0-9]{6,}|\bBearer\s+[^\s'\",]+")
_HEADER = re.compile(
    r"(?i)(\b(?:proxy-)?authorization\b['\"]?\s*[:=]\s*['\"]?)"
    r"(?:(?:basic|bearer|digest)\s+)?[^\s'\",]+"
)
_ASSIGNED = re.compile(
    r"(?i)((?:token|password|passwd|secret|api_?key)['\"]?=['\"]?)"
    r"[^\s'\",&;)]+"
)
_SIGNS = (":/", "@", "?", "#", "hf_", "Bearer", "=", "uthorization")
# Variables of the environment: tokens, and addresses with a password.
_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_ADDRESSES = ("HF_ENDPOINT", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
# A shorter one would be found in the middle of words.
_SHORTEST = 4


def without_secrets(text: object) -> str:
    """`text` with `***` in the place of each password, token and query."""
    shown = str(text)
    for secret in _of_environment():
        shown = shown.replace(secret, HIDDEN)
    if not any(sign in shown for sign in _SIGNS):
        return shown
    shown = _HEADER.sub(rf"\g<1>{HIDDEN}", shown)
    shown = _TOKEN.sub(HIDDEN, shown)
    shown = _SPACED.sub(rf"\g<1>{HIDDEN}@", shown)
    shown = re.sub(r"\S+", lambda word: _word(word[0]), shown)
    return _ASSIGNED.sub(rf"\g<1>{HIDDEN}", shown)


def recorded(value: Any) -> Any:
    """What is kept of a configuration or a command: no address has secrets.

    Args:
        value: a text, a number, or lists and dicts of them. Addresses may
            stand side by side, with a comma between two. A text without an
            address stays as it is: it may be the name of a file.
    """
    if isinstance(value, dict):
        return {key: recorded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [recorded(one) for one in value]
    if isinstance(value, str) and "://" in value:
        parts = value.split(",")
        return ",".join(
            without_secrets(part) if "://" in part else part for part in parts
        )
    return value


def _word(word: str) -> str:
    """A word that may be an address."""
    found = _SCHEME.search(word)
    start = found.end() if found else 0
    bare = word[start:].rstrip(_CLOSING)
    closing = word[start + len(bare) :]
    if found is None:
        bare = _relative(bare)
        # Without a / it is no part of an address, but `?` of any text.
        path, _, values = bare.partition("?")
        return (path if "/" in path and "=" in values else bare) + closing
    return word[:start] + _without_query(_without_name(bare)) + closing


def _without_name(address: str) -> str:
    """What stands behind `://`, without a name and a password."""
    host = re.split(r"[/?#]", address, maxsplit=1)[0]
    if "@" in host:
        return f"{HIDDEN}@{address[host.rindex('@') + 1 :]}"
    _, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return address
    if "@" in address:
        # A password with one of / ? # in it.
        return f"{HIDDEN}@{address.rpartition('@')[2]}"
    # What is no port may be a password whose end is missing.
    return address if port.isdigit() and len(port) < 6 else HIDDEN


def _relative(word: str) -> str:
    """`NAME:PASSWORD@HOST` without a scheme."""
    before, at, host = word.rpartition("@")
    name, colon, _ = before.partition(":")
    # One letter is a drive of Windows.
    if not at or not colon or not host[:1].isalnum() or len(name) == 1:
        return word
    opening = name[: len(name) - len(name.lstrip("'\"`(<[{"))]
    return f"{opening}{HIDDEN}@{host}"


def _without_query(address: str) -> str:
    address, _, fragment = address.partition("#")
    address = address.partition("?")[0]
    return f"{address}#{fragment}" if _PINNED.fullmatch(fragment) else address


def _of_environment() -> list[str]:
    """The secrets that the environment holds, in each of their forms."""
    found = [os.environ.get(name, "") for name in _TOKENS]
    for name in _ADDRESSES:
        for spelled in (name, name.lower()):
            host = os.environ.get(spelled, "").rpartition("://")[2]
            user, at, _ = host.rpartition("@")
            # Without an @, what is no port may be one that lost its end.
            password = (user if at else host).partition(":")[2]
            password = password or user
            if at or not password[:5].strip("/").isdigit():
                found += [password, urllib.parse.unquote(password)]
                # Who takes a / in it for the end of the host quotes this.
                found.append(re.split("[/?#]", user, maxsplit=1)[0])
    return [one for one in found if len(one) >= _SHORTEST]
