"""What comes from elsewhere is shown in a terminal, and gives it no orders."""

import dataclasses
import json
import unicodedata

import pytest
from command_line import mistake

from zoo.cli.main import main
from zoo.decoding import Stream
from zoo.errors import InputError, ZooWarning
from zoo.pretrained import cache
from zoo.printable import one_line, printable, unprintable

EVIL = "a\x1b[31mb\r\n\x07\x9b2J\u202ec\u2066\u2028\x00\x7f\U000e0041\ud800"
ORDERS = set(EVIL) - set("ab[31m2Jc\n")
# Ordinary text: no scripts are lost, and no emoji falls apart.
TEXTS = [
    "naïve café",
    "电影很好看",
    "नमस्ते",
    "שלום",
    "سَلام",
    "👩‍👩‍👧 ❤️ 👍🏽",
    "ក​ខ",
    "葛󠄀",
]
# Marks of direction, a joiner of words, and the flag of Scotland.
TEXTS += [
    "\u05d7\u05d9\u05d5\u05d1\u05d9\u200f",
    "a\u200eb\u061c",
    "a\u2060b",
    "\U0001f3f4"
    + "".join(chr(0xE0000 + ord(c)) for c in "gbsct")
    + "\U000e007f",
]


@pytest.mark.parametrize("text", TEXTS)
def test_ordinary_text_stays(text):
    assert printable(text) == text and unprintable(text) is None


def test_every_order_is_seen():
    shown = printable(EVIL)
    assert not ORDERS & set(shown) and "\n" not in shown
    assert shown.startswith(r"a\x1b[31mb\r\n\x07\x9b2J\u202ec\u2066\u2028\x00")
    assert shown.endswith(r"\x7f\U000e0041\ud800") and printable(shown) == shown
    assert printable("a\r\nb\tc\rd", keep="\n\t") == "a\nb\tc\\rd"
    # All that Unicode calls a control, and half characters.
    for number in range(0x110000):
        if unicodedata.category(chr(number)) in ("Cc", "Cs", "Zl", "Zp"):
            assert unprintable(chr(number)), hex(number)


def test_errors_and_warnings_are_printable_and_one_line_is_short():
    for kind in (InputError, ZooWarning):
        assert not ORDERS & set(str(kind(EVIL)))
    line = one_line("word \n" * 100_000)
    assert len(line) <= 1000 and "\n" not in line and " ... " in line


@pytest.mark.parametrize(
    "arguments",
    [
        [EVIL],
        ["list", EVIL],
        ["list", "--task", EVIL],
        ["list", f"--{EVIL}"],
        ["predict", EVIL, "text"],
        ["predict", "imdb_gru_tiny", "--file", f"{EVIL[:3]}.csv"],
        ["push", "imdb_gru_tiny", f"x://{EVIL}"],
        ["show", "x" * 1_000_000],
        ["generate", "shakespeare_lstm_base", "--length", EVIL],
    ],
)
def test_a_mistake_gives_no_orders(capsys, arguments):
    line = mistake(capsys, *arguments)
    assert not ORDERS & set(line) and len(line) < 1100


def test_notes_give_no_orders(capsys):
    cache.say(f"fetching {EVIL}")
    assert not ORDERS & set(capsys.readouterr().err)


@pytest.fixture
def evil_models(monkeypatch, shipped):
    """`zoo.load` gives models whose every name is an order."""
    from zoo import pretrained

    def load(name):
        labels = [EVIL, f"2{EVIL}"]
        return dataclasses.replace(shipped(name), name=EVIL, labels=labels)

    monkeypatch.setattr(pretrained, "load", load)


def test_a_models_names_give_no_orders(capsys, evil_models):
    assert main(["predict", "imdb_gru_tiny", f"one {EVIL}"]) == 0
    assert main(["predict", "imdb_gru_tiny", EVIL, "--json"]) == 0
    printed = capsys.readouterr()
    assert not ORDERS & set(printed.out + printed.err)


def test_generate_shows_control_characters_unless_raw(capsys, monkeypatch):
    written = ["a\x1b[2J", "b\r", "\nc\t\r", "d\u202e"]
    monkeypatch.setattr(Stream, "generate", lambda *_, **__: iter(written))
    command = ["generate", "shakespeare_lstm_base", "--prompt", "A\x07"]
    assert main(command) == 0
    shown = "A\\x07a\\x1b[2Jb\nc\t\\rd\\u202e\n"
    assert capsys.readouterr().out == shown
    assert main([*command, "--raw"]) == 0
    assert capsys.readouterr().out == f"A\x07{''.join(written)}\n"
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["texts"] == ["".join(written)]


def test_a_surprise_gives_no_orders(capsys):
    assert main(["score", "shakespeare_lstm_base", f"a{EVIL}"]) == 0
    printed = capsys.readouterr()
    assert not ORDERS & set(printed.out + printed.err)


def test_a_class_that_is_an_order_is_refused_before_training(capsys, tmp_path):
    file = tmp_path / "texts.csv"
    rows = "one,good\ntwo,bad\nthree,good\x1b[2J\n"
    file.write_text(f"text,label\n{rows}", encoding="utf-8")
    run = tmp_path / "run"
    command = ["train", "imdb_sentiment", "--train-file", file]
    line = mistake(capsys, *command, "--run-dir", run)
    assert "a class must be printable" in line and "line 4" in line
    assert r"good\x1b[2J" in line and not run.exists()
