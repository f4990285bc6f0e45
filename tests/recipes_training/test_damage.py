"""Full disks, damaged states, numbers out of range: what is whole is kept."""

import dataclasses
import resource
import subprocess

import keras
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
from run_weights import assert_same_weights, weights

from recipes import imdb_sentiment
from recipes.evaluation import classification
from recipes.training import checkpoint
from recipes.training.checkpoint_store import KEPT, CheckpointStore
from zoo.errors import InputError


@pytest.mark.training
@pytest.mark.slow
def test_stopped_in_every_epoch(six_epochs, six_epochs_run, tmp_path, capsys):
    """In each in another way; all of it one run in the end."""

    def train(run):
        imdb_sentiment.train(six_epochs, run)

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
    assert_ends_like(run, six_epochs_run)


class Full(keras.callbacks.Callback):
    """From the second epoch on, no file can grow beyond 1 KiB."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))


@pytest.mark.training
def test_a_full_disk(six_epochs, six_epochs_run, tmp_path):
    run = tmp_path / "run"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(*reporting(Full()))
            with pytest.raises(InputError, match="cannot be saved.* intact"):
                imdb_sentiment.train(six_epochs, run, progress=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    (path,) = CheckpointStore(run / "backup").paths()
    assert path.name.startswith("epoch_0001_step_00000000")
    assert [p.name for p in (run / "backup").iterdir()] == [path.name]
    imdb_sentiment.train(six_epochs, run, progress=False)
    assert_same_weights(run, six_epochs_run)


@pytest.mark.process
def test_logs_on_a_full_disk(six_epochs, tmp_path):
    """TensorBoard's file grows beyond what the state and all else takes."""
    run = tmp_path / "run"
    limit = f"(resource.RLIMIT_FSIZE, ({120 * 1024}, {120 * 1024}))"
    result = subprocess.run(
        command(six_epochs, run, f"import resource; resource.setrlimit{limit}"),
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


def test_no_state_is_whole(six_epochs, tmp_path):
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
