"""All of KerasTuner's private parts that a search builds on, in one place.

Tried with KerasTuner 1.4.8; pyproject.toml allows `>=1.4.8,<1.5`. It loses
trials when a process dies, and its loops do not end well when one comes late.
What is put right needs these names, which another version may change:

`keras_tuner.src.engine.trial.TrialStatus`
    what has become of a trial
`keras_tuner.src.distribute.oracle_chief.OracleServicer`,
`keras_tuner.src.protos.get_service_grpc`
    what a chief answers its workers with: `serve`
`Oracle._get_oracle_fname`, `Oracle._get_trial_dir`, `Oracle._save_trial`
    where an oracle writes its state, and its trials
`Oracle._retry_queue`
    trials that the next worker gets
`BaseTuner._get_tuner_fname`, `BaseTuner._is_worker`
    the tuner's own file; whether a chief is elsewhere
`BaseTuner._try_run_and_update_trial`
    one turn of its loop

An oracle's `trials`, `start_order`, `ongoing_trials` and `tuner_ids` have
public names, but stand in no reference.
"""

import contextlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import keras_tuner
from keras_tuner.errors import FailedTrialError
from keras_tuner.src.distribute.oracle_chief import OracleServicer
from keras_tuner.src.engine.trial import TrialStatus
from keras_tuner.src.protos import get_service_grpc

from recipes.tuning import roles
from recipes.tuning.search_files import damaged
from zoo.errors import InputError
from zoo.io.files import read_json, write_json

# Seconds between two signs of life of a worker, and those without one after
# which another worker gets its trial.
BEAT, LOST = 5.0, 60.0
_ENDED = (TrialStatus.COMPLETED, TrialStatus.FAILED)
# Of its files, in the search folder.
FOLDER = "search"


def lasting(kind: type) -> type:
    """An oracle of KerasTuner that a kill of any process does not harm."""

    class Lasting(kind):
        trials: dict[str, Any]
        _retry_queue: list[str]

        def __init__(self, **options):
            super().__init__(**options)
            # When the worker of a trial was heard of, and whether all is done.
            self.heard, self.over = {}, False

        def save(self):
            # KerasTuner writes in place, and a kill would leave half a file.
            write_json(Path(self._get_oracle_fname()), self.get_state())

        def _save_trial(self, trial):
            folder = Path(self._get_trial_dir(trial.trial_id))
            write_json(folder / "trial.json", trial.get_state())

        def reload(self):
            path = Path(self._get_oracle_fname())
            try:
                running = dict(read_json(path)["ongoing_trials"])
                super().reload()
                self._after_a_kill(running)
            # Of all that may be wrong with a file, KerasTuner looks at nothing.
            except (
                AttributeError,
                LookupError,
                RecursionError,
                RuntimeError,
                TypeError,
                ValueError,
            ) as error:
                raise damaged(path.parent) from error

        def _after_a_kill(self, running):
            # It can fall between a trial's file and the oracle's, which
            # then does not know the trial, or thinks that it still runs.
            self.trials = {name: self.trials[name] for name in self.start_order}
            queue = {
                name
                for name in self._retry_queue
                if self.trials[name].status not in _ENDED
            }
            if roles.role() == roles.CHIEF:
                # KerasTuner gives these to whoever comes first, though their
                # workers live on, or come back under the same name.
                for worker, name in running.items():
                    if name in queue:
                        self.ongoing_trials[worker] = self.trials[name]
                        queue.remove(name)
            self._retry_queue = sorted(queue, reverse=True)

        @keras_tuner.synchronized
        def create_trial(self, tuner_id):
            now = time.monotonic()
            for worker, trial in list(self.ongoing_trials.items()):
                silent = now - self.heard.setdefault(trial.trial_id, now)
                if worker != tuner_id and silent > LOST:
                    # KerasTuner would wait for this worker for ever.
                    self.ongoing_trials.pop(worker)
                    self.tuner_ids.discard(worker)
                    self._retry_queue.append(trial.trial_id)
            trial = super().create_trial(tuner_id)
            if trial.status == TrialStatus.RUNNING:
                self.heard[trial.trial_id] = now
            if trial.status == TrialStatus.STOPPED:
                # Nobody leaves while a trial runs: should its worker die,
                # somebody has to run it again.
                if self.ongoing_trials:
                    trial.status = TrialStatus.IDLE
                    self.tuner_ids.add(tuner_id)
                else:
                    self.over = True
            return trial

        def get_trial(self, trial_id):
            # Workers ask for it as a sign of life.
            self.heard[trial_id] = time.monotonic()
            return super().get_trial(trial_id)

    return Lasting


class Tuner(keras_tuner.engine.base_tuner.BaseTuner):
    """KerasTuner's loop around one trial of ours.

    Args:
        oracle: what `lasting` made an instance of.
        folder: the search folder.
        attempt: a function of a trial's name and values to its result.
        wait_for_chief: called by a worker before each trial.
    """

    def __init__(
        self,
        oracle: keras_tuner.Oracle,
        folder: Path,
        attempt: Callable[[str, dict], dict],
        wait_for_chief: Callable[[], None],
    ):
        self.attempt, self.wait_for_chief = attempt, wait_for_chief
        self.waiting = False
        # It prints what it reloads; an answer in JSON must stand alone.
        with contextlib.redirect_stdout(io.StringIO()):
            super().__init__(oracle, directory=str(folder), project_name=FOLDER)

    # All state is the oracle's. KerasTuner looks for a file of the tuner's own
    # instead, written after the first trial: a kill before it lost that trial.
    def _get_tuner_fname(self):
        return str(Path(self.project_dir) / "oracle.json")

    def save(self) -> None:
        if not self._is_worker():
            self.oracle.save()

    def reload(self) -> None:
        if not self._is_worker():
            self.oracle.reload()

    def pre_create_trial(self) -> None:
        if self._is_worker():
            self.wait_for_chief()
        # With nothing to do for now, KerasTuner asks again without a break.
        if self.waiting:
            time.sleep(1)
        self.waiting = True

    def run_trial(self, trial: Any) -> dict[str, float]:
        with self._alive(trial.trial_id):
            result = self.attempt(trial.trial_id, trial.hyperparameters.values)
        if result["status"] == "failed":
            raise FailedTrialError(result["message"])
        return {self.oracle.objective.name: result["score"]}

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
    def _alive(self, trial_id: str) -> Iterator[None]:
        """Within, a worker tells the chief that it lives."""
        done = threading.Event()

        def beat():
            while not done.wait(BEAT):
                # Without a chief the trial goes on; its result can wait.
                with contextlib.suppress(grpc.RpcError):
                    self.oracle.get_trial(trial_id)

        if self._is_worker():
            threading.Thread(target=beat, daemon=True).start()
        try:
            yield
        finally:
            done.set()


def serve(oracle: keras_tuner.Oracle, address: str) -> grpc.Server:
    """A server through which an oracle answers the workers.

    Raises:
        InputError: if the address is taken.
    """
    # With one thread, no two calls change the oracle at once; and without the
    # option, Linux lets two chiefs share one port.
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=1),
        options=[("grpc.so_reuseport", 0)],
    )
    service = OracleServicer(oracle)
    get_service_grpc().add_OracleServicer_to_server(service, server)
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        raise InputError(f"The chief cannot listen at {address}.") from error
    server.start()
    return server
