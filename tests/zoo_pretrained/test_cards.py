"""What a card says, and the latency that it names."""

import dataclasses
import json
import platform

import pytest
from cards import FACTS, FAILURE, LATENCY

from zoo.cli.main import main
from zoo.pretrained import card_facts, latency, summary
from zoo.pretrained.card import card


def test_a_card_says_what_is_known(tmp_path, capsys):
    about = tmp_path / "about.json"
    about.write_text(json.dumps(FACTS))
    folder = tmp_path / "mine"
    words = ["push", "imdb_gru_base", str(folder), "--about", str(about)]
    assert main(words) == 0
    manifest = json.loads((folder / "manifest.json").read_text())
    assert FACTS.items() <= manifest.items()
    assert manifest["latency"]["what"] == "one text of 100 words"
    capsys.readouterr()
    assert main(["show", str(folder), "--verify"]) == 0
    shown = capsys.readouterr().out
    written = (folder / "card.md").read_text()
    took = f"{manifest['latency']['milliseconds']:g} ms: one text of 100 words"
    for said in (
        FACTS["purpose"],
        FACTS["limits"],
        "ask that their ACL 2011 paper be cited",
        "`zoo train imdb_sentiment`",
        "| test accuracy, seeds 1, 2, 3 | 0.91 ± 0.01 (0.9, 0.91, 0.92) |",
        f"| latency | {took} |",
        "| a \\| b | good | bad |",
    ):
        assert said in shown and said in written, said
    assert "Golden check passed" in shown and "Size: 2.8 MiB." in shown
    assert f'zoo.load("{folder}")' in shown
    # What is known stays known, and a later file says it anew.
    about.write_text('{"limits": "None."}')
    again = tmp_path / "again"
    words = ["push", str(folder), str(again), "--about", str(about)]
    assert main(words) == 0
    later = json.loads((again / "manifest.json").read_text())
    assert later["limits"] == "None."
    assert later["latency"] == manifest["latency"]
    assert later["failures"] == FACTS["failures"]


def test_a_card_steers_no_terminal(loaded):
    trained = loaded["imdb_gru_base"]
    evil = "a\x1b[2J\nb\u202e\x07"
    about = {
        **trained.about,
        **{"purpose": evil, "limits": evil, "command": evil},
        "failures": [dict.fromkeys(FAILURE, evil)],
        "data": {"name": evil, "licence": evil},
        "latency": {**LATENCY, "what": evil, "machine": evil},
        "spread": {"seeds": [1], evil: [1.0]},
        "scores": {evil: evil},
    }
    trained = dataclasses.replace(trained, about=about, labels=[evil])
    text = card(evil, summary.of_task(trained))
    assert not set("\x1b\x07\u202e") & set(text)
    assert r"a\x1b[2J b\u202e" in text


def test_facts_that_are_not_given(tmp_path, capsys):
    about = tmp_path / "about.json"
    for content, message in (
        ('{"licence": "mine"}', "may hold purpose, limits, spread, failures"),
        (" " * 70_000, "larger than"),
        ("[]", "must hold a JSON object"),
    ):
        about.write_text(content)
        words = ["push", "imdb_gru_base", "to", "--about", str(about)]
        assert main(words) == 2
        assert message in capsys.readouterr().err


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name, what",
    [
        ("imdb_gru_base", "one text of 100 words"),
        ("dates_gru_base", "“3 October 1990” translated greedily"),
        ("shakespeare_lstm_base", "100 characters written"),
    ],
)
def test_latency(loaded, monkeypatch, name, what):
    monkeypatch.setattr(latency, "RUNS", 3)
    measured = latency.measure(loaded[name])
    card_facts.check({"latency": measured}, "here")
    assert measured["what"] == what
    assert 0 < measured["milliseconds"] < 60_000
    assert " core" in measured["machine"]
    assert platform.node() not in measured["machine"]
