"""Whoever does not belong to a run reaches none of its workers."""

import subprocess
import sys
import time

import pytest
from stranger import (
    descendants,
    is_reached,
    listening_ports,
    outer_address,
)

from recipes.distribute import launch as launching
from recipes.distribute import private_network
from zoo.cli.main import main
from zoo.errors import InputError

on_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="reads /proc"
)
TRAIN = "train agreement --units 8 --train-examples 200 --batch-size 32"
TUNE = "tune agreement --trials 1 --units 8 --train-examples 200 --epochs 1"


@on_linux
@pytest.mark.process
@pytest.mark.parametrize("words", [f"{TRAIN} --epochs 1", TUNE])
def test_a_stranger_reaches_no_port_of_a_launch(tmp_path, words):
    stranger = outer_address()
    launched = subprocess.Popen(
        [sys.executable, "-m", "zoo", "launch", "2", "--", *words.split()]
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


def test_without_a_network_of_its_own_nothing_begins(
    no_namespaces, monkeypatch, capsys
):
    monkeypatch.setattr(launching, "_Process", None)
    assert main(["launch", "2", "--", "train", "agreement"]) == 2
    said = capsys.readouterr().err
    assert "listen to everyone" in said and "(unshare: forbidden)" in said
    assert "zoo launch 2 --open-ports -- train" in said


def test_a_system_that_has_no_namespaces(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with (
        pytest.raises(InputError, match="darwin has no network namespaces"),
        private_network.private_network(),
    ):
        pass


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
    monkeypatch.setenv(private_network.VARIABLE, "1")
    with pytest.raises(InputError) as within, private_network.explained():
        fetch()
    assert "No connection. Workers of `zoo launch` reach no" in str(
        within.value
    )
