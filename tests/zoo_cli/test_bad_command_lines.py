"""Command lines that cannot be: one line, exit code 2, nothing left behind."""

import json

import pytest
from command_line import mistake

from zoo.cli.main import main

C, L, T = "imdb_gru_tiny", "shakespeare_lstm_base", "dates_gru_base"
HUGE = "9" * 5_000
NUMBERS = ["nan", "inf", "-1", "1e400", HUGE, "", "x", "None", "1.5"]
WHOLE = {
    "generate": ["--length", "--samples", "--top-k", "--beams", "--seed"],
    "translate": ["--beams", "--nbest", "--seed"],
}
REAL = {
    "generate": ["--temperature", "--top-p", "--min-p", "--repetition-penalty"],
    "translate": ["--length-penalty", "--coverage-penalty", "--temperature"],
}
MODELS = {"generate": [L], "translate": [T, "text"]}


def refused(capsys, *arguments):
    line = mistake(capsys, *arguments)
    assert len(line) < 1100 and line.isprintable() is False
    assert line[:-1].isprintable() and "error: :" not in line
    return line


@pytest.mark.parametrize("command", MODELS)
def test_numbers(capsys, command):
    for flag in WHOLE[command]:
        for number in NUMBERS:
            refused(capsys, command, *MODELS[command], f"{flag}={number}")
    for flag in REAL[command]:
        for number in set(NUMBERS) - {"1.5"}:
            refused(capsys, command, *MODELS[command], f"{flag}={number}")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--beams", "100000000"], "`beams` must be at most 1,024"),
        (["--beams", "1024", "--length", "1000000"], "All beams together"),
        (["--samples", "100000000"], "`samples`"),
        (["--samples", "10000", "--length", "1000000"], "All samples together"),
        (["--length", "100000000"], "`length`"),
        (["--seed", str(2**63)], "`seed`"),
        (["--temperature", "1e300"], "`temperature`"),
    ],
)
def test_more_than_memory_is_taken_for(capsys, arguments, message):
    assert message in refused(capsys, "generate", L, *arguments)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["translate", T, "a", "--beams", "201"], "`beams`"),
        (["translate", T, "a", "--nbest", "100000000"], "`beams`"),
        (["inspect", C, "--gradient-flow", "--length", "-1"], "`length`"),
        (["inspect", C, "--gradient-flow", "--length", "100000"], "`length`"),
        (["list", "--max-mib", "nan"], "`max_mib`"),
        (["list", "--max-mib", "1e400"], "`max_mib`"),
        (["launch", "-1", "--", "list"], "launch"),
    ],
)
def test_numbers_of_other_commands(capsys, arguments, message):
    assert message in refused(capsys, *arguments)


@pytest.mark.parametrize(
    "name",
    ["", "\0", "a" * 5_000, "/" * 3_000, "\udcff", ".", "hf://", "-", "a\nb"]
    + ["https://", "ftp://h/x", "http://h/x.zip", "https://[::1", "file:///x"],
)
def test_models_that_are_none(capsys, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    for words in (
        ["predict", name, "text"],
        ["generate", name],
        ["score", name, "text"],
        ["translate", name, "text"],
        ["show", name],
        ["push", name, "out"],
        ["inspect", name, "--gradient-flow"],
        ["evaluate", name],
        ["export", name, "--to", "out"],
        ["report", name],
        ["train", name],
        ["tune", name],
        ["launch", name],
        [name],
    ):
        refused(capsys, *words)
    assert not list(tmp_path.iterdir())


FILES = [
    ["predict", C, "--file"],
    ["predict", C, "--file", "t.csv", "--to"],
    ["score", L, "--file"],
    ["score", L, "text", "--from-state"],
    ["score", L, "text", "--save-state"],
    ["generate", L, "--prompt-file"],
    ["generate", L, "--from-state"],
    ["generate", L, "--save-state"],
    ["translate", T, "--file"],
    ["translate", T, "--file", "t.csv", "--to"],
    ["translate", T, "text", "--show-attention", "--to"],
    ["push", C, "out", "--about"],
    ["evaluate", C, "--file"],
    ["train", "imdb_sentiment", "--test-share=0.1", "--train-file"],
    ["train", "agreement", "--config"],
    ["report"],
]


@pytest.mark.parametrize("name", ["\0", "x" * 5_000, "t.csv/below", "folder"])
def test_files_that_are_none(capsys, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "t.csv").write_text("text,label\na,b\n")
    for words in FILES:
        pictures = "--show-attention" in words
        if name == "folder" and pictures:
            continue
        refused(capsys, *words, name)
    for words in FILES:
        if words[:2] != ["train", "imdb_sentiment"]:
            refused(capsys, *words, "")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["folder", "t.csv"]


@pytest.mark.parametrize(
    "content, message",
    [
        (
            '{"backend": "torch"}',
            "must be tensorflow or jax. Received: 'torch'",
        ),
        ('{"backend": ["x"]}', "must be tensorflow or jax"),
        ('{"floatx": "no"}', "`floatx`"),
        ('{"epsilon": "no"}', "`epsilon`"),
        ('{"image_data_format": 5}', "`image_data_format`"),
        ('{"nnx_enabled": true}', "`nnx_enabled`"),
        ("[]", "must hold a JSON object"),
        ("[" * 100_000, "cannot be read"),
        (None, "is a folder, a pipe or a device"),
    ],
)
def test_keras_configuration(capsys, monkeypatch, tmp_path, content, message):
    path = tmp_path / "keras.json"
    path.mkdir() if content is None else path.write_text(content)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    line = refused(capsys, "predict", C, "text")
    assert message in line and "keras.json" in line


def test_what_keras_passes_over_and_what_the_environment_says(
    capsys, monkeypatch, tmp_path
):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    for content in (b"no JSON", b"\xff", b'{"backend": "tensorflow"}'):
        (tmp_path / "keras.json").write_bytes(content)
        assert main(["list", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "many")
    assert "KERAS_MAX_EPOCHS" in refused(capsys, "list")
    monkeypatch.delenv("KERAS_MAX_EPOCHS")
    monkeypatch.setenv("KERAS_NNX_ENABLED", "true")
    assert "KERAS_NNX_ENABLED" in refused(capsys, "list")
