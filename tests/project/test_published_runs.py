"""bench/seeds.py and bench/reproduce.py: which runs they start, what they keep.

The runs themselves are not made: what would have started them says what it was
given, and leaves the scores of a run.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

import recipes

BENCH = Path(__file__).parents[2] / "bench"
CHAIN = "multi30k_gru_base_fr_en"


def script(name):
    spec = importlib.util.spec_from_file_location(name, BENCH / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def started(monkeypatch):
    """The commands that would have run, and the presets of which one fails."""
    commands, fails = [], []

    def run(command, check=False):
        assert command[:3] == [sys.executable, "-m", "zoo"]
        words = command[3:]
        commands.append(words)
        said = dict(zip(words[2::2], words[3::2], strict=True))
        if said["--preset"] in fails:
            return subprocess.CompletedProcess(command, 3)
        folder = Path(said["--run-dir"])
        folder.mkdir(parents=True, exist_ok=True)
        scores = {"test_accuracy": 0.9 + int(said.get("--seed", 0)) / 100}
        (folder / "metrics.json").write_text(json.dumps(scores))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return commands, fails


def seeds(commands):
    return [words[words.index("--seed") + 1] for words in commands]


def call(name, words, monkeypatch):
    monkeypatch.setattr(sys, "argv", [name, *map(str, words)])
    return script(name).main()


def test_each_seed_is_trained_and_other_facts_stay(
    started, tmp_path, monkeypatch
):
    about = tmp_path / "about.json"
    about.write_text('{"purpose": "mine"}')
    words = ["imdb_sentiment", "--preset", "imdb_gru_base", "--to", about]
    words += ["--seeds", "1,3", "--runs", tmp_path, "--data-dir", "texts"]
    call("seeds", words, monkeypatch)
    commands, _ = started
    assert seeds(commands) == ["1", "3"]
    assert all(words[-2:] == ["--data-dir", "texts"] for words in commands)
    assert json.loads(about.read_text()) == {
        "purpose": "mine",
        "spread": {"seeds": [1, 3], "test_accuracy": [0.91, 0.93]},
    }


def test_what_ships_stands_for_its_own_seed(
    started, shipped, tmp_path, monkeypatch
):
    about = tmp_path / "about.json"
    name = "imdb_gru_base"
    words = ["imdb_sentiment", "--preset", name, "--to", about, "--shipped"]
    call("seeds", [*words, "--seeds", "2,1", "--runs", tmp_path], monkeypatch)
    commands, _ = started
    assert seeds(commands) == ["2"]
    card = shipped(name).about
    assert card["config"]["seed"] == 1
    assert json.loads(about.read_text())["spread"] == {
        "seeds": [2, 1],
        "test_accuracy": [0.92, card["scores"]["test_accuracy"]],
    }


def test_a_chain_is_trained_in_order_until_one_fails(
    started, tmp_path, monkeypatch, capfd
):
    monkeypatch.chdir(tmp_path)
    commands, fails = started
    assert call("reproduce", ["translation", CHAIN], monkeypatch) == 0
    order = recipes.needed("translation", CHAIN)
    assert len(order) > 2
    expected = [
        [*"train translation --preset".split(), one, "--run-dir", f"runs/{one}"]
        for one in order
    ]
    assert commands == expected
    commands.clear()
    fails.append(order[1])
    assert call("reproduce", ["translation", CHAIN], monkeypatch) == 3
    assert commands == expected[:2]
    said = capfd.readouterr().out.splitlines()
    assert said[-2:] == [f"zoo {' '.join(words)}" for words in expected[:2]]


def test_a_dry_run_starts_nothing(started, tmp_path, monkeypatch, capfd):
    words = ["translation", CHAIN, "--dry-run", "--data-dir", "texts"]
    assert call("reproduce", words, monkeypatch) == 0
    assert started == ([], [])
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == len(recipes.needed("translation", CHAIN))
    assert all(line.endswith("--data-dir texts") for line in lines)


def test_an_unknown_preset_is_refused(started, monkeypatch, capfd):
    with pytest.raises(SystemExit):
        call("reproduce", ["translation", "multi30k_gru"], monkeypatch)
    assert "multi30k_gru_base" in capfd.readouterr().err
    assert not started[0]
