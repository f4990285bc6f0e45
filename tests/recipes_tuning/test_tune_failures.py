"""The search where trials fail, or nothing has a score."""

import dataclasses

import pytest
from searching import table, tune

pytest.importorskip("keras_tuner")

from recipes import agreement
from recipes.tuning import results, trials, tuner
from zoo.errors import InputError

pytestmark = [
    # KerasTuner asks for the name of the thread by a name that has gone.
    pytest.mark.filterwarnings("ignore:currentThread\\(\\) is deprecated"),
    pytest.mark.filterwarnings("ignore:getName\\(\\) is deprecated"),
]


@pytest.mark.training
def test_trials_that_fail_are_recorded_and_the_search_goes_on(
    trained, tmp_path, capsys, monkeypatch
):
    def search_space(hp, config):
        rates = [0.01, 1e30, 2e30, 3e30, 4e30, 5e30]
        return dataclasses.replace(
            config, learning_rate=hp.Choice("learning_rate", rates)
        )

    monkeypatch.setattr(agreement, "search_space", search_space)
    assert tune(tmp_path / "s", "--trials", 6) == 0
    rows = table(tmp_path / "s")
    assert [row["status"] for row in rows].count("failed") == 5
    assert sorted(row["status"] for row in rows)[:2] == ["completed"] * 2
    for row in rows:
        if row["status"] == "failed":
            assert "broke down" in row["message"] and row["score"] is None
    # They are not tried again.
    before = len(trained)
    assert tune(tmp_path / "s", "--trials", 6) == 0
    assert len(trained) == before


def test_a_search_in_which_nothing_has_a_score_yet(
    trained, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(trials, "attempt", lambda folder, *_: {})
    monkeypatch.setattr(trials, "has_ended", lambda *_: True)
    monkeypatch.setattr(tuner, "run", lambda *_: None)
    monkeypatch.setattr(results, "write", lambda _: ([], None))
    assert tune(tmp_path / "s") == 2
    assert "No trial has a score yet" in capsys.readouterr().err


@pytest.mark.training
@pytest.mark.slow
def test_out_of_memory_fails_a_trial_and_a_mistake_of_ours_does_not(
    trained, tmp_path, capsys, monkeypatch
):
    import tensorflow as tf

    errors = [
        MemoryError(),
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating"),
    ]

    def train(config, run_dir, *_, **__):
        if run_dir.name == "default":
            return {"validation_accuracy": 0.5, "train_seconds": 1.0}
        raise errors[int(run_dir.name)]

    monkeypatch.setattr(agreement, "train", train)
    said = mistake_after_output(capsys, tmp_path / "s", "--trials", 2)
    assert "All 2 trials failed. The last: Out of memory. OOM when" in said
    rows = table(tmp_path / "s")
    assert [row["status"] for row in rows] == ["completed", "failed", "failed"]
    assert rows[1]["message"] == "Out of memory."
    assert (tmp_path / "s" / "best.json").exists()

    errors.append(TypeError("a mistake of ours"))
    assert tune(tmp_path / "s", "--trials", 3) == 70
    assert "a mistake of ours" in capsys.readouterr().err
    errors[2] = KeyboardInterrupt()
    assert tune(tmp_path / "s", "--trials", 3) == 130
    assert "the same command goes on from there" in capsys.readouterr().err


def mistake_after_output(capsys, folder, *words):
    assert tune(folder, *words) == 2
    return capsys.readouterr().err


@pytest.mark.training
@pytest.mark.slow
def test_a_mistake_in_the_command_is_no_failed_trial(tmp_path, monkeypatch):
    def train(config, run_dir):
        raise InputError("no is not a folder")

    def attempt(name):
        score = "validation_accuracy"
        return trials.attempt(
            tmp_path, name, {}, agreement.Config, train, score
        )

    monkeypatch.setattr(trials, "_PATIENCE", 0.0)
    for name in ("default", "0"):
        with pytest.raises(InputError, match="is not a folder"):
            attempt(name)
        assert not trials.result_path(tmp_path, name).exists()
    # Where the default has begun, it is.
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "config.json").write_text("{}")
    assert attempt("0")["status"] == "failed"


@pytest.mark.process
def test_a_trial_that_kills_its_process_is_given_up(tmp_path):
    def train(config, run_dir):
        raise SystemExit("as by a signal")

    def attempt():
        return trials.attempt(
            tmp_path, "0", {}, agreement.Config, train, "validation_accuracy"
        )

    for _ in range(3):
        with pytest.raises(SystemExit):
            attempt()
    found = attempt()
    assert found["status"] == "failed"
    assert "died 3 times" in found["message"]
