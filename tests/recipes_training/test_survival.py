"""Killed, preempted, stopped: the same command goes on, bit by bit."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from interrupting import (
    Stopping,
    assert_ends_like,
    command,
    reporting,
    signalled_at,
    stop,
)

from recipes import char_lm, imdb_sentiment
from recipes.distribute.signals import PreemptionHandler
from recipes.methods import initial_weights
from recipes.training import checkpoint
from recipes.training.checkpoint_store import CheckpointStore
from zoo.errors import InputError, Terminated

KILLED = Path(__file__).with_name("killed.py")


@pytest.mark.process
def test_killed_five_times(six_epochs, six_epochs_run, tmp_path):
    path, run = tmp_path / "config.json", tmp_path / "run"
    path.write_text(json.dumps(dataclasses.asdict(six_epochs)))
    random = np.random.default_rng(int.from_bytes(os.urandom(4), "little"))
    # 18 steps an epoch. What was done before is not done again, so there are
    # epochs left for the last of them.
    first, last = random.integers(2, 25), random.integers(2, 15)
    places = ["draft", f"steps:{first}", "between", "validation"]
    result = subprocess.run(
        [sys.executable, KILLED, path, run, *places, f"steps:{last}"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    signals = [int(word) for word in result.stdout.split()]
    assert signals == [signal.SIGKILL] * 5, (first, last)
    assert not (run / "metrics.json").exists()
    imdb_sentiment.train(six_epochs, run, progress=False)
    assert_ends_like(run, six_epochs_run)
    # Nothing is left of what was half written.
    assert not (run / "backup").exists()
    assert not [p for p in run.rglob(".*") if p.is_file()]


@pytest.mark.parametrize(
    "how", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM]
)
@pytest.mark.process
def test_asked_to_stop(six_epochs, tmp_path, how):
    longer = dataclasses.replace(six_epochs, epochs=200)
    run = tmp_path / "run"
    # A shell that runs the tests in the background has it ignored.
    first = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    process = subprocess.Popen(
        command(longer, run, f"import signal; {first}"),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    while not CheckpointStore(run / "backup").paths():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    # Meanwhile nobody else may train there.
    with pytest.raises(InputError, match="Another process trains in"):
        imdb_sentiment.train(longer, run, progress=False)
    process.send_signal(how)
    began = time.perf_counter()
    _, errors = process.communicate(timeout=600)
    assert time.perf_counter() - began < 10
    assert process.returncode == 128 + how
    assert "the same command goes on from there" in errors
    about, _ = checkpoint.unpacked(CheckpointStore(run / "backup").read())
    assert 0 < len(about["rows"]) < 200


@pytest.mark.training
def test_the_middle_of_an_epoch_is_kept(six_epochs, six_epochs_run, tmp_path):
    def train(run):
        imdb_sentiment.train(six_epochs, run, progress=False)

    run = tmp_path / "run"
    assert stop(train, run, reporting(Stopping(2, 7))) == (2, 8)
    train(run)
    assert_ends_like(run, six_epochs_run)


@pytest.mark.training
def test_an_embedding_is_not_begun_again(six_epochs, tmp_path, monkeypatch):
    """Stopped in the first epoch, it goes on with what it has learned."""
    made = []

    def vectors(examples, vocabulary_size, size):
        made.append(size)
        return np.full((vocabulary_size, size), 0.25, "float32")

    monkeypatch.setattr(initial_weights, "word_vectors", vectors)
    config = dataclasses.replace(six_epochs, word_vectors=True, epochs=1)

    def train(run):
        imdb_sentiment.train(config, run, progress=False)

    assert stop(train, tmp_path, reporting(Stopping(0, 7))) == (0, 8)
    train(tmp_path)
    assert len(made) == 1


@pytest.mark.training
def test_averages_and_carried_states(tiny, tmp_path):
    """Stopped in the middle of an epoch and in a validation."""

    def train(run):
        char_lm.train(tiny["char_lm"], run, progress=False)

    run = tmp_path / "run"
    assert stop(train, run, reporting(Stopping(1, 9))) == (1, 10)
    patch = char_lm, "text_nats", signalled_at(1, char_lm.text_nats)
    assert stop(train, run, patch) == (1, 35)
    train(run)
    train(tmp_path / "whole")
    assert_ends_like(run, tmp_path / "whole")


def test_signals_wait():
    handler = PreemptionHandler()
    done = []
    with handler.watched():
        with pytest.raises(Terminated):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
    handler = PreemptionHandler()
    with handler.watched():
        handler.defer()
        os.kill(os.getpid(), signal.SIGTERM)
        done.append("the step")
        with pytest.raises(Terminated):
            handler.allow()
    assert done
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
