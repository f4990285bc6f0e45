"""Which part of a parallel search this process has: KerasTuner's variables."""

import os

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
        InputError: if only some of the variables are set.
    """
    names = (_ID, _IP, _PORT)
    missing = [name for name in names if not os.environ.get(name)]
    if len(missing) == len(names):
        return ALONE
    if missing:
        raise InputError(f"A parallel search needs {', '.join(missing)} too.")
    return CHIEF if "chief" in os.environ[_ID] else WORKER


def own_name() -> str:
    """What this process is called in the search."""
    return os.environ.get(_ID, FIRST)


def chief_address() -> tuple[str, str]:
    """Host and port at which the chief answers."""
    return os.environ[_IP], os.environ[_PORT]
