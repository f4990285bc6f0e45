"""The addresses of workers, from flags or `TF_CONFIG`."""

import ipaddress
import os
import re
from collections.abc import Sequence
from typing import Any

from zoo.errors import InputError
from zoo.io import json_reader

_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_NAME}(?:\.{_NAME})*\.?")
_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.?$")
_LONGEST_NAME = 253


def cluster(
    workers: Sequence[str] = (), index: int | None = None
) -> tuple[tuple[str, ...], int]:
    """Addresses of all workers, and which of them this process is.

    Args:
        workers: `HOST:PORT` of each; without any, `TF_CONFIG` says.
        index: which of them this process is.

    Raises:
        InputError: for anything else.
    """
    if not workers and index is None and "TF_CONFIG" in os.environ:
        workers, index = _of_tf_config(os.environ["TF_CONFIG"])
    if not workers or index is None:
        raise InputError(
            "--strategy multiworker needs --workers HOST:PORT,... and --index "
            "N, or TF_CONFIG."
        )
    seen = set()
    for address in workers:
        split(address)
        if address in seen:
            raise InputError(f"Two workers have the address {address}.")
        seen.add(address)
    if not 0 <= index < len(workers):
        raise InputError(
            f"--index must be from 0 to {len(workers) - 1}. Received: {index}"
        )
    return tuple(workers), index


def split(address: str) -> tuple[str, int]:
    """Host, without the brackets of an IPv6 address, and port.

    Raises:
        InputError: for anything but `HOST:PORT`.
    """
    name, colon, number = address.rpartition(":")
    if not colon:
        raise InputError(
            f"A worker must be HOST:PORT. Received: {_short(address)}"
        )
    if ":" in name and not (name.startswith("[") and name.endswith("]")):
        raise InputError(
            "A worker must be HOST:PORT, an IPv6 address in brackets "
            f"([::1]:5000). Received: {_short(address)}"
        )
    what = f"of the worker {_short(address)}"
    return host(name.removeprefix("[").removesuffix("]"), what), port(
        number, what
    )


def host(text: str, what: str) -> str:
    """`text`, if it is a name or an address of one machine.

    Raises:
        InputError: if not; `what` says whose it is.
    """
    address = _ip_address(text)
    if address is not None and address.is_unspecified:
        raise InputError(
            f"The host {what} must be the machine's own address, not that "
            f"of all its networks. Received: {_short(text)}"
        )
    # A name that ends in a number is an address in disguise: 0 is 0.0.0.0.
    named = len(text) <= _LONGEST_NAME and _HOST.fullmatch(text)
    if address is None and (not named or _NUMBER.search(text)):
        raise InputError(
            f"The host {what} must be a name or an IP address. Received: "
            f"{_short(text)}"
        )
    return text


def port(text: str, what: str) -> int:
    """The number of a port.

    Raises:
        InputError: for anything else; `what` says whose it is.
    """
    if not re.fullmatch("[1-9][0-9]{0,4}", text) or int(text) > 65535:
        raise InputError(
            f"The port {what} must be a number from 1 to 65535. Received: "
            f"{_short(text)}"
        )
    return int(text)


def is_loopback(address: str) -> bool:
    """Whether a worker is reached from its own machine alone."""
    name, _ = split(address)
    number = _ip_address(name)
    if number is None:
        return name.lower().rstrip(".") == "localhost"
    return number.is_loopback


def go_past_proxies(hosts: Sequence[str]) -> None:
    """Has gRPC reach these hosts itself.

    Else it asks the `http_proxy` of the environment, for 127.0.0.1 too, and
    the proxy reads all that workers tell each other.
    """
    before = os.environ.get("no_grpc_proxy", os.environ.get("no_proxy", ""))
    known = [host for host in before.split(",") if host]
    new = [host for host in hosts if host not in known]
    os.environ["no_grpc_proxy"] = ",".join(dict.fromkeys([*known, *new]))


def _ip_address(text):
    """The address that a text is, or None; one of IPv4 also if it hides."""
    # Behind a percent sign, which names a device, may stand anything.
    if "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _of_tf_config(text: str) -> tuple[list[str], int]:
    try:
        # What is no text comes back as the bytes that it was.
        content = json_reader.parse(os.fsencode(text), "TF_CONFIG")
        workers, kind, index = _parts(content)
    except (InputError, KeyError, TypeError) as error:
        reason = f" {error}" if isinstance(error, InputError) else ""
        raise InputError(
            'TF_CONFIG must be {"cluster": {"worker": ["HOST:PORT", ...]}, '
            f'"task": {{"type": "worker", "index": N}}}}.{reason}'
        ) from error
    if kind != "worker":
        raise InputError(
            f"TF_CONFIG's task is a {_short(kind)}; all must be workers."
        )
    return workers, index


def _parts(content: dict[str, Any]) -> tuple[list[str], Any, int]:
    jobs, task = content["cluster"], content["task"]
    workers, index = jobs["worker"], task["index"]
    if others := [job for job in jobs if job != "worker" and jobs[job]]:
        raise InputError(
            f"Its cluster has {_short(others[0])} too; all must be workers."
        )
    if not isinstance(workers, list) or not workers:
        raise InputError("Its workers must be a list.")
    for address in workers:
        if not isinstance(address, str):
            raise InputError(f"A worker is {_short(address)}, not a text.")
    # Some clusters write the number as a text.
    if isinstance(index, str) and re.fullmatch("[0-9]{1,6}", index):
        index = int(index)
    if not isinstance(index, int) or isinstance(index, bool):
        raise InputError(f"Its index is {_short(index)}, not a number.")
    return workers, task["type"], index


def _short(value: Any) -> str:
    """As Python writes it, and not too much of it."""
    if not isinstance(value, str):
        return f"a {type(value).__name__}"
    text = ascii(value[:100])
    return text if len(value) <= 100 else f"{text}..."
