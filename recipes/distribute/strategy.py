"""Where a run is computed: on one device, several, or several machines.

TensorFlow fixes its devices and its connections when it is first used, and
importing Keras uses it. So `build` comes before anything that imports Keras:
the `zoo` command calls it before it opens a recipe.
"""

import contextlib
import dataclasses
import functools
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from recipes.distribute import multiworker
from recipes.distribute.addresses import cluster
from recipes.distribute.worker_errors import lost_workers
from zoo.argument_checks import one_of
from zoo.errors import InputError

_Result = TypeVar("_Result")
# More parts of one machine than that need its memory for themselves.
_MOST_REPLICAS = 1024
STRATEGIES = ("none", "mirrored", "multiworker", "tpu")


@dataclasses.dataclass(frozen=True)
class Distribution:
    """Where a run is computed; made by `build`.

    Attributes:
        strategy: of `tf.distribute`; None for one device.
        workers: `HOST:PORT` of each, in order; empty on one machine.
        index: which of them this process is. Worker 0 is the chief, the one
            that writes.
        xla: whether a training step is compiled by XLA, for a few shapes.
    """

    strategy: Any = None
    workers: tuple[str, ...] = ()
    index: int = 0
    xla: bool = False

    @property
    def replicas(self) -> int:
        """Number of copies of the model, over all workers."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    @property
    def local(self) -> range:
        """Numbers of the replicas of this process."""
        here = self.replicas // max(1, len(self.workers))
        return range(self.index * here, (self.index + 1) * here)

    @property
    def chief(self) -> bool:
        """Whether this process is the one that writes."""
        return self.index == 0

    def check(self, *, precision: str, batch_size: int | None = None) -> None:
        """Refuses what cannot be divided among the replicas.

        Args:
            precision: the dtype policy of the model.
            batch_size: rows of a batch, where it has a fixed number.

        Raises:
            InputError: for a batch or a precision of one replica.
        """
        if batch_size is not None and batch_size % self.replicas:
            raise InputError(
                f"`batch_size` {batch_size} cannot be divided among "
                f"{self.replicas} replicas."
            )
        if self.replicas > 1 and precision == "mixed_float16":
            raise InputError(
                "mixed_float16 needs a single replica; mixed_bfloat16 does "
                "for several."
            )

    def scope(self) -> contextlib.AbstractContextManager:
        """A context in which variables are made for all replicas."""
        if self.strategy is None:
            return contextlib.nullcontext()
        return self.strategy.scope()

    def by_chief(self, function: Callable[[], _Result]) -> _Result:
        """What `function` returns on the chief, as JSON, on every worker.

        Raises:
            InputError: on every worker, what the chief raised.
        """
        if len(self.workers) < 2:
            return function()
        answer: dict[str, Any] = {}
        if self.chief:
            try:
                answer = {"result": function()}
            except InputError as error:
                answer = {"error": str(error)}
        reply = json.loads(self.sent(json.dumps(answer).encode()))
        if "error" in reply:
            raise InputError(reply["error"])
        return reply["result"]

    def agree(self, what: str, value: Any) -> None:
        """Checks that all workers have the same.

        With different data or flags, they would wait for each other without
        an end, or train on gradients that no data set has.

        Args:
            what: name of it.
            value: as JSON.

        Raises:
            InputError: on a worker whose value is not the chief's.
        """
        chiefs = self.by_chief(lambda: value)
        if chiefs != value:
            raise InputError(
                f"Worker {self.index} has another {what} than the chief: "
                f"{value!r}, not {chiefs!r}. Give all workers the same flags "
                "and the same data."
            )

    def sent(self, content: bytes) -> bytes:
        """The chief's `content`, on every worker."""
        if len(self.workers) < 2:
            return content
        # `zoo --help` does not wait for it.
        import numpy as np

        length = int(self._sum(np.array([len(content)], "int32"))[0])
        padded = content.ljust(length + -length % 4, b"\0")
        words = np.frombuffer(padded, "int32")
        if not self.chief:
            words = np.zeros((length + 3) // 4, "int32")
        return self._sum(words).tobytes()[:length]

    def _sum(self, array):
        """The chief's array, whatever the others have."""
        with lost_workers(self.workers, self.index):
            results = _from_first_replica(self.strategy)(array)
            return self.strategy.experimental_local_results(results)[0].numpy()


@functools.cache
def _from_first_replica(strategy):
    """A function that gives all replicas what the first one has."""
    import tensorflow as tf

    def sum_of_first(values):
        context = tf.distribute.get_replica_context()
        first = context.replica_id_in_sync_group == 0
        values = tf.where(first, values, tf.zeros_like(values))
        return context.all_reduce(tf.distribute.ReduceOp.SUM, values)

    return tf.function(
        lambda values: strategy.run(sum_of_first, (values,)),
        input_signature=[tf.TensorSpec([None], tf.int32)],
    )


_current = Distribution()


def current() -> Distribution:
    """Where this process trains."""
    return _current


@contextlib.contextmanager
def using(distribution: Distribution) -> Iterator[Distribution]:
    """Within, runs are computed there."""
    global _current
    before, _current = _current, distribution
    try:
        yield distribution
    finally:
        _current = before


def build(
    name: str = "none",
    workers: Sequence[str] = (),
    index: int | None = None,
    replicas: int = 0,
    xla: bool = False,
    *,
    secret_file: Path | None = None,
) -> Distribution:
    """Sets TensorFlow up.

    Args:
        name: one of `STRATEGIES`.
        workers: `HOST:PORT` of each worker, the same list on all of them;
            without any, `TF_CONFIG` says.
        index: which of them this process is.
        replicas: of this process; 0 for one on each GPU. On a machine
            without a GPU, so many parts of the processor.
        xla: whether a training step is compiled by XLA.
        secret_file: holds what all workers know and nobody else does; without
            it, `RECURRENT_ZOO_SECRET` does. Only workers of one machine may
            have none.

    Raises:
        InputError: for what cannot be set up, or does not answer.
    """
    one_of("strategy", name, STRATEGIES)
    asked = workers or index is not None or secret_file is not None
    if name != "multiworker" and asked:
        raise InputError(
            "--workers, --index and --secret-file need --strategy multiworker."
        )
    if replicas < 0 or (replicas and name != "mirrored"):
        raise InputError("--replicas N needs --strategy mirrored, and N > 0.")
    if replicas > _MOST_REPLICAS:
        raise InputError(
            f"--replicas must be at most {_MOST_REPLICAS}. Received: {replicas}"
        )
    if name == "none" and not xla:
        return Distribution()
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if backend != "tensorflow":
        raise InputError(
            "--strategy and --xla need the TensorFlow backend. KERAS_BACKEND "
            f"is {backend!r}."
        )
    if name == "none":
        return Distribution(xla=True)
    if name == "tpu":
        return Distribution(_tpu(), xla=True)
    if name == "multiworker":
        addresses, index = cluster(workers, index)
        strategy = multiworker.connected(addresses, index, secret_file)
        return Distribution(strategy, addresses, index, xla)
    return Distribution(_mirrored(replicas), xla=xla)


def _mirrored(replicas):
    import tensorflow as tf

    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    devices = tf.config.list_physical_devices(kind)
    if kind == "GPU":
        if replicas > len(devices):
            raise InputError(f"There are {len(devices)} GPUs, not {replicas}.")
    else:
        part = tf.config.LogicalDeviceConfiguration()
        parts = [part] * (replicas or 1)
        tf.config.set_logical_device_configuration(devices[0], parts)
    names = [device.name for device in tf.config.list_logical_devices(kind)]
    return tf.distribute.MirroredStrategy(names[: replicas or None])


def _tpu():
    import tensorflow as tf

    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, tf.errors.OpError) as error:
        raise InputError(
            "No TPU was found: --strategy tpu is for a machine that has one, "
            "or that TPU_NAME leads to one."
        ) from error
    return tf.distribute.TPUStrategy(resolver)
