"""`zoo report`: what the page says, and that foreign text stays text."""

import base64
import dataclasses
import json
import os
import re
import subprocess
import sys

import pytest
from report_pages import PIXEL, SCORES, VILE, epochs, made, report

import recipes
from recipes.report import charts, reading, words
from recipes.report.settings import differences
from zoo.cli.main import main


def mistake(capsys, *arguments):
    """Runs a report that must fail as a user's mistake; its one line."""
    assert main(["report", *map(str, arguments)]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    return printed.err


def test_one_run(capsys, tmp_path):
    run = made(tmp_path / "mine", SCORES, epochs(1.0, 0.5), cell="gru", units=3)
    assert main(["report", str(run)]) == 0
    printed = capsys.readouterr().out
    assert str(run / "report.html") in printed and "KiB" in printed
    page, outline = report(capsys, tmp_path / "page.html", run)
    assert page == (run / "report.html").read_text(encoding="utf-8")
    for said in (
        "87.50 %",
        "12,345",
        "6,789",
        "zoo train agreement --units 3",
        "Keras 3.14.0, tensorflow, Python 3.11.0",
        "Gradient norm before clipping",
        "Test accuracy by distance",
        # A setting, its default and what it means.
        "Units 3 64 size of the state",
    ):
        assert said in outline.text
    # What is as in the recipe is no difference, but part of the whole.
    assert "Cell gru gru" not in outline.text
    assert "config.cell gru" in outline.text
    assert "not finished" not in outline.text
    assert "best" not in [text.strip() for _, text in outline.texts]
    # The page draws the curves itself.
    (image,) = outline.named("img")
    assert image["alt"] == "Confusion matrix, mine"
    assert base64.b64decode(image["src"].partition(",")[2]) == PIXEL
    assert len(outline.named("svg")) == 5


def test_foreign_text_is_escaped(capsys, tmp_path):
    run = made(tmp_path / "a<b>&\"'$", None, epochs(1.0), cell=VILE)
    about = json.loads((run / "config.json").read_text())
    about |= {"command": VILE, "labels": [VILE], "recipe": VILE, "keras": VILE}
    about["data"]["name"] = VILE
    about["config"][VILE] = "half a character: \ud800"
    (run / "config.json").write_text(json.dumps(about))
    metrics = {VILE: VILE, "by_class": {VILE: {VILE: 0.5}}, "a_b": {VILE: VILE}}
    (run / "metrics.json").write_text(json.dumps({**SCORES, **metrics}))
    (run / "plots" / "<i onerror='x'>.png").write_bytes(PIXEL)
    page, outline = report(capsys, tmp_path / "page.html", run)
    assert "alert(1)" in page and "{{ 7*7 }}" in page
    assert outline.text.count("<script>alert(1)</script>") > 8
    assert not outline.named("i") and not outline.named("b")
    assert "a<b>&\"'$" in outline.text


def test_runs_side_by_side(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    worse = {**SCORES, "test_accuracy": 0.8125, "validation_nats_per_byte": 2}
    better = {**SCORES, "validation_nats_per_byte": 1.5}
    runs = [
        made(tmp_path / "x" / "run", worse, epochs(2, 1), units=3, seed=1),
        made(tmp_path / "y" / "run", better, epochs(3, 2, 1), units=4, seed=1),
        made(tmp_path / "z", {"bleu": 99}, epochs(1), "translation", beams=2),
    ]
    assert main(["report", *map(str, runs)]) == 0
    capsys.readouterr()
    page, outline = report(capsys, tmp_path / "report.html", *runs)
    assert "x/run" in outline.text and "y/run" in outline.text
    # The marked ones: higher accuracy, lower nats, no mark for one of a kind.
    best = re.findall(r'<td class=" best".*?<span>([^<]*)</span>', page, re.S)
    assert best == ["87.50\u202f%", "1.5"] * 2
    assert "Units 3 4 " in outline.text


def test_settings_that_differ():
    def run(**config):
        about = {"recipe": "agreement", "config": config}
        return reading.RunFolder("r", None, about, None, [], [])

    table = differences([run(cell="gru", units=3), run(cell="gru", units=4)])
    shown = [[cell.text for cell in row] for row in table.rows]
    assert shown == [["Units", "3", "4"]]
    table = differences([run(units=3), run(units=3, data="")])
    assert [cell.text for cell in table.rows[0]] == ["Data", "", '""']
    assert not differences([run(units=3), run(units=3)]).rows


@pytest.mark.parametrize("begun", [False, True])
def test_an_unfinished_run(capsys, tmp_path, begun):
    done = made(tmp_path / "done", SCORES, epochs(1.0))
    rows = epochs(1.0, 0.5) if begun else ()
    run = made(tmp_path / "begun", None, rows, epochs=9)
    _, outline = report(capsys, tmp_path / "page.html", run)
    assert "not finished" in outline.text and "Not finished" in outline.text
    assert ("2 of 9" if begun else "0 of 9") in outline.text
    assert len(outline.named("svg")) == (5 if begun else 0)
    _, outline = report(capsys, tmp_path / "page.html", done, run)
    assert outline.text.count("not finished") == 2


def test_values_that_are_no_numbers(capsys, tmp_path):
    rows = epochs(1.0, float("nan"), float("inf"), 1e300, 0.5, 5e-324)
    rows[0]["val_accuracy"] = ""
    metrics = {
        "test_accuracy": "beyond",
        "gradient_half_life": True,
        "validation_accuracy": 10**18,
        "tokens_per_second": None,
        "notes": [1, {"a": None}],
        "by_length": {"1": {"bleu": None}, "2": 3},
    }
    run = made(tmp_path / "run", metrics, rows, "translation")
    page, outline = report(capsys, tmp_path / "page.html", run)
    assert "6 values that are not finite left out." in outline.text
    assert "1 value that is not finite left out." in outline.text
    for path in outline.named("path"):
        assert re.fullmatch(r"([ML]-?[\d.]+ -?[\d.]+)*", path["d"])
    assert main(["report", str(run), "--json"]) == 0
    assert "NaN" not in capsys.readouterr().out
    # No run of ours writes such scores.
    for value in ("NaN", "-Infinity", "1e999", "1" * 400):
        (run / "metrics.json").write_text(f'{{"test_accuracy": {value}}}')
        assert "metrics.json must be JSON in UTF-8" in mistake(capsys, run)


@pytest.mark.parametrize(
    "values",
    [[0, 0], [1e-320, 1e99], [-1e99, 1e99], [1e15, 1e15 + 0.125], [0, 5e-324]],
)
@pytest.mark.parametrize("name", ["loss", "gradient_norm", "val_accuracy"])
def test_axes_of_any_range(values, name):
    rows = [{"epoch": 1 + n, name: one} for n, one in enumerate(values)]
    run = reading.RunFolder("r", None, {}, None, rows, [])
    (chart,) = charts.charts([run])
    assert 1 <= len(chart.y_ticks) <= 25
    for line in chart.lines:
        for x, y, _ in line.dots:
            assert 0 <= x <= charts.WIDTH and 0 <= y <= charts.HEIGHT


def test_mistakes(capsys, tmp_path):
    run = made(tmp_path / "run", SCORES, epochs(1.0))
    assert "There is no folder" in mistake(capsys, tmp_path / "no")
    assert "not a run folder" in mistake(capsys, tmp_path)
    twice = mistake(capsys, run, tmp_path / "x" / ".." / "run")
    assert "is given twice" in twice
    assert "must be a file" in mistake(capsys, run, "--to", tmp_path)
    assert ".html" in mistake(capsys, run, "--to", run / "metrics.json")
    for name, content, said in (
        ("history.csv", "", "is damaged"),
        ("history.csv", "epoch,loss\n1\n", "is damaged"),
        ("history.csv", "epoch,loss\n1,high\n", "is damaged"),
        ("history.csv", "epoch,loss\nnan,1\n", "is damaged"),
        ("history.csv", "epoch,epoch\n1,1\n", "is damaged"),
        ("history.csv", "loss\n1\n", "is damaged"),
        ("metrics.json", '{"recipe": ', "must be JSON"),
        ("metrics.json", "[]", "must hold a JSON object"),
        ("config.json", "{}", "not a run folder"),
        ("plots/confusion.png", "half", "not a PNG"),
    ):
        before = (run / name).read_bytes()
        (run / name).write_text(content)
        line = mistake(capsys, run)
        assert said in line and name.rpartition("/")[2] in line
        (run / name).write_bytes(before)
    assert not (run / "report.html").exists()


def test_a_page_of_somebody_else_stays(capsys, tmp_path):
    run = made(tmp_path / "run", SCORES, epochs(1.0))
    for _ in range(2):
        assert main(["report", str(run)]) == 0
    # One of an earlier version.
    text = (run / "report.html").read_text()
    mark = '<meta name="generator" content="recurrent-zoo">'
    assert mark in text
    (run / "report.html").write_text(text.replace(mark, ""))
    assert main(["report", str(run)]) == 0
    assert mark in (run / "report.html").read_text()
    capsys.readouterr()
    (run / "report.html").write_text("mine")
    assert "no report of ours" in mistake(capsys, run)
    assert (run / "report.html").read_text() == "mine"
    # Asked for by name.
    assert main(["report", str(run), "--to", str(run / "report.html")]) == 0


def test_json(capsys, tmp_path):
    run = made(tmp_path / "a", SCORES, epochs(1.0, 0.5), units=3)
    begun = made(tmp_path / "b", units=4)
    assert main(["report", str(run), str(begun), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first["metrics"]["test_accuracy"] == 0.875
    assert [row["loss"] for row in first["history"]] == [1.0, 0.5]
    assert first["config"] == {"units": 3} and first["finished"]
    assert second["metrics"] is None and not second["finished"]
    assert not list(tmp_path.rglob("*.html"))


@pytest.mark.parametrize("recipe", recipes.names())
def test_the_defaults_are_those_of_the_recipe(recipe):
    config = dataclasses.asdict(recipes.get(recipe).Config())
    known = reading.options(recipe)
    assert {name: default for name, (default, _) in known.items()} == config


@pytest.mark.parametrize(
    "name, better",
    [
        ("test_accuracy", max),
        ("greedy_chrf", max),
        ("test_bits_per_character", min),
        ("validation_perplexity", min),
        ("tokens_per_second", None),
        ("test_examples", None),
    ],
)
def test_which_score_is_better(name, better):
    assert words.direction(name) is better


def test_no_keras_is_imported(tmp_path):
    run = made(tmp_path / "run", SCORES, epochs(1.0))
    code = (
        "import sys; from zoo.cli.main import main; "
        f"main(['report', {str(run)!r}]); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    heavy = {"keras", "tensorflow", "jax", "matplotlib", "numpy"}
    assert not heavy & set(done.stdout.split())


@pytest.mark.thorough
@pytest.mark.slow
def test_runs_of_the_recipe(capsys, tmp_path, tiny_run):
    folders = [tiny_run(cell) for cell in ("elman", "gru", "window")]
    _, outline = report(capsys, tmp_path / "page.html", *folders)
    assert len(outline.named("img")) == 6
    assert "Cell elman gru window" in outline.text


def test_whether_to_trust_a_score_is_said(capsys, tmp_path):
    known = {"test_examples": 200, "verdict": "Better than the best baseline."}
    known["accuracy_interval"] = [0.8221, 0.9136]
    run = made(tmp_path / "mine", {**SCORES, **known}, epochs(1.0))
    _, outline = report(capsys, tmp_path / "page.html", run)
    assert "the 200 of the test it gets 82.2 to 91.4 % right" in outline.text
    assert "Better than the best baseline." in outline.text
    for ends in (None, [1], ["a", 0.5], "ab", {"a": 1, "b": 2}):
        known["accuracy_interval"] = ends
        run = made(tmp_path / f"run{ends}", {**SCORES, **known}, epochs(1.0))
        _, outline = report(capsys, tmp_path / "page.html", run)
        assert "of the test it gets" not in outline.text
