"""Interrupts a run in this process, and compares it with a whole one."""

import itertools
import os
import shlex
import signal
import sys

import keras
import pytest
from run_weights import assert_same_weights

from recipes.config import flags
from recipes.training import checkpoint, fit
from recipes.training.checkpoint_store import CheckpointStore
from zoo.errors import Terminated


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
