"""The `zoo` command: its answers, and one clear line for a mistake."""

import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from command_line import mistake

from zoo.cli.main import main

TRAIN = ["train", "agreement", "--preset", "tiny"]


@pytest.mark.parametrize(
    "backend, message",
    [
        ("torch", "must be tensorflow or jax. Received: 'torch'"),
        ("jax", "pip install jax, or set KERAS_BACKEND=tensorflow"),
    ],
)
def test_a_backend_that_is_not_there(capsys, monkeypatch, backend, message):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *_: None if name == "jax" else find_spec(name),
    )
    assert message in mistake(capsys, *TRAIN)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["trian", "agreement"], "Did you mean 'train'?"),
        (["list", "--jsn"], "zoo list has no flag --jsn. Did you mean --json?"),
        (["show", "a", "b"], "unrecognized arguments: b"),
        (["--list"], "zoo has no flag --list"),
        (["train", "agrement"], "Did you mean 'agreement'?"),
        ([*TRAIN, "--cell", "gruu"], "Did you mean 'gru'?"),
        ([*TRAIN, "--unit", "3"], "Did you mean --units?"),
        ([*TRAIN, "--preset", "tinny"], "Did you mean 'tiny'?"),
        ([*TRAIN, "--units", "0"], "`units` must be a whole number of at"),
        ([*TRAIN, "--units", "many"], "invalid int value: 'many'"),
        ([*TRAIN, "--batch-size", "-1"], "`batch_size`"),
        ([*TRAIN, "--epochs", "0"], "`epochs`"),
        ([*TRAIN, "--learning-rate", "nan"], "`learning_rate`"),
        ([*TRAIN, "--dropout", "1"], "`dropout`"),
        (["train", "imdb_sentiment", "--data-dir", "no"], "is not a folder"),
        (["train", "imdb_sentiment", "--train-file", "no.csv"], "no.csv: No"),
        (["train", "imdb_sentiment", "--test-file", "a.csv"], "`train_file`"),
        (["show", "no_such_model"], "There is no folder"),
        (["predict", "no_such_model", "x"], "There is no folder"),
        (["export", "no_such_model", "--to", "x"], "There is no folder"),
        (["demo", "--preset", "huge"], "`preset` must be one of"),
        (["predict", "a long review " * 100], "There is no folder"),
        ([*TRAIN, "--seed", str(2**32)], "`seed` must be below"),
        (["train", "imdb_sentiment", "--prepare-only"], "needs --prepared"),
        (["inspect", "imdb_gru_base"], "needs --gradient-flow"),
        (["export", "imdb_gru_base", "--to", "."], "the folder that this"),
        ([], "required: COMMAND"),
    ],
)
def test_mistakes(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert message in mistake(capsys, *arguments)
    assert not list(tmp_path.iterdir())


def test_an_empty_data_folder(capsys, tmp_path):
    pytest.importorskip("tensorflow_datasets")
    run = tmp_path / "run"
    (tmp_path / "data").mkdir()
    line = mistake(
        capsys,
        *["train", "imdb_sentiment", "--data-dir", tmp_path / "data"],
        *["--run-dir", run],
    )
    assert "--data-dir" in line and not run.exists()


def test_export_to_a_folder_that_is_not_an_export(capsys, tmp_path, tiny_run):
    (tmp_path / "mine").write_text("mine")
    line = mistake(capsys, "export", tiny_run("gru"), "--to", tmp_path)
    assert "is not an export" in line
    mistake(
        capsys,
        *["export", tiny_run("gru"), "--to", tmp_path / "x"],
        *["--formats", "onnxx"],
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_train_then_use(capsys, tmp_path, monkeypatch):
    run = tmp_path / "run"
    command = [*TRAIN, "--run-dir", str(run), "--units", "8"]
    assert main([*command, "--json"]) == 0
    # Nothing but the answer; the progress is on the other stream.
    metrics = json.loads(capsys.readouterr().out)
    assert metrics == json.loads((run / "metrics.json").read_text())
    assert main(["show", str(run)]) == 0
    expected = "zoo train agreement --units 8 --train-examples 1000 --epochs 1"
    assert expected in capsys.readouterr().out
    assert main(["evaluate", str(run), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["test_accuracy"] == metrics["test_accuracy"]
    pushed = tmp_path / "agreement_gru_mine"
    assert main(["push", str(run), str(pushed)]) == 0
    capsys.readouterr()
    assert main(["show", str(pushed)]) == 0
    assert "have the SHA-256 sums" in capsys.readouterr().out
    assert main(["show", str(pushed), "--verify"]) == 0
    assert "Golden check passed" in capsys.readouterr().out
    assert main(["show", str(pushed), "--verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["golden_difference"] == 0
    monkeypatch.setattr("zoo.pretrained.golden_difference", lambda _: 0.1)
    assert main(["show", str(pushed), "--verify"]) == 1
    assert "Golden check FAILED" in capsys.readouterr().out


@pytest.mark.thorough
@pytest.mark.slow
def test_export_prints_what_it_proved(capsys, tmp_path, tiny_run):
    pytest.importorskip("tf2onnx")
    to = tmp_path / "out"
    assert main(["export", str(tiny_run("lstm")), "--to", str(to)]) == 0
    printed = capsys.readouterr().out
    for artifact in ("saved_model ", "saved_model_text", "onnx"):
        assert f"verified  {artifact}" in printed


TEXTS = [
    "",
    " ",
    "a film",
    "🎬🎬🎬",
    "nul\x00byte",
    "电影很好看",
    "фильм",
    "\udcff",
    "word " * 100_000,
]


@pytest.mark.thorough
def test_predict_answers_any_text(capsys, tiny_run):
    assert main(["predict", str(tiny_run("gru")), "--json", *TEXTS]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["text"] for row in rows] == TEXTS
    for row in rows:
        assert row["label"] in ("is", "are")
        assert 0.5 <= row["probability"] <= 1
        assert np.isclose(sum(row["probabilities"].values()), 1)


def test_predict_reads_lines(capsys, tiny_run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("the king\nthe kings\n"))
    assert main(["predict", str(tiny_run("gru"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=2)[2] for line in lines] == [
        "the king",
        "the kings",
    ]


@pytest.mark.thorough
def test_predict_reads_bytes_that_are_no_text(tiny_run):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "zoo",
            *["predict", tiny_run("gru"), "--json"],
        ],
        input=b"caf\xe9 \xf0\x9f\x8e\xac\n",
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
        check=True,
    )
    assert len(json.loads(done.stdout)) == 1


@pytest.mark.thorough
def test_inspect(capsys, tiny_run, tmp_path):
    to = tmp_path / "pictures"
    models = [str(tiny_run("elman")), str(tiny_run("lstm"))]
    flags = ["--gradient-flow", "--length", "12"]
    assert main(["inspect", *models, *flags, "--to", str(to)]) == 0
    assert "half-life" in capsys.readouterr().out
    names = {path.name for path in to.iterdir()}
    assert names == {
        "gradient_by_distance.png",
        "gradient_elman.png",
        "gradient_lstm.png",
    }
    text = ["--text", "the writer of the books", "--untrained", "--json"]
    assert main(["inspect", models[0], "--gradient-flow", *text]) == 0
    (flows,) = json.loads(capsys.readouterr().out).values()
    assert len(flows[0]["by_distance"]) == 5
    assert "no recurrent layer" in mistake(
        capsys, "inspect", tiny_run("window"), "--gradient-flow"
    )


def test_list(capsys):
    assert main(["list", "--json"]) == 0
    for row in json.loads(capsys.readouterr().out):
        assert {"name", "recipe", "data", "scores", "bytes"} <= row.keys()
    assert main(["list"]) == 0
    assert "imdb_" in capsys.readouterr().out


@pytest.mark.training
def test_the_demo_from_any_folder(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--preset", "tiny"]) == 0
    printed = capsys.readouterr().out
    assert "GRU" in printed and "verified  saved_model" in printed
    assert (tmp_path / "runs" / "demo" / "accuracy.png").stat().st_size
    # A second time it goes on with the finished runs.
    started = time.perf_counter()
    assert main(["demo", "--preset", "tiny"]) == 0
    assert "Epoch" not in capsys.readouterr().out
    assert time.perf_counter() - started < 120
    shutil.rmtree(tmp_path / "runs")


def test_help_names_every_field(capsys):
    import dataclasses

    from recipes import agreement

    with pytest.raises(SystemExit) as stop:
        main(["train", "agreement", "--help"])
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    for field in dataclasses.fields(agreement.Config):
        assert f"--{field.name.replace('_', '-')}" in printed
