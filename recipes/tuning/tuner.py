"""How a search runs: alone, or as KerasTuner's chief and workers.

Chief and workers talk by KerasTuner's own protocol.
"""

import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc

from recipes.distribute.addresses import go_past_proxies
from recipes.tuning import roles, search_files
from recipes.tuning.kerastuner_internals import FOLDER, Tuner, serve
from zoo.errors import InputError
from zoo.io.files import write_json

# Seconds for which the chief stays for workers that wait, and after which a
# worker gives up a chief that is not there.
LEAVE, CHIEF = 10.0, 900.0
_OVER = "over.json"


def run(
    oracle: Any, folder: Path, attempt: Callable, complete: Callable
) -> None:
    """Runs this process's part of a search until all trials have ended.

    Args:
        oracle: what `recipes.tuning.oracles.oracle` made.
        folder: the search folder, which all processes see.
        attempt: a function of a trial's name and values to its result: a dict
            with `status`, `completed` or `failed`, `score` and `message`.
        complete: whether all else is done that the chief must wait for.

    Raises:
        InputError: if chief and worker cannot find each other.
    """
    oracle.verbose = 0
    if roles.role() != roles.ALONE:
        go_past_proxies([roles.chief_address()[0]])
    tuner = Tuner(
        oracle,
        folder,
        attempt,
        lambda: wait_for_chief(folder, oracle.max_trials),
    )
    try:
        if roles.role() == roles.CHIEF:
            tuner.save()
            _lead(oracle, folder, complete)
        else:
            tuner.search()
    except Over:
        return
    except grpc.RpcError as error:
        raise InputError(
            f"The chief at {_address()} does not answer: {error.code().name}"
        ) from error


class Over(Exception):
    """The search was over before this worker came."""


def _address() -> str:
    host, port = roles.chief_address()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _lead(oracle, folder: Path, complete: Callable) -> None:
    """Answers the workers until the search is over.

    KerasTuner's own loop leaves as soon as no worker is known, also when one
    is still starting, which then waits for an hour; and it looks only every 20
    seconds. This one leaves a file for those that come late.
    """
    if _is_over(folder, oracle.max_trials):
        return
    server = serve(oracle, _address())
    while not (oracle.over and complete()):
        time.sleep(0.2)
    write_json(folder / FOLDER / _OVER, {"trials": oracle.max_trials})
    until = time.monotonic() + LEAVE
    while oracle.tuner_ids and time.monotonic() < until:
        time.sleep(0.2)
    server.stop(grace=LEAVE).wait()


def _is_over(folder: Path, trials: int | None) -> bool:
    """Whether a chief left, and not from a shorter search in this folder."""
    path = folder / FOLDER / _OVER
    if not path.exists():
        return False
    ended = search_files.ended_trials(path)
    if ended is None or trials is None:
        return ended == trials
    return ended >= trials


def wait_for_chief(folder: Path, trials: int | None) -> None:
    """Returns when a worker's chief answers.

    Args:
        folder: the search folder.
        trials: how many at most.

    Raises:
        Over: if it has left, because all is done.
        InputError: if there is none.
    """
    until = time.monotonic() + CHIEF
    while time.monotonic() < until:
        if _is_over(folder, trials):
            raise Over
        with contextlib.suppress(OSError):
            address = roles.chief_address()
            return socket.create_connection(address, timeout=1).close()
        time.sleep(0.2)
    raise InputError(f"There is no chief at {_address()}.")
