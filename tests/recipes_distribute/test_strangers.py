"""Whoever does not belong to a run reaches none of its workers."""

import contextlib
import socket
import subprocess
import sys
import time

import pytest
from command_line import mistake
from stranger import (
    descendants,
    is_reached,
    listening_ports,
    outer_address,
)

from recipes.distribute import launch as launching
from recipes.distribute import loopback_guard, multiworker, private_network
from zoo.errors import InputError

on_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="reads /proc"
)
TRAIN = "train agreement --units 8 --train-examples 200 --epochs 1"
TUNE = "tune agreement --trials 1 --units 8 --train-examples 200 --epochs 1"


# As where a container or the system forbids namespaces.
WITHOUT_NAMESPACES = """
import sys
from recipes.distribute import private_network
from zoo.cli.main import main
private_network._PYTHON = [sys.executable, "-c", "pass"]
sys.exit(main())
"""


@on_linux
@pytest.mark.process
@pytest.mark.parametrize(
    "zoo,words",
    [
        pytest.param(["-m", "zoo"], TRAIN, marks=pytest.mark.slow),
        (["-c", WITHOUT_NAMESPACES], TRAIN),
        (["-m", "zoo"], TUNE),
    ],
    ids=["own network", "guarded ports", "search"],
)
def test_a_stranger_reaches_no_port_of_a_launch(tmp_path, zoo, words):
    stranger = outer_address()
    launched = subprocess.Popen(
        [sys.executable, *zoo, "launch", "2", "--", *words.split()]
        + ["--run-dir", str(tmp_path / "run")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    ports, reached = set(), set()
    while launched.poll() is None:
        for process in descendants(launched.pid):
            for port in listening_ports(process):
                ports.add(port)
                if is_reached(stranger, port):
                    reached.add(port)
        time.sleep(0.05)
    _, errors = launched.communicate()
    assert launched.returncode == 0, errors
    assert not reached
    # Workers that train listen, each; of a search the chief alone does.
    assert len(ports) >= (1 if words == TUNE else 2)


@pytest.fixture
def no_namespaces(monkeypatch):
    monkeypatch.setattr(
        private_network,
        "_PYTHON",
        [sys.executable, "-c", "import sys; sys.exit('unshare: forbidden')"],
    )


@pytest.fixture
def no_filters(monkeypatch):
    def refused(*_):
        raise OSError("no filters")

    monkeypatch.setattr(launching, "LoopbackGuard", refused)
    monkeypatch.setattr(multiworker, "LoopbackGuard", refused)


def test_where_ports_would_be_open_nothing_begins(
    no_namespaces, no_filters, monkeypatch, capsys
):
    monkeypatch.setattr(launching, "_Process", None)
    monkeypatch.delenv(multiworker.OPEN_PORTS, raising=False)
    said = mistake(capsys, "launch", "2", "--", "train", "agreement")
    assert "listen to everyone" in said
    assert "(unshare: forbidden; no filters)" in said
    assert "zoo launch 2 --open-ports -- train" in said


def test_a_worker_alone_is_guarded_or_refused(no_filters, monkeypatch, capsys):
    monkeypatch.delenv(multiworker.OPEN_PORTS, raising=False)
    # Only the variable, and not the network.
    monkeypatch.setenv(private_network.VARIABLE, "1")
    with pytest.raises(InputError, match="through it your files .no filters"):
        multiworker._is_guarded("127.0.0.1:5000")
    monkeypatch.setenv(multiworker.OPEN_PORTS, "1")
    assert not multiworker._is_guarded("127.0.0.1:5000")
    assert "reaches TensorFlow's port" in capsys.readouterr().err
    # On several machines it must be reached.
    monkeypatch.delenv(multiworker.OPEN_PORTS)
    assert not multiworker._is_guarded("10.0.0.1:5000")


@on_linux
def test_a_guard_lets_this_machine_in_alone(monkeypatch):
    outer = outer_address()
    with contextlib.closing(loopback_guard.LoopbackGuard(0)) as guard:
        port = guard.port
        # Before there is a server, and beside it.
        assert not is_reached(outer, port) and not is_reached("::1", port)
        with socket.socket(guard.family) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            server.bind(("", port))
            server.listen()
            assert not is_reached(outer, port)
            assert is_reached("127.0.0.1", port)
            guard.check()
        other = {
            socket.AF_INET6: socket.AF_INET,
            socket.AF_INET: socket.AF_INET6,
        }
        with socket.socket(other[guard.family]) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            server.bind(("", port))
            server.listen()
            with pytest.raises(OSError, match="listens on its own"):
                guard.check()


def test_a_system_that_has_no_namespaces(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with (
        pytest.raises(InputError, match="darwin has no network namespaces"),
        private_network.private_network(),
    ):
        pass
    with pytest.raises(OSError, match="darwin has no such filters"):
        loopback_guard.LoopbackGuard(0)


LOOK = """
import os, socket, sys
listening = socket.create_server(("127.0.0.1", 0))
socket.create_connection(listening.getsockname()).close()
socket.create_server(("::1", 0), family=socket.AF_INET6).close()
open(sys.argv[1], "w").close()
print(os.getuid(), os.getgid(), len(os.listdir("/proc/self/fd")))
try:
    socket.create_connection((sys.argv[2], 9))
except OSError as error:
    print(error.strerror)
"""


@on_linux
def test_what_a_worker_finds_in_its_network(tmp_path):
    with private_network.private_network() as network:
        seen = subprocess.run(
            network.command(
                [sys.executable, "-c", LOOK, tmp_path / "file", "192.0.2.1"]
            ),
            pass_fds=network.descriptors,
            capture_output=True,
            text=True,
        )
    about = (tmp_path / "file").stat()
    # Standard streams, the two sockets and the folder that is read.
    lines = [f"{about.st_uid} {about.st_gid} 5", "Network is unreachable"]
    assert seen.stdout.splitlines() == lines, seen.stderr


def test_an_error_says_when_there_is_no_network(monkeypatch):
    def fetch():
        import socket

        try:
            raise socket.gaierror(-3, "Temporary failure in name resolution")
        except OSError as error:
            raise InputError("No connection.") from error

    with pytest.raises(InputError) as alone, private_network.explained():
        fetch()
    assert str(alone.value) == "No connection."
    monkeypatch.setattr(private_network, "is_within", lambda: True)
    with pytest.raises(InputError) as within, private_network.explained():
        fetch()
    assert "No connection. Workers of `zoo launch` reach no" in str(
        within.value
    )
