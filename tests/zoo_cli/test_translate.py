"""`zoo translate`, and what other commands do with a translator."""

import io
import json

import pytest
from command_line import mistake

import zoo
from zoo.cli.main import main

# All look at one translator, which is trained for it.
pytestmark = pytest.mark.training


def translated(numbers_run, capsys, *flags):
    assert main(["translate", str(numbers_run), *map(str, flags)]) == 0
    return capsys.readouterr().out


def test_the_command(numbers_run, capsys, tmp_path, monkeypatch):
    translator = zoo.load(numbers_run).decoder
    expected = [one.text for one in translator.translate(["1 2", "3"])]
    assert (
        translated(numbers_run, capsys, "1 2", "3").split("\n")[:-1] == expected
    )
    (tmp_path / "in.txt").write_text("1 2\n\n3\n")
    lines = translated(
        numbers_run, capsys, "--file", tmp_path / "in.txt"
    ).split("\n")
    assert lines[:-1] == [expected[0], "", expected[1]]
    monkeypatch.setattr("sys.stdin", io.StringIO("1 2\n3"))
    assert translated(numbers_run, capsys).split("\n")[:-1] == expected
    best = translated(numbers_run, capsys, "1 2", "--nbest", 3).rstrip("\n")
    scores = [float(line.split("\t")[0]) for line in best.split("\n")]
    assert scores == sorted(scores, reverse=True) and len(scores) == 3
    rows = json.loads(
        translated(numbers_run, capsys, "1 2", "--show-attention", "--json")
    )
    assert rows[0]["translations"][0]["text"] == expected[0]
    looked = rows[0]["attention"]
    assert len(looked["weights"]) == len(looked["target"])
    drawn = ["1 2", "--temperature", 3, "--seed", 1]
    assert translated(numbers_run, capsys, *drawn) == translated(
        numbers_run, capsys, *drawn
    )


def test_the_command_shows_where_it_looked(numbers_run, capsys, tmp_path):
    shown = translated(
        numbers_run, capsys, "1 2", "4 $", "--show-attention", "--to", tmp_path
    )
    assert "\u23ce" in shown
    for number in (1, 2):
        picture = tmp_path / f"attention_{number}.png"
        assert picture.stat().st_size > 5_000


@pytest.mark.parametrize(
    "flags, message",
    [
        (["1", "--beams", "0"], "`beams`"),
        (["1", "--nbest", "0"], "`nbest`"),
        (["1", "--length-penalty", "-1"], "`length_penalty`"),
        (["1", "--temperature", "-1"], "`temperature`"),
        (["1", "--temperature", "1", "--nbest", "2"], "no --temperature"),
        (["1", "--to", "x"], "--to is for"),
        (["1", "--file", "x"], "command line or from --file"),
        (["--file", "no_such_file.txt"], "No such file"),
        (["1", "--seed", "-1"], "`seed`"),
        (["1 " * 5_000], "may have 2,000 units"),
    ],
)
def test_mistakes(numbers_run, capsys, flags, message):
    assert message in mistake(capsys, "translate", numbers_run, *flags)


def test_other_commands_say_what_a_translator_is_for(numbers_run, capsys):
    assert "Use `zoo translate`" in mistake(capsys, "predict", numbers_run, "1")
    flow = mistake(capsys, "inspect", numbers_run, "--gradient-flow")
    assert "--show-attention" in flow
    assert "not a language model" in mistake(capsys, "generate", numbers_run)


def test_it_is_shown_pushed_and_evaluated(
    numbers_run, numbers, capsys, tmp_path
):
    folder = tmp_path / "numbers_gru_tiny"
    assert main(["push", str(numbers_run), str(folder)]) == 0
    capsys.readouterr()
    assert main(["show", str(folder), "--verify"]) == 0
    assert "Golden check passed" in capsys.readouterr().out
    assert "with --file" in mistake(capsys, "evaluate", str(numbers_run))
    words = ["evaluate", str(numbers_run), "--train-file", str(numbers)]
    assert main([*words, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    metrics = json.loads((numbers_run / "metrics.json").read_text())
    assert again == {name: metrics[name] for name in again}
    (folder / "tokenizer.model").write_bytes(b"other")
    assert "has been changed" in mistake(capsys, "show", folder)
