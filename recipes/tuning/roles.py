"""Which part of a parallel search this process has: KerasTuner's variables."""

import os
import re

from recipes.distribute import addresses
from zoo.errors import InputError

ALONE, CHIEF, WORKER = "alone", "chief", "worker"
# What a process alone is called, and the worker that trains the default.
FIRST = "tuner0"
_ID, _IP, _PORT = (
    f"KERASTUNER_{name}" for name in ("TUNER_ID", "ORACLE_IP", "ORACLE_PORT")
)


def role() -> str:
    """`alone`, `chief` or `worker`.

    Raises:
        InputError: if only some of the variables are set, or one to what
            cannot be.
    """
    names = (_ID, _IP, _PORT)
    if not any(name in os.environ for name in names):
        return ALONE
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise InputError(f"A parallel search needs {', '.join(missing)} too.")
    chief_address()
    if not re.fullmatch(r"[\w.-]{1,100}", own_name()):
        raise InputError(
            f"{_ID} must be a name: chief, tuner0, tuner1 ... Received: "
            f"{own_name()[:100]!a}"
        )
    return CHIEF if "chief" in own_name() else WORKER


def own_name() -> str:
    """What this process is called in the search."""
    return os.environ.get(_ID, FIRST)


def chief_address() -> tuple[str, int]:
    """Host and port at which the chief answers.

    Raises:
        InputError: for anything else, and for what means all networks of the
            chief: whoever reached it would be one of its workers.
    """
    host = os.environ[_IP]
    # KerasTuner puts a colon and the port behind it.
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise InputError(f"An IPv6 address in {_IP} needs brackets: [::1].")
    host = addresses.host(host, f"in {_IP}")
    return host, addresses.port(os.environ[_PORT], f"in {_PORT}")
