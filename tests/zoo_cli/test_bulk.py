"""Many texts at once, from files and into files."""

import csv
import gzip
import json
import tracemalloc

import numpy as np
import pytest

import zoo
from zoo.cli.main import main
from zoo.errors import InputError
from zoo.io import table_reader, table_writer
from zoo.io.table_file import Table
from zoo.tasks import classifying

TEXTS = ["a bright film", "dull", "", "cold, and very\nlong " * 30, "!"]


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "in.csv"
    with open(path, "w", newline="") as file:
        rows = [(n, text) for n, text in enumerate(TEXTS * 3)]
        csv.writer(file).writerows([("id", "Review"), *rows])
    return path


def predicted(texts, to, *flags):
    words = ["predict", "imdb_gru_tiny", "--file", str(texts), "--to", str(to)]
    assert main([*words, "--text-column", "review", *flags]) == 0


def test_answers_to_a_file(texts, tmp_path, capsys):
    classifier = zoo.load("imdb_gru_tiny")
    expected = classifier.predict(TEXTS * 3)
    predicted(texts, tmp_path / "out.csv")
    said = capsys.readouterr()
    assert "15 texts in" in said.out and "out.csv" in said.out
    assert "column 'Review' is read as 'review'" in said.err
    with open(tmp_path / "out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == TEXTS * 3
    for row, answer in zip(rows, expected, strict=True):
        assert row["label"] == answer["label"]
        for label, p in answer["probabilities"].items():
            assert float(row[f"p_{label}"]) == pytest.approx(p, abs=1e-4)
    assert (
        float(rows[0]["unknown_share"]) == 0 == float(rows[2]["unknown_share"])
    )
    predicted(texts, tmp_path / "out.jsonl.gz")
    with gzip.open(tmp_path / "out.jsonl.gz", "rt") as file:
        lines = [json.loads(line) for line in file]
    assert [line["label"] for line in lines] == [row["label"] for row in rows]
    predicted(texts, tmp_path / "out.tsv")
    lines = (tmp_path / "out.tsv").read_text().splitlines()
    assert len(lines) == 16 and {line.count("\t") for line in lines} == {5}


def test_other_columns_are_kept(tmp_path, capsys):
    path, to = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text("id,text,label\n7,a film,x\n8,,y\n")
    words = ["predict", "imdb_gru_tiny", "--file", str(path), "--to", str(to)]
    keep = ["--keep-column", "id", "--keep-column", "label"]
    assert main([*words, *keep]) == 0
    rows = read(to)
    assert [row["id"] for row in rows] == ["7", "8"]
    assert [row["given_label"] for row in rows] == ["x", "y"]
    assert rows[0]["label"] in ("positive", "negative")
    assert "1 texts are empty" in capsys.readouterr().err


def test_answers_to_parquet(texts, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    predicted(texts, tmp_path / "out.parquet")
    table = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["text"] for row in table] == TEXTS * 3
    with table_writer.writer(tmp_path / "none.parquet", ["a", "b"]):
        pass
    assert parquet.read_table(tmp_path / "none.parquet").num_rows == 0


def test_answers_to_the_terminal(texts, capsys):
    words = ["predict", "imdb_gru_tiny", "--file", str(texts)]
    assert main([*words, "--text-column", "Review"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 15
    assert main([*words, "--text-column", "id", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 15


def test_what_is_refused(texts, tmp_path, capsys):
    words = ["predict", "imdb_gru_tiny"]
    for more, message in (
        (["--file", str(texts), "a text"], "command line or from --file"),
        (["--to", "a.csv", "a text"], "--to is for the answers to a --file"),
        (["--file", str(texts), "--to", "a.json"], "must end in .csv"),
        (["--file", str(texts), "--to", str(tmp_path / "b.csv")], "'text'"),
    ):
        assert main([*words, *more]) == 2
        assert message in capsys.readouterr().err
    same = [*words, "--file", str(texts), "--to", str(texts)]
    before = texts.read_bytes()
    assert main([*same, "--text-column", "review"]) == 2
    assert "is what is read" in capsys.readouterr().err
    assert texts.read_bytes() == before
    # Nothing is left of a file that could not be filled.
    assert sorted(tmp_path.iterdir()) == [texts]
    with pytest.raises(InputError, match="must end in"):
        table_writer.check("a.txt")


def test_rows_that_cannot_be_read_are_counted(tmp_path, capsys):
    path = tmp_path / "in.csv"
    path.write_text("review,x\ngood,1\nbad\nfine,2\n")
    predicted(path, tmp_path / "out.csv", "--skip-bad-rows")
    said = capsys.readouterr()
    assert "2 texts in" in said.out and "1 rows were left out" in said.err


def test_memory_does_not_grow_with_the_longest_text(monkeypatch):
    """Other texts are not padded to its length."""
    classifier = zoo.load("imdb_gru_tiny")
    shapes = []

    def logits(ids):
        shapes.append(ids.shape)
        return np.zeros((len(ids), 2), "float32")

    monkeypatch.setitem(vars(classifier), "_logits", logits)
    texts = ["a film"] * 32 + ["a film " * 10_000] + ["so"] * 1_000
    assert len(classifier.logits(texts)) == 1_033
    assert (1, 20_000) in shapes
    limit = classifying.TOKENS
    assert all(rows == 1 or rows * time <= limit for rows, time in shapes)
    assert max(rows for rows, _ in shapes) == classifying.TEXTS
    answers = classifier.predict_in_bulk(iter(["a film", "zzzz so"]), 1)
    assert [answer["unknown_share"] for answer in answers] == [0.0, 0.5]


@pytest.mark.thorough
def test_a_file_is_read_as_it_is_answered(tmp_path, monkeypatch):
    """Far less is held than the file has."""
    path = tmp_path / "in.txt"
    path.write_text("so good a film that nobody left early\n" * 60_000)
    classifier = zoo.load("imdb_gru_tiny")
    monkeypatch.setitem(
        vars(classifier), "_logits", lambda ids: np.zeros((len(ids), 2))
    )
    table = table_reader.rows(Table(path, ["text"]))
    rows = (values[0] for _, values in table)
    tracemalloc.start()
    count = sum(1 for _ in classifier.predict_in_bulk(rows, 512))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 60_000 and most < 2_000_000 < path.stat().st_size


def test_a_file_of_ones_own_is_a_test(tmp_path, capsys):
    path = tmp_path / "mine.csv"
    path.write_text(
        "words,kind\na moving film,positive\ndull and bad,negative\n"
    )
    words = ["evaluate", "imdb_gru_tiny", "--file", str(path)]
    columns = ["--text-column", "words", "--label-column", "kind"]
    assert main([*words, *columns, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["test_accuracy"] == 1 == found["macro_f1"]
    assert found["classes"]["negative"]["support"] == 1
    assert found["accuracy_interval"][0] < 1
    assert main([*words, *columns]) == 0
    assert "precision  recall" in capsys.readouterr().out
    path.write_text("text,label\na moving film,pos\n")
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "has a class that imdb_gru_tiny has not: 'pos'" in said


@pytest.mark.training
@pytest.mark.slow
def test_the_same_for_a_language_model_and_a_translator(
    story_run, numbers_run, tmp_path, capsys
):
    text = tmp_path / "mine.txt"
    text.write_text("the cat sat on the mat. " * 20)
    words = ["evaluate", str(story_run), "--file", str(text), "--json"]
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["test_characters"] == 480
    assert 0 < found["test_nats_per_character"] < 10
    text.write_text("a")
    assert main(words) == 2
    assert "at least two tokens" in capsys.readouterr().err
    pairs = tmp_path / "mine.tsv"
    pairs.write_text("3 4\tthree four\n5\tfive\n")
    words = ["evaluate", str(numbers_run), "--file", str(pairs), "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["test_pairs"] == 2


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.training
def test_translations_to_a_file(numbers_run, tmp_path, capsys, monkeypatch):
    path, to = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text("id,Number\n1,1 2\n2,\n3,3\n")
    words = ["translate", str(numbers_run), "--file", str(path)]
    words += ["--text-column", "number"]
    assert main([*words, "--to", str(to)]) == 0
    assert "3 texts in" in capsys.readouterr().out
    rows = read(to)
    assert [row["text"] for row in rows] == ["1 2", "", "3"]
    translator = zoo.load(numbers_run).decoder
    found = translator.n_best(["1 2", "", "3"], 1)
    assert [row["translation"] for row in rows] == [
        one.text for (one,) in found
    ]
    assert float(rows[0]["score"]) == pytest.approx(found[0][0].score, abs=1e-4)
    assert main([*words, "--nbest", "2", "--to", str(to)]) == 0
    rows = read(to)
    assert list(rows[0]) == [
        *("text", "translation_1", "score_1", "translation_2", "score_2")
    ]
    assert float(rows[0]["score_1"]) >= float(rows[0]["score_2"])
    # Draws go on from block to block.
    monkeypatch.setattr("zoo.cli.translate._AT_ONCE", 2)
    path.write_text("number\n" + "1 2\n" * 5)
    drawn = [*words, "--temperature", "3", "--seed", "4"]
    assert main([*drawn, "--to", str(to)]) == 0
    assert len({row["translation"] for row in read(to)}) == 5
    path.write_text("id,Number\n1,1 2\n2,\n3,3\n")
    # To the terminal too.
    capsys.readouterr()
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[0] == found[0][0].text
    for more, message in ((["--to", "a"], "must end in"), ([], "'text'")):
        assert main([*words[:4], *more]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.training
def test_scores_to_a_file(story_run, tmp_path, capsys):
    path, to = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    texts = ["the cat sat", "", "xqzj xqzj"]
    path.write_text("".join(json.dumps({"text": t}) + "\n" for t in texts))
    words = ["score", str(story_run), "--file", str(path), "--to", str(to)]
    assert main(words) == 0
    assert "3 texts in" in capsys.readouterr().out
    rows = [json.loads(line) for line in to.read_text().splitlines()]
    expected = zoo.load(story_run).score(texts)
    for row, text, found in zip(rows, texts, expected, strict=True):
        assert row.pop("unknown_share") == 0 or text.startswith("x")
        assert row == {"text": text, **found}
    assert rows[1]["nats"] is None and rows[0]["tokens"] == 11
    assert rows[2]["perplexity"] > rows[0]["perplexity"]
    assert main([*words, "--json"]) == 2
    assert "no --from-state" in capsys.readouterr().err
    assert main([*words[:2], "a text", "--to", str(to)]) == 2
    assert "--to is for the answers to a --file" in capsys.readouterr().err


def test_much_that_is_unknown_is_said(capsys):
    words = ["predict", "imdb_gru_tiny", "ein ruhiger Spielfilm", "--json"]
    assert main(words) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)[0]["unknown_share"] == 1
    assert "100 % of the words are unknown to imdb_gru_tiny" in said.err
    assert main([*words[:2], "a quiet film"]) == 0
    assert capsys.readouterr().err == ""
