"""States of a run: what they belong to, and what lies beside them."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from interrupting import Stopping, reporting, stop

from recipes import agreement, char_lm, imdb_sentiment
from recipes.data.examples import Batches
from recipes.training import checkpoint
from recipes.training.checkpoint_store import KEPT, CheckpointStore
from recipes.training.run_folder import FolderLock
from zoo.errors import InputError


def test_nothing_but_states_is_removed(tmp_path):
    store = CheckpointStore(tmp_path / "backup")
    store.write(b"the first", 0, 1)
    (first,) = store.paths()
    store.folder.joinpath("notes.txt").write_text("mine")
    store.folder.joinpath("folder").mkdir()
    # By its name one of ours; by its hash not.
    mine = store.folder / first.name.replace("epoch_0000", "epoch_0009")
    mine = mine.with_name(mine.name.replace("-", "-0", 1)[:-5] + ".npz")
    mine.write_text("mine")
    for step in range(2, 5):
        store.write(b"another", 0, step)
    assert not first.exists()
    assert store.read() == b"another"
    store.remove()
    left = {path.name for path in store.folder.iterdir()}
    assert left == {"notes.txt", "folder", f"{mine.name}.damaged"}


def test_a_backup_that_is_a_link(tmp_path):
    elsewhere = CheckpointStore(tmp_path / "elsewhere")
    for step in range(KEPT):
        elsewhere.write(b"state", 0, step)
    (tmp_path / "elsewhere" / "mine").touch()
    before = sorted(elsewhere.folder.iterdir())
    (tmp_path / "backup").symlink_to("elsewhere")
    store = CheckpointStore(tmp_path / "backup")
    for use in (store.read, lambda: store.write(b"state", 1, 0)):
        with pytest.raises(InputError, match="is a link"):
            use()
    store.remove()
    assert sorted(elsewhere.folder.iterdir()) == before
    assert store.folder.is_symlink()


@pytest.fixture(scope="module")
def stopped(six_epochs, tmp_path_factory):
    """A run that was stopped after a few steps."""
    run = tmp_path_factory.mktemp("stopped") / "run"

    def train(folder):
        imdb_sentiment.train(six_epochs, folder, progress=False)

    stop(train, run, reporting(Stopping(0, 3)))
    return run


def change_state(run, change):
    """Another state in the place of the newest, with its right SHA-256."""
    store = CheckpointStore(run / "backup")
    about, arrays = checkpoint.unpacked(store.read())
    change(about["identity"])
    content = checkpoint.packed(about, arrays)
    store.write(content, len(about["rows"]), about["position"] + 1)


@pytest.mark.training
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda known: known.update(run="0" * 16), "the state of another run"),
        (lambda known: known.clear(), "the state of another run"),
        (
            lambda known: known["config"].update(units=5),
            "another configuration .*units 5 there",
        ),
        (lambda known: known.update(config=3), "another configuration"),
        (lambda known: known.update(data="0" * 64), "data have changed since"),
    ],
)
def test_a_state_of_something_else(
    six_epochs, stopped, tmp_path, change, message
):
    run = tmp_path / "run"
    shutil.copytree(stopped, run)
    change_state(run, change)
    with pytest.raises(InputError, match=message):
        imdb_sentiment.train(six_epochs, run, progress=False)


@pytest.mark.training
def test_a_run_of_before_goes_on(six_epochs, stopped, tmp_path):
    """When neither runs nor states said which run they are."""
    run = tmp_path / "run"
    shutil.copytree(stopped, run)
    about = json.loads((run / "config.json").read_text())
    del about["run"]
    (run / "config.json").write_text(json.dumps(about))
    store = CheckpointStore(run / "backup")
    about, arrays = checkpoint.unpacked(store.read())
    del about["identity"]
    store.write(checkpoint.packed(about, arrays), 0, 9)
    train = dataclasses.replace(six_epochs)

    def go_on(folder):
        imdb_sentiment.train(train, folder, progress=False)

    stop(go_on, run, reporting(Stopping(0, 2)))


@pytest.mark.training
def test_a_text_that_was_changed_between(tiny, tmp_path):
    """Of a text as ids, in the run folder."""
    run = tmp_path / "run"

    def train(folder):
        char_lm.train(tiny["char_lm"], folder, progress=False)

    stop(train, run, reporting(Stopping(0, 3)))
    path = run / "text" / "train.npy"
    ids = np.load(path)
    ids[0] = (ids[0] + 1) % 3
    np.save(path, ids)
    with pytest.raises(InputError, match="data have changed since"):
        train(run)


@pytest.mark.training
def test_a_run_that_another_process_has_finished(
    six_epochs, six_epochs_run, tmp_path, monkeypatch
):
    """Between the look for its metrics and the lock."""
    run = tmp_path / "run"
    shutil.copytree(six_epochs_run, run)
    metrics = (run / "metrics.json").read_text()
    (run / "metrics.json").unlink()
    monkeypatch.setattr(
        FolderLock,
        "acquire",
        lambda lock, new=False: (lock.folder / "metrics.json").write_text(
            metrics
        ),
    )
    found = imdb_sentiment.train(six_epochs, run, progress=False)
    assert found == json.loads(metrics)


def test_a_run_that_another_process_has_begun(tmp_path):
    """Between the look into the folder and the lock."""
    (tmp_path / "config.json").write_text("{}")
    lock = FolderLock(tmp_path)
    with pytest.raises(InputError, match="has begun a run .* meanwhile"):
        lock.acquire(new=True)
    lock.acquire()
    lock.remove()


def test_a_model_that_cannot_be_leaves_no_folder(tmp_path):
    config = agreement.Config(units=10**8, train_examples=10)
    with pytest.raises(InputError, match="`units` must be at most"):
        agreement.train(config, tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()
    with pytest.raises(InputError, match="`train_examples` must be at most"):
        agreement.Config(train_examples=10**9)


def test_what_batches_are_made_of():
    def batches(*arrays):
        return Batches(lambda _: iter(()), 1, lambda: arrays)

    ids = np.arange(10, dtype="int32")
    same = batches(ids).sha256()
    assert batches(ids.copy()).sha256() == same
    others = [ids[::-1], ids[:9], ids.reshape(5, 2), ids.astype("int64")]
    assert same not in {batches(other).sha256() for other in others}
