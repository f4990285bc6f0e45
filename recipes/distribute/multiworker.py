"""The strategy of several workers: they meet, and TensorFlow connects them."""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipes.distribute import private_network, secret
from recipes.distribute.addresses import go_past_proxies, is_loopback, split
from recipes.distribute.loopback_guard import SHARED_PORT, LoopbackGuard
from recipes.distribute.rendezvous import meet
from zoo.errors import InputError

# Seconds without a sign of life after which a worker counts as lost, and
# seconds for which the first ones wait for the last one to appear.
HEARTBEAT, REGISTER = 20, 300
# Set where a port may be open to everyone, because nothing can be done.
OPEN_PORTS = "RECURRENT_ZOO_OPEN_PORTS"


def connected(
    addresses: Sequence[str], index: int, secret_file: Path | None
) -> Any:
    """A strategy of `tf.distribute` over all workers, when all are there.

    Args:
        addresses: `HOST:PORT` of each worker, the chief's first.
        index: which of them this process is.
        secret_file: see `recipes.distribute.strategy.build`.

    Raises:
        InputError: if one does not appear, or has no secret.
    """
    known = secret.shared_secret(secret_file)
    if not known and not all(map(is_loopback, addresses)):
        raise secret.needed()
    guarded = _is_guarded(addresses[index])
    count = len(addresses)
    print(f"Worker {index} of {count} waits for the others.", file=sys.stderr)
    meet(addresses, index, REGISTER, known)
    hosts, ports = zip(*map(split, addresses), strict=True)
    go_past_proxies(hosts)
    if not guarded:
        return _strategy(addresses, index)
    os.environ[SHARED_PORT] = "1"
    try:
        guard = LoopbackGuard(ports[index])
        strategy = _strategy(addresses, index)
        guard.check()
    except OSError as error:
        raise InputError(
            f"{addresses[index]} cannot be kept to this machine: {error}"
        ) from error
    return strategy


def _is_guarded(address):
    """Whether others must be kept away from a worker, which is here alone.

    Raises:
        InputError: where they cannot, and nobody has allowed that.
    """
    if not is_loopback(address) or private_network.is_within():
        return False
    try:
        LoopbackGuard(0).close()
    except OSError as error:
        about = (
            f"Whoever reaches this machine reaches TensorFlow's port of "
            f"{address}, and through it your files ({error})."
        )
        if not os.environ.get(OPEN_PORTS):
            raise InputError(
                f"{about} If nobody does, or a firewall is in between: zoo "
                f"launch N --open-ports, or set {OPEN_PORTS}=1."
            ) from error
        print(f"zoo: {about}", file=sys.stderr)
        return False
    return True


def _strategy(addresses, index):
    import tensorflow as tf
    from tensorflow.python.eager import context

    # Without this a machine that falls silent is noticed after minutes.
    context.context().configure_coordination_service(
        service_type="standalone",
        service_leader="/job:worker/replica:0/task:0",
        heartbeat_timeout_in_ms=1000 * HEARTBEAT,
        shutdown_barrier_timeout_in_ms=1000 * HEARTBEAT,
    )
    cluster = tf.train.ClusterSpec({"worker": list(addresses)})
    strategy = tf.distribute.MultiWorkerMirroredStrategy(
        tf.distribute.cluster_resolver.SimpleClusterResolver(
            cluster, task_type="worker", task_id=index, rpc_layer="grpc"
        )
    )
    # TensorFlow catches SIGTERM for a service of its own.
    if threading.current_thread() is threading.main_thread():
        ours = signal.getsignal(signal.SIGTERM) or signal.SIG_DFL
        signal.signal(signal.SIGTERM, ours)
    return strategy
