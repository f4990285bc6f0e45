"""A command that is told to end leaves nothing half done."""

import importlib
import signal
import subprocess
import sys

import pytest

from zoo.cli import signals

# Writes a file, and is told to end when half of it is there.
COMMAND = """
import os, signal, sys
from pathlib import Path
import zoo.cli.commands
from zoo.cli.main import main
from zoo.io.files import replacing

def write(words):
    with replacing(Path("half")) as draft:
        draft.write_text("half")
        os.kill(os.getpid(), int(sys.argv[1]))
        signal.pause()

class Command:
    resumes = False
    def load(self):
        return write

zoo.cli.commands.get = lambda name: Command()
if len(sys.argv) > 2:
    signal.signal(int(sys.argv[1]), signal.SIG_IGN)
    signal.alarm(1)
sys.exit(main(["write"]))
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_what_is_half_done_is_removed(tmp_path, name):
    number = getattr(signal, name)
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, str(int(number))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 128 + number
    word = "interrupted" if name == "SIGINT" else "terminated"
    assert done.stderr == f"\nzoo: {word}\n"
    assert not list(tmp_path.iterdir())


# The signal comes while a finaliser runs, whose errors Python passes over.
FINALISER = """
import os, signal, sys, time
import zoo.cli.commands
from zoo.cli.main import main

class Dying:
    def __del__(self):
        os.kill(os.getpid(), int(sys.argv[1]))
        time.sleep(0.01)

def work(words):
    Dying()
    time.sleep(5)

class Command:
    resumes = False
    def load(self):
        return work

zoo.cli.commands.get = lambda name: Command()
sys.exit(main(["work"]))
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_is_not_lost(name):
    number = getattr(signal, name)
    done = subprocess.run(
        [sys.executable, "-c", FINALISER, str(int(number))],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 128 + number
    assert "Traceback" not in done.stderr


def test_a_signal_that_is_ignored_stays_so(tmp_path):
    """As `nohup` asks for: here the alarm ends it."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, str(int(signal.SIGHUP)), "ignored"],
        cwd=tmp_path,
    )
    assert done.returncode == -signal.SIGALRM


def test_a_system_without_sighup(monkeypatch):
    monkeypatch.delattr(signal, "SIGHUP")
    try:
        assert importlib.reload(signals)._ENDING == [signal.SIGTERM]
    finally:
        monkeypatch.undo()
        importlib.reload(signals)
