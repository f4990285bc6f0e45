"""Several workers on this machine, to try out what runs on several.

    zoo launch 2 -- train char_lm --strategy multiworker
    zoo launch 3 -- tune imdb_sentiment

Each is a process of its own that gets what it would get from a cluster:
`TF_CONFIG` for training, and for tuning the variables of KerasTuner's chief
and its workers. On several machines, set these and start the command itself.

Nobody else reaches them: workers that train have a network of their own, or at
least keep their ports to the loopback device, as KerasTuner's chief does.
"""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import zoo
from recipes.distribute.loopback_guard import LoopbackGuard
from recipes.distribute.multiworker import OPEN_PORTS
from recipes.distribute.private_network import VARIABLE, private_network
from recipes.distribute.secret import VARIABLE as SECRET
from recipes.distribute.signals import PreemptionHandler
from zoo.errors import InputError

# Seconds for the others to end by themselves after one has failed.
_GRACE = 60
# Processes of one machine.
_MOST = 64
# So often a tuning worker that was killed is started again.
_AGAIN = 3
# The command of the zoo that runs here, whatever modules are in the folder of
# the user.
_ZOO = (
    f"import sys; sys.path[0] = {str(Path(zoo.__file__).parents[1])!r}; "
    "from zoo.cli.main import main; sys.exit(main())"
)


def launch(
    count: int, arguments: Sequence[str], *, open_ports: bool = False
) -> int:
    """Runs `zoo ARGUMENTS` in `count` processes.

    What they print has the process's number in front, but for what the first
    one prints with `--json`. When one fails, so do the others, by themselves
    or after a minute; a worker of a tuning that is killed is started again and
    gets its trial back.

    Args:
        count: number of processes.
        arguments: `train` or `tune`, and what belongs to it.
        open_ports: whether workers that train use the machine's network. On
            Linux they keep their ports to it; elsewhere everyone who reaches
            the machine reaches these, and workers say so.

    Returns:
        The exit code of the first that failed; 0 if none did.

    Raises:
        InputError: for any other command, too few processes, or where workers
            would be open to everyone.
    """
    kind = arguments[0] if arguments else None
    arguments = list(arguments)
    if kind == "train":
        # What the workers would say alike, each for itself.
        if not any(word.startswith("--strategy") for word in arguments):
            arguments += ["--strategy", "multiworker"]
        least = 1
    elif kind == "tune":
        least = 2
    else:
        raise InputError(
            "zoo launch N -- train RECIPE ... or tune RECIPE ... Received: "
            f"{' '.join(arguments) or 'nothing'}"
        )
    if not least <= count <= _MOST:
        raise InputError(
            f"zoo launch N -- {kind}: N must be at least {least}, and at most "
            f"{_MOST}. Received: {count}"
        )
    environments = _training(count) if kind == "train" else _tuning(count)
    threads = str(max(1, (os.cpu_count() or 1) // count))
    plain = "--json" in arguments
    # On one machine they share the processor.
    shared = {**os.environ, "TF_NUM_INTRAOP_THREADS": threads}
    processes: list[_Process] = []
    handler = PreemptionHandler()
    with contextlib.ExitStack() as stack:
        network = None
        if open_ports:
            shared[OPEN_PORTS] = "1"
        elif kind == "train":
            network = _network(stack, count)
        if network is not None:
            shared[VARIABLE] = network.number
        stack.callback(_end, processes)
        stack.enter_context(handler.watched())
        # A signal waits until all are there to be ended.
        handler.defer()
        for name, variables in environments.items():
            first = not processes
            values = {**shared, **variables}
            command = _command(arguments)
            processes.append(
                _Process(command, values, name, plain and first, network)
            )
        handler.allow()
        if kind == "tune":
            return _watch(processes, again=_AGAIN, leader=processes[0])
        return _watch(processes)


def _command(arguments):
    return [sys.executable, "-c", _ZOO, *arguments]


def _network(stack, count):
    """A network for the workers; None where each guards its own port.

    Raises:
        InputError: where neither can be, nor is allowed not to be, with what
            to do instead.
    """
    try:
        return stack.enter_context(private_network())
    except InputError as no_network:
        try:
            LoopbackGuard(0).close()
        except OSError as error:
            if os.environ.get(OPEN_PORTS):
                return None
            raise InputError(
                "TensorFlow's workers listen to everyone who reaches this "
                f"machine, and here nothing can be done ({no_network}; "
                f"{error}). If nobody does, or a firewall is in between: zoo "
                f"launch {count} --open-ports -- train ..."
            ) from error
        return None


def _training(count):
    ports = free_ports(count)
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    secret = secrets.token_hex(32)
    return {
        str(index): {
            "TF_CONFIG": json.dumps(
                {"cluster": cluster, "task": {"type": "worker", "index": index}}
            ),
            SECRET: secret,
        }
        for index in range(count)
    }


def _tuning(count):
    (port,) = free_ports(1)
    names = ["chief", *(f"tuner{index}" for index in range(count - 1))]
    return {
        name: {
            "KERASTUNER_TUNER_ID": name,
            "KERASTUNER_ORACLE_IP": "127.0.0.1",
            "KERASTUNER_ORACLE_PORT": str(port),
        }
        for name in names
    }


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on, for now."""
    sockets = [socket.socket() for _ in range(max(0, count))]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class _Process:
    """A worker process, and the threads that pass on what it prints."""

    def __init__(self, command, environment, name, plain, network):
        self.command, self.environment = command, environment
        self.name, self.plain = name, plain
        self.inherited: tuple[int, ...] = ()
        if network is not None:
            self.command = network.command(command)
            self.inherited = network.descriptors
        self.started_again = 0
        self.start()

    def start(self):
        self.ending = False
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            pass_fds=self.inherited,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self.threads = [
            threading.Thread(target=self._pass_on, args=streams, daemon=True)
            for streams in (
                (self.process.stdout, sys.stdout, self.plain),
                (self.process.stderr, sys.stderr, False),
            )
        ]
        for thread in self.threads:
            thread.start()

    def _pass_on(self, source, target, plain):
        with source:
            for line in source:
                # The launcher says so itself, and why.
                told = not line.strip() or line.startswith("zoo: terminated")
                if self.ending and told:
                    continue
                target.write(line if plain else f"[{self.name}] {line}")
                target.flush()

    def end(self):
        """Asks it to end, then makes it end, and passes on the rest."""
        if self.process.poll() is None:
            self.ending = True
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for thread in self.threads:
            thread.join()


def _end(processes):
    for process in processes:
        process.end()


def _watch(processes, again=0, leader=None):
    """The exit code of the first that failed, when all have ended.

    Args:
        processes: that were started.
        again: how often one that was killed is started again.
        leader: the one without which the others have nothing to do.
    """
    failed, until = 0, None
    while True:
        codes = [each.process.poll() for each in processes]
        for index, code in enumerate(codes):
            worker = processes[index]
            if code is not None and code < 0 and worker.started_again < again:
                worker.started_again += 1
                print(f"[{worker.name}] was killed; started again", flush=True)
                worker.start()
                codes[index] = None
        failures = [code for code in codes if code]
        if failures and not failed:
            # A process that a signal has ended has the code that a shell says.
            code = failures[0]
            failed = code if code > 0 else 128 - code
            lost = leader is not None and leader.process.poll()
            until = time.monotonic() + (0 if lost else _GRACE)
        if None not in codes:
            return failed
        if until is not None and time.monotonic() > until:
            return failed
        time.sleep(0.2)
