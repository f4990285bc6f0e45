"""A run on a user's own file, by the command line: what it says and keeps."""

import csv
import json
import os
import random

import pytest

import zoo
from recipes import imdb_sentiment
from recipes.data.splits import key
from zoo.cli.main import main

FAST = ["--units", "4", "--embedding-size", "4", "--epochs", "2"]


def rows_of(count, seed=0):
    """Texts of two classes that one word tells apart, most of the time."""
    draw = random.Random(seed)
    kinds = {"good": ["bright", "warm"], "bad": ["dull", "cold"]}
    found = []
    for _ in range(count):
        label = draw.choice(sorted(kinds))
        words = draw.choices("a film of the actor and some story".split(), k=7)
        words[draw.randrange(7)] = draw.choice(kinds[label])
        found.append((f"{' '.join(words)} {draw.randrange(10**6)}", label))
    return found


def write(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])


def trained(path, folder, *flags):
    words = ["train", "imdb_sentiment", "--train-file", str(path)]
    return main([*words, "--run-dir", str(folder), *FAST, *flags])


@pytest.fixture(scope="module")
def run(once):
    """A file of 150 texts, and the folder of a run on it."""

    def make(folder):
        write(folder / "mine.csv", rows_of(150))
        assert trained(folder / "mine.csv", folder / "run") == 0

    folder = once("own_run", make)
    return folder / "mine.csv", folder / "run"


@pytest.mark.training
def test_what_it_found(run):
    _, folder = run
    config = json.loads((folder / "config.json").read_text())
    assert config["config"]["split"] == "stratified"
    assert config["config"]["ngram_method"] == "tfidf"
    assert (
        config["config"]["units"] == 4 and len(config["data"]["sha256"]) == 64
    )
    metrics = json.loads((folder / "metrics.json").read_text())
    # A fifth of 150, and what one class has too much the other has less.
    assert metrics["test_examples"] in (29, 30, 31)
    assert metrics["test_accuracy"] == 1.0 == metrics["macro_f1"]
    assert set(metrics["classes"]) == {"bad", "good"}
    assert len(metrics["baselines"]) == 3 and metrics["verdict"]
    assert 0.1 < metrics["unknown_share"] < 0.2
    # Neither picture takes the other's place.
    pictures = {path.name for path in (folder / "plots").iterdir()}
    assert pictures == {"calibration.png", "confusion.png", "curves.png"}
    page = (folder / "report.html").read_text()
    assert page.count("data:image/png") == 2
    assert metrics["verdict"] in page and "tf-idf of characters" in page


@pytest.mark.training
def test_the_same_command_goes_on_and_says_so(run, capsys):
    path, folder = run
    before = (folder / "model.safetensors").read_bytes()
    assert trained(path, folder) == 0
    said = capsys.readouterr().out
    assert f"{folder} is finished; nothing is trained." in said
    assert "Right on 100.0 % of" in said and "Chosen" not in said
    assert (folder / "model.safetensors").read_bytes() == before


@pytest.mark.training
def test_the_test_set_stays_when_rows_come(run, tmp_path, capsys):
    path, folder = run
    config = imdb_sentiment.Config(
        train_file=str(path), split="stratified", test_share=0.2
    )
    known = zoo.load(folder).evaluate(train_file=path)
    kept = json.loads((folder / "split.json").read_text())
    texts = imdb_sentiment.texts(config, None, kept).splits["test"][0]
    before = path.read_bytes()
    try:
        write(path, rows_of(40, seed=1) + rows_of(150))
        again = zoo.load(folder).evaluate(train_file=path)
        later = imdb_sentiment.texts(config, None, kept).splits["test"][0]
        assert sorted(later) == sorted(texts)
        assert again["test_examples"] == known["test_examples"]
        assert again["test_accuracy"] == known["test_accuracy"]
        assert trained(path, folder) == 2
        assert "has changed since the run" in capsys.readouterr().err
    finally:
        path.write_bytes(before)


@pytest.mark.training
def test_flags_by_hand_win_and_are_compared(run, tmp_path, capsys):
    path, folder = run
    assert trained(path, folder, "--batch-size", "5") == 2
    assert "batch_size 16 there, 5 here" in capsys.readouterr().err
    assert (
        trained(path, tmp_path / "run", "--ngrams", "0", "--preset", "tiny")
        == 0
    )
    said = capsys.readouterr().out
    assert "Chosen" not in said
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["config"]["split"] == "random"


@pytest.mark.training
def test_groups_stay_together(tmp_path, capsys):
    path = tmp_path / "mine.csv"
    rows = rows_of(90)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "who"])
        writer.writerows([*row, n // 3] for n, row in enumerate(rows))
    flags = ["--group-column", "who", "--epochs", "1"]
    assert trained(path, tmp_path / "run", *flags) == 0
    kept = json.loads((tmp_path / "run" / "split.json").read_text())
    sides = [
        {n // 3 for n, (text, _) in enumerate(rows) if key(text) in kept[name]}
        for name in ("test", "validation")
    ]
    assert not sides[0] & sides[1]
    assert [len(side) * 3 for side in sides] == [len(k) for k in kept.values()]
    assert trained(path, tmp_path / "b", *flags, "--preset", "tiny") == 2
    assert "needs --split stratified" in capsys.readouterr().err


@pytest.mark.training
def test_balanced_classes_and_characters(tmp_path, capsys):
    path = tmp_path / "mine.csv"
    rows = [(text, label) for text, label in rows_of(200) if label == "good"]
    rare = [(text, label) for text, label in rows_of(200) if label == "bad"]
    write(path, rows + rare[:4] + [("warm", "once")])
    flags = ["--class-weights", "balanced", "--tokens", "characters"]
    assert trained(path, tmp_path / "run", *flags) == 0
    said = capsys.readouterr().out
    assert "Chosen: characters" in said and "so not tested" in said
    tokenizer = json.loads((tmp_path / "run" / "tokenizer.json").read_text())
    assert tokenizer["kind"] == "characters"
    (answer,) = zoo.load(tmp_path / "run").predict(["a bright film"])
    assert set(answer["probabilities"]) == {"bad", "good", "once"}


@pytest.mark.training
def test_random_labels_of_repeated_texts_score_by_chance(tmp_path):
    draw = random.Random(4)
    texts = [
        " ".join(f"w{draw.randrange(200)}" for _ in range(6)) for _ in "a" * 100
    ]
    rows = [(text, draw.choice("ab")) for text in texts] * 5
    draw.shuffle(rows)
    write(tmp_path / "dups.csv", rows)
    assert trained(tmp_path / "dups.csv", tmp_path / "run") == 0
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert 0.2 < metrics["test_accuracy"] < 0.8
    assert "400 of 500 texts stand there before" in metrics["notes"][0]


@pytest.mark.training
@pytest.mark.parametrize(
    "name",
    [
        b"we[ird]* \xf0\x9f\x98\x80 two\nlines",
        pytest.param(b"lat\xe9in", marks=pytest.mark.slow),
    ],
)
def test_files_and_folders_of_any_name(tmp_path, name, capsys):
    path = tmp_path / f"{os.fsdecode(name)}.csv"
    write(path, rows_of(60))
    folder = tmp_path / os.fsdecode(name)
    assert trained(path, folder, "--epochs", "1") == 0
    assert (folder / "report.html").is_file()
    assert main(["evaluate", str(folder), "--file", str(path), "--json"]) == 0
    config = json.loads((folder / "config.json").read_text())
    assert config["config"]["train_file"] == str(path)
    capsys.readouterr()
    assert trained(path, folder, "--epochs", "1") == 0
    assert "nothing is trained" in capsys.readouterr().out


def test_a_mistake_in_the_file_is_one_line(tmp_path, capsys):
    (tmp_path / "a.csv").write_text("text,label,label\na,b,c\n")
    assert trained(tmp_path / "a.csv", tmp_path / "run") == 2
    assert "'label' is there twice" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
