"""Several workers on one machine."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from recipes.distribute import launch as launching
from recipes.distribute.loopback_guard import LoopbackGuard
from zoo.cli.main import main

# What stands in the place of Python, where that would take long.
FAKE = """#!{python}
import json, os, pathlib, signal, sys, time
name = os.environ.get("KERASTUNER_TUNER_ID")
name = name or str(json.loads(os.environ["TF_CONFIG"])["task"]["index"])
print("hello from", name, sys.argv[3:], flush=True)
print("trouble of", name, file=sys.stderr, flush=True)
{body}
"""


PYTHON = sys.executable


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """A function that makes every process run some lines of Python."""

    def make(body):
        path = tmp_path / "fake"
        path.write_text(FAKE.format(python=PYTHON, body=body))
        path.chmod(0o755)
        monkeypatch.setattr(
            launching, "_command", lambda words: [str(path), "-c", "", *words]
        )
        monkeypatch.setattr(launching, "_GRACE", 1)

    return make


@pytest.mark.process
def test_two_workers_train(tmp_path):
    run = tmp_path / "run"
    words = "launch 2 -- train agreement --units 8 --train-examples 300"
    words += f" --batch-size 32 --epochs 1 --run-dir {run} --json"
    result = subprocess.run(
        [sys.executable, "-m", "zoo", *words.split()],
        # Nobody is there, and nobody is asked.
        env={**os.environ, "http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    metrics = json.loads(result.stdout)
    assert metrics == json.loads((run / "metrics.json").read_text())
    assert "[0] " in result.stderr


def test_what_each_one_gets(fake, capfd):
    fake("")
    assert main(["launch", "3", "--", "train", "agreement"]) == 0
    said = capfd.readouterr()
    for index in range(3):
        assert f"[{index}] hello from {index} ['train', 'agreement'" in said.out
        assert f"[{index}] trouble of {index}" in said.err
    assert said.out.count("'--strategy', 'multiworker'") == 3
    assert main(["launch", "3", "--", "tune", "agreement", "--json"]) == 0
    said = capfd.readouterr()
    # With --json, what the first one says stands alone.
    assert "\nhello from chief" in f"\n{said.out}"
    assert "[tuner0] hello" in said.out and "[tuner1] hello" in said.out


def test_one_that_fails_ends_all(fake, capfd):
    fake("if name == '1': sys.exit(2)\ntime.sleep(600)")
    began = time.monotonic()
    assert main(["launch", "2", "--", "train", "agreement"]) == 2
    assert time.monotonic() - began < 30


def test_one_that_is_killed(fake):
    fake("if name == '1': os.kill(os.getpid(), signal.SIGKILL)")
    assert main(["launch", "2", "--", "train", "agreement"]) == 137


def test_a_tuning_worker_is_started_again(fake, capfd, tmp_path):
    mark = tmp_path / "mark"
    fake(
        f"mark = pathlib.Path({str(mark)!r})\n"
        "if name == 'tuner1' and not mark.exists():\n"
        "    mark.touch()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert main(["launch", "3", "--", "tune", "agreement"]) == 0
    said = capfd.readouterr().out
    assert "[tuner1] was killed; started again" in said
    assert said.count("[tuner1] hello") == 2
    # But not for ever.
    fake("if name == 'tuner1': os.kill(os.getpid(), signal.SIGKILL)")
    assert main(["launch", "3", "--", "tune", "agreement"]) == 137


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_all(fake, capfd, name):
    number = getattr(signal, name, None)
    if number is None:
        pytest.skip("Windows has no SIGHUP")
    fake(
        f"if name == '0': os.kill(os.getppid(), signal.{name})\ntime.sleep(600)"
    )
    before = signal.getsignal(number)
    code = main(["launch", "2", "--", "train", "agreement"])
    assert code == 128 + number
    assert "zoo: terminated" in capfd.readouterr().err
    assert signal.getsignal(number) == before


def test_sigterm_while_they_are_started_ends_all(fake, monkeypatch):
    fake("time.sleep(600)")
    start, started = launching._Process, []

    def starting(*args):
        started.append(start(*args))
        if len(started) == 1:
            os.kill(os.getpid(), signal.SIGTERM)
        return started[-1]

    monkeypatch.setattr(launching, "_Process", starting)
    assert main(["launch", "2", "--", "train", "agreement"]) == 143
    assert len(started) == 2
    assert all(one.process.poll() is not None for one in started)


@pytest.mark.parametrize(
    "words,message",
    [
        ("2 --", "Received: nothing"),
        ("2 -- predict imdb_gru_base", "Received: predict imdb_gru_base"),
        (
            "0 -- train agreement",
            "at least 1, and at most 64. Received: 0",
        ),
        ("100000 -- train agreement", "at most 64. Received: 100000"),
        (
            "1 -- tune agreement",
            "at least 2, and at most 64. Received: 1",
        ),
        ("two -- train agreement", "invalid int value: 'two'"),
        ("2 --open-port -- train agreement", "Did you mean --open-ports"),
    ],
)
def test_mistakes(capsys, words, message):
    assert main(["launch", *words.split()]) == 2
    assert message in capsys.readouterr().err


def test_they_share_the_processor(fake, capfd):
    fake("print('threads', os.environ['TF_NUM_INTRAOP_THREADS'], flush=True)")
    assert main(["launch", "2", "--", "train", "agreement"]) == 0
    each = max(1, (os.cpu_count() or 1) // 2)
    assert capfd.readouterr().out.count(f"threads {each}") == 2


def test_the_machines_network_is_used_only_when_asked_for(fake, capfd):
    fake(
        "from recipes.distribute import private_network\n"
        "print('alone', private_network.is_within())\n"
        "print('open', os.environ.get('RECURRENT_ZOO_OPEN_PORTS'))\n"
        "print('secret', len(os.environ['RECURRENT_ZOO_SECRET']))"
    )
    words = ["--", "train", "agreement", "--cell", "gru"]
    assert main(["launch", "1", *words]) == 0
    said = capfd.readouterr().out
    assert "open None" in said and "secret 64" in said
    # Where there are no namespaces, workers guard their ports.
    if "alone False" in said:
        LoopbackGuard(0).close()
    assert main(["launch", "1", "--open-ports", *words]) == 0
    said = capfd.readouterr().out
    assert "alone False" in said and "open 1" in said


def test_without_its_chief_a_search_ends_at_once(fake, monkeypatch):
    fake("if name == 'chief': sys.exit(2)\ntime.sleep(600)")
    monkeypatch.setattr(launching, "_GRACE", 600)
    assert main(["launch", "3", "--", "tune", "agreement"]) == 2
