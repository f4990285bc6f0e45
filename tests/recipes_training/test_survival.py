"""Killed, preempted, out of disk, damaged, gone to infinity: on real runs."""

import dataclasses
import itertools
import json
import os
import resource
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from run_weights import assert_same_weights, weights

from recipes import char_lm, imdb_sentiment
from recipes.config import flags
from recipes.distribute.signals import PreemptionHandler
from recipes.evaluation import classification
from recipes.training import checkpoint, fit
from recipes.training.checkpoint_store import KEPT, CheckpointStore
from zoo.errors import InputError, Terminated

KILLED = Path(__file__).with_name("killed.py")


def histories(*folders):
    """The rows of each `history.csv`, without the seconds."""
    texts = [(folder / "history.csv").read_text() for folder in folders]
    return [
        [line.split(",")[:1] + line.split(",")[2:] for line in text.split()]
        for text in texts
    ]


def command(config, run, first):
    """The training as a command, behind a line of Python."""
    words = shlex.split(flags.command("imdb_sentiment", config))[1:]
    main = "import sys; from zoo.cli.main import main; sys.exit(main())"
    line = f"{first}; {main}"
    return [sys.executable, "-c", line, *words, "--run-dir", str(run)]


def assert_ends_like(run, whole):
    assert_same_weights(run, whole)
    ours, theirs = histories(run, whole)
    assert ours == theirs


@pytest.fixture(scope="module")
def config(reviews):
    """Six epochs of 18 steps, with dropout and averaged weights."""
    return imdb_sentiment.Config(
        train_file=str(reviews),
        units=8,
        bidirectional=False,
        embedding_size=8,
        epochs=6,
        batch_size=6,
        learning_rate=0.01,
        dropout=0.2,
        recurrent_dropout=0.2,
        ema=0.9,
    )


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    """The run that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    imdb_sentiment.train(config, folder, progress=False)
    return folder


@pytest.mark.process
def test_killed_five_times(config, whole, tmp_path):
    path, run = tmp_path / "config.json", tmp_path / "run"
    path.write_text(json.dumps(dataclasses.asdict(config)))
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
    imdb_sentiment.train(config, run, progress=False)
    assert_ends_like(run, whole)
    # Nothing is left of what was half written.
    assert not (run / "backup").exists()
    assert not [p for p in run.rglob(".*") if p.is_file()]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.process
def test_asked_to_stop(config, tmp_path, how):
    longer = dataclasses.replace(config, epochs=200)
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


class Stopping(keras.callbacks.Callback):
    """A signal to this very process, or an error, before the end of a step."""

    def __init__(self, epoch, step, error=None):
        super().__init__()
        self.index = epoch, step
        self.error = error

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == self.index:
            if self.error is not None:
                raise self.error
            os.kill(os.getpid(), signal.SIGTERM)


def signalled_at(call, function):
    """`function`, with a signal to this very process at its nth call."""
    counter = itertools.count(1)

    def signalling(*arguments):
        if next(counter) == call:
            os.kill(os.getpid(), signal.SIGTERM)
        return function(*arguments)

    return signalling


def stop(train, run, *patches, error=Terminated):
    """Trains with `patches` until it is stopped.

    Returns:
        Of the newest state, the number of whole epochs and of steps behind.
    """
    with pytest.MonkeyPatch.context() as patch:
        for arguments in patches:
            patch.setattr(*arguments)
        with pytest.raises(error):
            train(run)
    about, _ = checkpoint.unpacked(CheckpointStore(run / "backup").read())
    return len(about["rows"]), about["position"]


def reporting(callback):
    return fit, "reporters", lambda *_: [callback]


def test_the_middle_of_an_epoch_is_kept(config, whole, tmp_path):
    def train(run):
        imdb_sentiment.train(config, run, progress=False)

    run = tmp_path / "run"
    assert stop(train, run, reporting(Stopping(2, 7))) == (2, 8)
    train(run)
    assert_ends_like(run, whole)


@pytest.mark.training
def test_stopped_in_every_epoch(config, whole, tmp_path, capsys):
    """In each in another way; all of it one run in the end."""

    def train(run):
        imdb_sentiment.train(config, run)

    run = tmp_path / "run"
    # Behind the last step.
    assert stop(train, run, reporting(Stopping(1, 17))) == (1, 18)
    # In the validation of the second epoch after that one.
    of_batches = classification.of_batches

    def made(*arguments):
        return signalled_at(3, of_batches(*arguments))

    patch = classification, "of_batches", made
    assert stop(train, run, patch) == (3, 18)
    # By an error, where the state is written on the way in a long epoch.
    failing = reporting(Stopping(4, 9, RuntimeError()))
    patch = "recipes.training.checkpoint_callback._SECONDS", 0
    assert stop(train, run, failing, patch, error=RuntimeError) == (4, 9)
    # And the newest state is damaged: the one before counts.
    newest, before = CheckpointStore(run / "backup").paths()
    newest.write_bytes(_flipped(newest.read_bytes()))
    capsys.readouterr()
    train(run)
    printed = capsys.readouterr()
    assert f"{newest} is damaged" in printed.err
    assert "Going on after epoch 4 and 8 steps." in printed.out
    assert_ends_like(run, whole)


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


class Full(keras.callbacks.Callback):
    """From the second epoch on, no file can grow beyond 1 KiB."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))


@pytest.mark.training
def test_a_full_disk(config, whole, tmp_path):
    run = tmp_path / "run"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(*reporting(Full()))
            with pytest.raises(InputError, match="cannot be saved.* intact"):
                imdb_sentiment.train(config, run, progress=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    (path,) = CheckpointStore(run / "backup").paths()
    assert path.name.startswith("epoch_0001_step_00000000")
    assert [p.name for p in (run / "backup").iterdir()] == [path.name]
    imdb_sentiment.train(config, run, progress=False)
    assert_same_weights(run, whole)


@pytest.mark.process
def test_logs_on_a_full_disk(config, tmp_path):
    """TensorBoard's file grows beyond what the state and all else takes."""
    run = tmp_path / "run"
    limit = f"(resource.RLIMIT_FSIZE, ({120 * 1024}, {120 * 1024}))"
    result = subprocess.run(
        command(config, run, f"import resource; resource.setrlimit{limit}"),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2
    assert "zoo: error:" in result.stderr and "logs cannot be" in result.stderr
    assert "Traceback" not in result.stderr
    assert CheckpointStore(run / "backup").read()


def _cut(content):
    return content[: len(content) // 2]


def _flipped(content):
    middle = len(content) // 2
    bit = bytes([content[middle] ^ 1])
    return content[:middle] + bit + content[middle + 1 :]


@pytest.mark.parametrize("damage", [_cut, _flipped, lambda _: b""])
def test_damage_is_noticed(tmp_path, capsys, damage):
    store = CheckpointStore(tmp_path)
    store.write(b"the one before", 1, 0)
    store.write(b"the newest one", 1, 5)
    newest = store.paths()[0]
    newest.write_bytes(damage(newest.read_bytes()))
    assert store.read() == b"the one before"
    assert f"{newest} is damaged" in capsys.readouterr().err
    # It takes no whole one's place.
    store.write(b"the next", 2, 0)
    assert newest not in store.paths() and len(store.paths()) == KEPT


def test_no_state_is_whole(config, tmp_path):
    store = CheckpointStore(tmp_path / "backup")
    assert store.read() is None
    for epoch in range(3):
        store.write(b"state %d" % epoch, epoch, 0)
    assert len(store.paths()) == KEPT
    assert store.read() == b"state 2"
    for path in store.paths():
        path.write_bytes(b"")
    with pytest.raises(InputError, match="Each state in .* is damaged"):
        store.read()


@pytest.mark.training
def test_numbers_that_leave_their_range(tiny, tmp_path):
    config = dataclasses.replace(tiny["imdb_sentiment"], clip_norm=1e38)
    # 114 examples make 8 steps of the first epoch.
    rates = keras.optimizers.schedules.PiecewiseConstantDecay(
        [8 + 3], [0.01, 1e38]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recipes.training.run.cosine", lambda *_, **__: rates)
        with pytest.raises(InputError) as error:
            imdb_sentiment.train(config, tmp_path / "run", progress=False)
    assert "norm of the gradient is nan at step 1" in str(error.value)
    assert "The weights of epoch 1, the best, are kept" in str(error.value)
    kept = weights(tmp_path / "run")
    assert all(np.isfinite(array).all() for array in kept)
    store = CheckpointStore(tmp_path / "run" / "backup")
    _, arrays = checkpoint.unpacked(store.read())
    for ours, theirs in zip(kept, arrays["best"], strict=True):
        np.testing.assert_array_equal(ours, theirs)
