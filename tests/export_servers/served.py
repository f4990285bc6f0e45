"""Servers of others, started for a test in their own environments."""

import concurrent.futures
import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Seconds until one must answer, on a machine that is busy with other tests.
_STARTS = 120
AT_ONCE = 100
TEXTS = [
    "A quiet, moving film.",
    "I did not like it at all!",
    "",
    "  na\u00efve \u00c9TUDE \u7535\u5f71 <br /> e\u0301 \x00 ",
]


def interpreter(package):
    """The Python of an environment that has `package`; else a skip.

    Where the variable ZOO_PACKAGE_PYTHON does not name it, it is that of
    `make test-servers`.
    """
    variable = f"ZOO_{package.upper()}_PYTHON"
    path = ROOT / f".venv-{package}" / "bin" / "python"
    python = Path(os.environ.get(variable, path))
    if not python.exists():
        pytest.skip(f"no {package}: make test-servers, or set {variable}")
    return python


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def environment(python, **more):
    """Variables of a process: none of this one's that Python reads."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    kept["PATH"] = f"{python.parent}{os.pathsep}{kept['PATH']}"
    return {**kept, **more}


@contextlib.contextmanager
def running(command, ready, log, **options):
    """A server, until the block ends.

    Args:
        command: what starts it.
        ready: an address that answers 200 once it is.
        log: a file for what it prints.
        **options: of `subprocess.Popen`.
    """
    with log.open("w") as file:
        process = subprocess.Popen(
            list(map(str, command)),
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **options,
        )
        try:
            end = time.monotonic() + _STARTS
            while get(ready) != 200:
                said = log.read_text(errors="replace")[-3000:]
                assert process.poll() is None, said
                assert time.monotonic() < end, said
                time.sleep(0.2)
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def get(address):
    """The status of an address; 0 where nothing answers."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


def post(address, body):
    """Sends JSON, or bytes as they are; the status and what was answered."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(address, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def at_once(address, bodies):
    """The same of many bodies, all of them sent at the same time."""
    with concurrent.futures.ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(lambda body: post(address, body), bodies))
