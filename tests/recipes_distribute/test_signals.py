"""Signals to stop, where the system has them."""

import importlib
import os
import signal
import subprocess
import sys
import time

import pytest

from recipes.distribute import signals
from recipes.training.checkpoint_store import CheckpointStore
from zoo.errors import Terminated

needs_hup = pytest.mark.skipif(
    not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP"
)


@needs_hup
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_is_raised_where_it_does_no_harm(name):
    number = getattr(signal, name)
    handler = signals.PreemptionHandler()
    with handler.watched():
        handler.defer()
        os.kill(os.getpid(), number)
        with pytest.raises(Terminated):
            handler.allow()


@needs_hup
def test_nohup_is_respected():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.PreemptionHandler().watched():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_system_without_sighup(monkeypatch):
    monkeypatch.delattr(signal, "SIGHUP", raising=False)
    try:
        without = importlib.reload(signals)
        with without.PreemptionHandler().watched():
            assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
    finally:
        monkeypatch.undo()
        importlib.reload(signals)


@needs_hup
@pytest.mark.process
def test_a_terminal_that_is_closed_costs_no_training(tmp_path):
    command = [sys.executable, "-m", "zoo", "train", "agreement"]
    command += ["--units", "8", "--train-examples", "3000", "--epochs", "50"]
    store = CheckpointStore(tmp_path / "run" / "backup")
    process = subprocess.Popen(
        [*command, "--run-dir", str(tmp_path / "run")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not store.paths():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGHUP)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGHUP
    assert "zoo: terminated; the same command goes on" in errors
    assert store.paths()
