"""The search where processes die, come late or come back."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from searching import table, tune

pytest.importorskip("keras_tuner")

from recipes import agreement
from recipes.training.checkpoint_store import CheckpointStore
from recipes.tuning import oracles, roles, trials, tuner
from zoo.errors import InputError

pytestmark = [
    # KerasTuner asks for the name of the thread by a name that has gone.
    pytest.mark.filterwarnings("ignore:currentThread\\(\\) is deprecated"),
    pytest.mark.filterwarnings("ignore:getName\\(\\) is deprecated"),
]


def random_oracle(folder, number):
    oracle = oracles.oracle(
        "random",
        oracles.space(agreement, agreement.Config(), {}),
        objective=("validation_accuracy", "max"),
        trials=number,
        epochs=1,
        seed=1,
    )
    oracle._set_project_dir(str(folder), "search")
    oracle.verbose = 0
    return oracle


def complete(oracle, trial):
    oracle.update_trial(trial.trial_id, {"validation_accuracy": 0.5})
    trial.status = "COMPLETED"
    oracle.end_trial(trial)


@pytest.mark.parametrize("role", ["alone", "chief"])
def test_a_chief_that_comes_back_knows_who_does_what(
    tmp_path, monkeypatch, role
):
    before = random_oracle(tmp_path, 4)
    first, second = (before.create_trial(n) for n in ("tuner0", "tuner1"))
    # A kill right after the end leaves a file that calls it running.
    complete(before, first)
    assert "tuner0" in (tmp_path / "search" / "oracle.json").read_text()
    # And one right after a trial's file, a trial that the oracle lacks.
    stray = tmp_path / "search" / "trial_2"
    stray.mkdir()
    known = (tmp_path / "search" / "trial_1" / "trial.json").read_text()
    (stray / "trial.json").write_text(known.replace('"1"', '"2"'))

    monkeypatch.setattr(roles, "role", lambda: role)
    after = random_oracle(tmp_path, 4)
    after.reload()
    assert set(after.trials) == {"0", "1"}
    if role == "chief":
        assert after.create_trial("tuner0").trial_id == "2"
    found = after.create_trial("tuner1")
    assert found.trial_id == second.trial_id
    assert found.hyperparameters.values == second.hyperparameters.values


def test_a_lost_trial_goes_to_another_worker(tmp_path, monkeypatch):
    oracle = random_oracle(tmp_path, 1)
    clock = iter(range(0, 1000, 20))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    first = oracle.create_trial("tuner0")
    # Whoever comes back under the same name gets its trial at once.
    assert oracle.create_trial("tuner0").trial_id == first.trial_id
    assert oracle.create_trial("tuner1").status == "IDLE"
    oracle.get_trial(first.trial_id)
    for _ in range(3):
        assert oracle.create_trial("tuner1").status == "IDLE"
    again = oracle.create_trial("tuner1")
    assert (again.trial_id, again.status) == (first.trial_id, "RUNNING")
    complete(oracle, again)
    assert oracle.create_trial("tuner1").status == "STOPPED"
    assert oracle.over


SMALL = "--cell gru --units 8 --layers 1 --embedding-size 8 --window 16"
SMALL += " --batch-size 4 --epoch-windows 8 --epochs 8 --recurrent-dropout 0"


def started(folder, story, *words, **variables):
    return subprocess.Popen(
        [sys.executable, "-m", "zoo", "tune", "char_lm", *SMALL.split()]
        + ["--train-file", str(story), "--run-dir", str(folder), *words],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition, *processes, seconds=120):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        for process in processes:
            assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def whole(folder):
    """Each trial has as many epochs as were asked for, once each."""
    for row in table(folder):
        held = trials.run_folder(folder, row["trial"])
        with open(held / "history.csv", newline="") as file:
            epochs = [int(row["epoch"]) for row in csv.DictReader(file)]
        assert epochs == list(range(1, 9)), row


@pytest.mark.process
def test_killed_in_a_trial_and_started_again(tmp_path, story):
    folder = tmp_path / "search"
    first = started(folder, story, "--trials", "2")
    store = CheckpointStore(folder / "trials" / "0" / "backup")
    wait_for(store.paths, first)
    kill(first)
    model = folder / "default" / "model.keras"
    before = model.stat().st_mtime_ns
    assert not (folder / "trials.json").exists()
    assert store.paths()
    second = started(folder, story, "--trials", "2")
    out, error = second.communicate(timeout=600)
    assert second.returncode == 0, error
    assert [row["trial"] for row in table(folder)] == ["default", "0", "1"]
    assert model.stat().st_mtime_ns == before
    assert "trial default" not in out and out.count("trial 0:") == 1
    whole(folder)


@pytest.mark.process
@pytest.mark.slow
def test_a_second_search_in_the_folder_is_refused(tmp_path, story):
    folder = tmp_path / "search"
    first = started(folder, story, "--trials", "2")
    wait_for((folder / "default" / "config.json").exists, first)
    words = ["tune", "char_lm", *SMALL.split(), "--trials", "2"]
    words += ["--train-file", str(story), "--run-dir", str(folder)]
    for launched in ([], ["launch", "2", "--"]):
        second = subprocess.run(
            [sys.executable, "-m", "zoo", *launched, *words],
            capture_output=True,
            text=True,
        )
        assert second.returncode == 2, second.stderr
        (said,) = second.stderr.strip().splitlines()
        assert f"Another search runs in {folder}. Wait for it" in said
    _, error = first.communicate(timeout=600)
    # Nobody has touched what the first one was at.
    assert first.returncode == 0, error
    assert {row["status"] for row in table(folder)} == {"completed"}


HOLDER = """
import filelock, sys
lock = filelock.FileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.process
def test_the_lock_of_a_search_ends_with_a_kill(trained, capsys, tmp_path):
    folder = tmp_path / "search"
    folder.mkdir()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder / ".lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"
    assert tune(folder, "--trials", 1) == 2
    assert "Another search runs in" in capsys.readouterr().err
    assert not trained and not (folder / "search.json").exists()
    kill(holder)
    assert tune(folder, "--trials", 1) == 0


@pytest.mark.slow
def test_a_chief_and_two_workers_of_which_one_is_killed(tmp_path, story):
    folder = tmp_path / "search"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def begin(name):
        return started(
            folder,
            story,
            "--trials",
            "4",
            KERASTUNER_TUNER_ID=name,
            KERASTUNER_ORACLE_IP="127.0.0.1",
            KERASTUNER_ORACLE_PORT=str(port),
        )

    chief, first, second = (begin(n) for n in ("chief", "tuner0", "tuner1"))
    held = folder / "trials"
    wait_for(lambda: list(held.glob("*/backup/*.npz")), first, second)
    state = json.loads((folder / "search" / "oracle.json").read_text())
    lost = state["ongoing_trials"].get("tuner1", "none")
    kill(second)
    again = begin("tuner1")
    said = {}
    for process in (first, again, chief):
        said[process], error = process.communicate(timeout=600)
        assert process.returncode == 0, error
    assert [row["trial"] for row in table(folder)] == ["default", *"0123"]
    assert f"trial {lost}:" in said[again]
    assert "In " in said[chief]
    whole(folder)


def test_a_worker_that_comes_too_late_leaves(tmp_path, monkeypatch):
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "over.json").write_text('{"trials": 2}')
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", "9")
    with pytest.raises(tuner.Over):
        tuner.wait_for_chief(tmp_path, 2)
    monkeypatch.setattr(tuner, "CHIEF", 0.0)
    with pytest.raises(InputError, match="There is no chief at 127.0.0.1:9"):
        tuner.wait_for_chief(tmp_path, 3)


@pytest.mark.parametrize(
    "name,value,message",
    [
        ("PORT", "x", "PORT must be a number from 1 to 65535. Received: 'x'"),
        ("PORT", "0", "from 1 to 65535"),
        ("PORT", "65536", "from 1 to 65535"),
        ("PORT", "-1", "from 1 to 65535"),
        ("PORT", "\u0661", "Received: '\\u0661'"),
        ("IP", "0.0.0.0", "the machine's own address"),
        ("IP", "[::]", "the machine's own address"),
        ("IP", "::1", "needs brackets"),
        ("IP", "a b", "must be a name or an IP address. Received: 'a b'"),
        ("IP", "a" * 300, "must be a name or an IP address"),
        ("IP", "", "needs KERASTUNER_ORACLE_IP too"),
    ],
)
def test_a_chief_that_can_be_nowhere(
    capsys, tmp_path, monkeypatch, name, value, message
):
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "chief")
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", "8000")
    monkeypatch.setenv(f"KERASTUNER_ORACLE_{name}", value)
    assert tune(tmp_path / "search") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "search").exists()
