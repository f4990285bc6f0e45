"""How a search runs: alone, or as KerasTuner's chief and workers.

Chief and workers talk by KerasTuner's own protocol. What its loops get wrong
when a process dies or comes late is put right here.
"""

import contextlib
import io
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent import futures
from pathlib import Path

import grpc
import keras_tuner
from keras_tuner.errors import FailedTrialError
from keras_tuner.src.distribute.oracle_chief import OracleServicer
from keras_tuner.src.engine.trial import TrialStatus
from keras_tuner.src.protos import get_service_grpc

from recipes.tuning.oracles import role
from zoo.errors import InputError
from zoo.io.files import read_json, write_json

# Seconds between two signs of life of a worker; for which the chief stays for
# workers that wait; after which a worker gives up a chief that is not there.
BEAT, LEAVE, CHIEF = 5.0, 10.0, 900.0
_FOLDER, _OVER = "search", "over.json"


def run(oracle, folder: Path, attempt: Callable, complete: Callable) -> None:
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
    tuner = _Tuner(oracle, folder, attempt)
    try:
        if role() == "chief":
            tuner.save()
            _serve(oracle, Path(tuner.project_dir), complete)
        else:
            tuner.search()
    except _Over:
        return
    except grpc.RpcError as error:
        raise InputError(
            f"The chief at {_address()} does not answer: {error.code().name}"
        ) from error


class _Over(Exception):
    """The search was over before this worker came."""


class _Tuner(keras_tuner.engine.base_tuner.BaseTuner):
    """KerasTuner's loop around one trial of ours."""

    def __init__(self, oracle, folder: Path, attempt: Callable):
        self.attempt, self.waiting = attempt, False
        # It prints what it reloads; an answer in JSON must stand alone.
        with contextlib.redirect_stdout(io.StringIO()):
            super().__init__(
                oracle, directory=str(folder), project_name=_FOLDER
            )

    # All state is the oracle's. KerasTuner looks for a file of the tuner's own
    # instead, written after the first trial: a kill before it lost that trial.
    def _get_tuner_fname(self):
        return str(Path(self.project_dir) / "oracle.json")

    def save(self):
        if not self._is_worker():
            self.oracle.save()

    def reload(self):
        if not self._is_worker():
            self.oracle.reload()

    def pre_create_trial(self):
        if self._is_worker():
            _wait_for_chief(Path(self.project_dir), self.oracle.max_trials)
        # With nothing to do for now, KerasTuner asks again without a break.
        if self.waiting:
            time.sleep(1)
        self.waiting = True

    def run_trial(self, trial):
        with _alive(self, trial.trial_id):
            found = self.attempt(trial.trial_id, trial.hyperparameters.values)
        if found["status"] == "failed":
            raise FailedTrialError(found["message"])
        return {self.oracle.objective.name: found["score"]}

    # KerasTuner's own takes every exception, a mistake of ours too, for a
    # trial that failed.
    def _try_run_and_update_trial(self, trial):
        self.waiting = False
        try:
            metrics = self.run_trial(trial)
        except FailedTrialError as error:
            trial.status, trial.message = TrialStatus.FAILED, str(error)
        else:
            self.oracle.update_trial(trial.trial_id, metrics)
            trial.status = TrialStatus.COMPLETED


@contextlib.contextmanager
def _alive(tuner, trial_id: str):
    """Within, a worker tells the chief that it lives."""
    done = threading.Event()

    def beat():
        while not done.wait(BEAT):
            # Without a chief the trial goes on; its result can wait for it.
            with contextlib.suppress(grpc.RpcError):
                tuner.oracle.get_trial(trial_id)

    if tuner._is_worker():
        threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _address() -> str:
    names = ("KERASTUNER_ORACLE_IP", "KERASTUNER_ORACLE_PORT")
    return ":".join(os.environ[name] for name in names)


def _serve(oracle, folder: Path, complete: Callable) -> None:
    """Answers the workers until the search is over.

    KerasTuner's own loop leaves as soon as no worker is known, also when one
    is still starting, which then waits for an hour; and it looks only every 20
    seconds. This one leaves a file for those that come late.
    """
    if _is_over(folder, oracle.max_trials):
        return
    # With one thread, no two calls change the oracle at once; and without the
    # option, Linux lets two chiefs share one port.
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=1),
        options=[("grpc.so_reuseport", 0)],
    )
    get_service_grpc().add_OracleServicer_to_server(
        OracleServicer(oracle), server
    )
    try:
        server.add_insecure_port(_address())
    except RuntimeError as error:
        raise InputError(f"The chief cannot listen at {_address()}.") from error
    server.start()
    while not (oracle.over and complete()):
        time.sleep(0.2)
    write_json(folder / _OVER, {"trials": oracle.max_trials})
    until = time.monotonic() + LEAVE
    while oracle.tuner_ids and time.monotonic() < until:
        time.sleep(0.2)
    server.stop(grace=LEAVE).wait()


def _is_over(folder: Path, trials: int | None) -> bool:
    """Whether a chief left, and not from a shorter search in this folder."""
    path = folder / _OVER
    if not path.exists():
        return False
    known = read_json(path)["trials"]
    return known == trials or (None not in (known, trials) and known > trials)


def _wait_for_chief(folder: Path, trials: int | None) -> None:
    until = time.monotonic() + CHIEF
    address = tuple(_address().rsplit(":", 1))
    while time.monotonic() < until:
        if _is_over(folder, trials):
            raise _Over
        with contextlib.suppress(OSError):
            return socket.create_connection(address, timeout=1).close()
        time.sleep(0.2)
    raise InputError(f"There is no chief at {_address()}.")
