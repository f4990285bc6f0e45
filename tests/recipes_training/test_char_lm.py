"""The character language model: its texts, its training, its scores."""

import csv
import dataclasses
import json
import math

import numpy as np
import pytest
from command_line import mistake
from run_weights import weights

import zoo
from recipes import char_lm
from zoo import cells
from zoo.decoding import scoring
from zoo.errors import InputError
from zoo.io import drafts


def text_of(path, start, end):
    text = path.read_text(encoding="utf-8")
    return text[int(start * len(text)) : int(end * len(text))]


@pytest.mark.thorough
def test_the_scores_are_those_of_the_whole_split(story_run, story):
    metrics = json.loads((story_run / "metrics.json").read_text())
    for split, start, end in (("validation", 0.8, 0.9), ("test", 0.9, 1.0)):
        text = text_of(story, start, end)
        nats = zoo.stream(story_run).feed(text)
        assert metrics[f"{split}_characters"] == len(text)
        mean = np.nanmean(nats)
        found = metrics[f"{split}_nats_per_character"]
        assert found == pytest.approx(mean, abs=2e-5)
        bits = metrics[f"{split}_bits_per_character"]
        assert bits == pytest.approx(mean / math.log(2), abs=2e-5)
        perplexity = metrics[f"{split}_perplexity"]
        assert perplexity == pytest.approx(math.exp(mean), abs=2e-3)
    assert set(metrics["splits"]) == {"train", "validation", "test"}
    # Eleven words in any order, and the letters within each are certain.
    assert metrics["validation_nats_per_character"] < 0.9


def test_evaluate_says_the_same(story_run, monkeypatch):
    # The text then takes several calls.
    monkeypatch.setattr(scoring, "_CHUNK", 64)
    monkeypatch.setattr(scoring, "_LOGITS", 50 * 25)
    trained = zoo.load(story_run)
    metrics = json.loads((story_run / "metrics.json").read_text())
    config = char_lm.Config(**trained.about["config"])
    for name, value in char_lm.evaluate(trained, config).items():
        assert metrics[name] == pytest.approx(value, abs=2e-5)


@pytest.mark.training
def test_it_shows_a_sample_each_epoch(tiny, tmp_path, capfd):
    config = dataclasses.replace(tiny["char_lm"], epochs=2)
    char_lm.train(config, tmp_path / "run")
    printed = capfd.readouterr().out
    assert printed.count("val_loss") == 2
    assert len(printed) > 2 * 200
    assert not (tmp_path / "run" / "text").exists()


@pytest.mark.training
def test_nanogpts_split_holds_that_of_tfds(tmp_path, monkeypatch, story):
    monkeypatch.setattr(
        char_lm, "_is_nanogpt_split", lambda config: config.test_share == 0
    )
    config = char_lm.Config(
        train_file=str(story), units=4, batch_size=2, window=8, epochs=1
    )
    metrics = char_lm.train(config, tmp_path / "run", progress=False)
    text = text_of(story, 0.9, 1.0)
    half = text[: len(text) // 2]
    nats = np.nanmean(zoo.stream(tmp_path / "run").feed(half))
    found = metrics["tfds_validation_nats_per_character"]
    assert found == pytest.approx(nats, abs=2e-5)
    assert metrics["tfds_validation_characters"] == len(half)


def test_only_the_published_split_is_called_so():
    config = char_lm.Config(data="tiny_shakespeare")
    assert char_lm._is_nanogpt_split(config)
    for other in (
        {"data": "python_reference"},
        {"tokens": "bytes"},
        {"test_share": 0.05},
        {"train_file": "mine.txt"},
    ):
        changed = dataclasses.replace(config, **other)
        assert not char_lm._is_nanogpt_split(changed)


@pytest.mark.training
def test_bytes_read_what_is_not_utf8(tmp_path):
    content = "The naïve café 电影 reads.\n".encode() * 60 + b"\xff\xfe" * 200
    (tmp_path / "text.bin").write_bytes(content)
    config = char_lm.Config(
        train_file=str(tmp_path / "text.bin"),
        tokens="bytes",
        units=4,
        batch_size=2,
        window=8,
        epochs=1,
        tied=True,
        layers=2,
    )
    metrics = char_lm.train(config, tmp_path / "run", progress=False)
    assert metrics["validation_nats_per_byte"] > 0
    assert metrics["validation_bytes"] == 226
    stream = zoo.stream(tmp_path / "run")
    assert np.isfinite(stream.feed("Ω電\U0001f600")[1:]).all()


@pytest.mark.training
def test_averaged_weights_are_what_is_kept(tiny, tmp_path):
    """With a momentum of nearly one, they stay where they began."""
    config = dataclasses.replace(
        tiny["char_lm"], epochs=2, ema=0.999999, recurrent_dropout=0.0
    )
    char_lm.train(config, tmp_path / "still", progress=False)
    other = dataclasses.replace(config, ema=0.0)
    char_lm.train(other, tmp_path / "moved", progress=False)
    still, moved = (weights(tmp_path / name) for name in ("still", "moved"))
    with open(tmp_path / "still" / "history.csv") as file:
        rows = list(csv.DictReader(file))
    # Training itself does go on with weights of its own.
    assert float(rows[1]["loss"]) < float(rows[0]["loss"]) - 0.05
    assert abs(float(rows[1]["val_loss"]) - float(rows[0]["val_loss"])) < 0.01
    assert (
        max(np.abs(a - b).max() for a, b in zip(still, moved, strict=True))
        > 0.05
    )


def test_a_mistake_in_the_text_leaves_nothing_behind(tmp_path, capsys):
    train = ["train", "char_lm", "--run-dir", tmp_path / "run"]
    train += ["--batch-size", "64"]
    for name, content, message in (
        ("empty.txt", b"", "is empty"),
        ("latin.txt", b"caf\xe9 " * 999, "line 1: not UTF-8 (byte 0xe9 at"),
        ("short.txt", b"a short text " * 20, "a smaller --batch-size or"),
        ("tiny.txt", b"ab", "too short to be split"),
    ):
        (tmp_path / name).write_bytes(content)
        file = ["--train-file", tmp_path / name]
        assert message in mistake(capsys, *train, *file)
        assert not (tmp_path / "run").exists() or not any(
            (tmp_path / "run").iterdir()
        )
    file = ["--train-file", tmp_path / "none.txt"]
    assert "none.txt: No such file" in mistake(capsys, *train, *file)


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--data", "shakespeare"], "Did you mean 'tiny_shakespeare'"),
        (["--tokens", "words"], "`tokens` must be one of characters, bytes"),
        (["--window", "0"], "`window`"),
        (["--ema", "1"], "`ema`"),
        (["--epoch-windows", "-1"], "`epoch_windows`"),
        (["--validation-share", "0"], "`validation_share` must be above 0"),
        (
            ["--validation-share", "0.5", "--test-share", "0.5"],
            "must leave something to train on",
        ),
        (["--prepare-only"], "needs --prepared"),
    ],
)
def test_flags_out_of_range(flags, message, capsys, tmp_path):
    run = ["--run-dir", tmp_path / "run"]
    assert message in mistake(capsys, "train", "char_lm", *run, *flags)


@pytest.mark.training
def test_a_run_that_was_killed_while_its_text_was_read_goes_on(
    tiny, tmp_path, monkeypatch
):
    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(char_lm, "windows", stop)
        with pytest.raises(KeyboardInterrupt):
            char_lm.train(tiny["char_lm"], tmp_path / "run", progress=False)
    with drafts.named(tmp_path / "run" / "text", file=False) as draft:
        (draft / "new").mkdir(parents=True)
    config = dataclasses.replace(tiny["char_lm"], epochs=1)
    assert char_lm.train(config, tmp_path / "run", progress=False)


def test_a_plot_of_the_perplexity(story_run):
    assert (story_run / "plots" / "curves.png").stat().st_size > 10_000


@pytest.mark.parametrize("cell", cells.names())
@pytest.mark.training
def test_every_cell_can_be_asked_for(cell, story, tmp_path):
    config = char_lm.Config(
        train_file=str(story),
        cell=cell,
        units=4,
        batch_size=2,
        window=8,
        epochs=1,
        epoch_windows=5,
    )
    metrics = char_lm.train(config, tmp_path / "run", progress=False)
    assert metrics["cell"] == cell


def test_a_folder_that_is_called_text_is_not_ours(tiny, tmp_path):
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "mine").write_text("mine")
    with pytest.raises(InputError, match="not a run folder"):
        char_lm.train(tiny["char_lm"], tmp_path, progress=False)
    assert (tmp_path / "text" / "mine").read_text() == "mine"


def test_evaluate_of_a_text_that_is_too_short(story_run, tmp_path):
    (tmp_path / "empty.txt").write_text("")
    config = char_lm.Config(train_file=str(tmp_path / "empty.txt"))
    with pytest.raises(InputError, match="is empty"):
        char_lm.evaluate(zoo.load(story_run), config)


@pytest.mark.data
def test_tiny_shakespeare_and_war_and_peace(shared_data, tmp_path):
    expected = {
        "tiny_shakespeare": (1_003_854, 111_540),
        "war_and_peace": (2_881_452, 320_162),
    }
    for name, lengths in expected.items():
        config = char_lm.Config(data=name)
        folder = shared_data if name.startswith("tiny") else shared_data.parent
        text = char_lm.data(config, folder, tmp_path / name)
        assert tuple(map(len, text.splits.values())) == lengths
