"""`zoo benchmark`: one table of what there is, and why something is not."""

import csv
import io
import itertools
import json
import sys

import numpy as np
import pytest
from random_models import random_classifier, random_language_model
from untrained import TEXTS

from export import benchmark
from export.benchmarking import measuring, subjects
from export.benchmarking.subjects import Subject
from zoo import pretrained
from zoo.cli.main import main
from zoo.evaluation import Validation
from zoo.tasks import Translator
from zoo.text import PairTokenizer, SubwordTokenizer
from zoo.text.ids import END

COLUMNS = ["format", "weights", "runtime", "bytes", "ms_batch_1"]
COLUMNS += ["ms_batch_32", "largest_difference", "score", "note"]


def fake(calls, change=0.0):
    """An answer that counts what it is given."""

    def answer(ids):
        calls.append(ids.shape)
        return ids[:, :2] + np.float32(change)

    return answer


def fakes(calls):
    first, second = fake(calls), fake(calls, 0.5)
    return [
        Subject("Keras", "float32", "Keras, compiled", None, first, first),
        Subject("ONNX", "int8", "ONNX Runtime", 2**20, second, second),
        Subject("ONNX", "int8", "OpenVINO", 2**20, None, note="not installed"),
    ]


def test_rows_of_a_table():
    model, calls = random_classifier(), []
    given = measuring.given(model, 6, None)
    validation = Validation(
        "accuracy",
        lambda run: float(run(np.ones((1, 2))).mean()),
        *(True, 0.1, 9, "texts", "mine"),
    )
    rows = measuring.measured(fakes(calls), given, 3, validation)
    # Of each a round more than is counted, a difference, and a score; and
    # what the differences are from.
    for shape, count in {(1, 6): 11, (32, 6): 8, (1, 2): 2}.items():
        assert calls.count(shape) == count
    keras, onnx, missing = rows
    assert list(keras) == COLUMNS
    assert keras["largest_difference"] == 0
    assert (onnx["largest_difference"], onnx["score"]) == (0.5, 1.5)
    assert onnx["bytes"] == 2**20
    assert onnx["ms_batch_1"] >= 0
    assert missing["note"] == "not installed"
    assert missing["ms_batch_32"] is missing["score"] is None


def test_a_translator_without_examples():
    units = SubwordTokenizer.from_texts(TEXTS, 40, "characters")
    trained = Translator(None, PairTokenizer(units, units))
    given = measuring.given(trained, 9, lambda ids: ids[:, :4])
    assert {n: ids.shape for n, ids in given.inputs.items()} == {
        1: (1, 9),
        32: (32, 9),
    }
    # None of them is padding, or ends a sentence.
    assert min(ids.min() for ids in given.inputs.values()) > END
    assert given.compared[1].shape == (1, 5)
    assert (
        given.about == "random source ids, 9 in each row, translated greedily"
    )


def test_no_order_is_fixed():
    """What runs before another one changes, or the two would be one figure."""
    calls, count = [], 6
    functions = [lambda _, n=n: calls.append(n) for n in range(count)]
    measuring._medians(functions, None, 7)
    rounds = [calls[n : n + count] for n in range(0, len(calls), count)]
    assert all(sorted(one) == list(range(count)) for one in rounds)
    before = {(a, b) for one in rounds for a, b in itertools.pairwise(one)}
    # A rotation has as many as there are functions.
    assert len(before) > 2 * count


@pytest.mark.parametrize("form", ["--json", "--csv", ""])
def test_what_is_printed(form, monkeypatch, capsys):
    monkeypatch.setattr(pretrained, "load", lambda _: random_classifier())
    monkeypatch.setattr(subjects, "of", lambda *_: fakes([]))
    words = ["imdb_gru_tiny", "--rounds", "1", "--length", "5"]
    assert main(["benchmark", *words, *form.split()]) == 0
    printed = capsys.readouterr().out
    if form == "--json":
        about = json.loads(printed)
        assert about["batches"] == [1, 32]
        assert about["rounds"] == 1
        assert "5 in each row" in about["inputs"]
        assert "processors" in about["threads"]
        assert [row["runtime"] for row in about["rows"]][-1] == "OpenVINO"
    elif form == "--csv":
        rows = list(csv.DictReader(io.StringIO(printed)))
        assert list(rows[0]) == COLUMNS
        assert [row["note"] for row in rows] == ["", "", "not installed"]
    else:
        assert "random ids, 5 in each row; 1 rounds" in printed
        assert "threads: " in printed
        assert "1.00" in printed
        assert "\nONNX int8 OpenVINO: not installed\n" in printed


@pytest.mark.parametrize(
    "words, message",
    [
        (["--length", "0"], "`length` must be a whole number"),
        (["--rounds", "0"], "`rounds` must be a whole number"),
        (["--json", "--csv"], "--json or --csv, not both"),
        (["--validation-file", "nope"], "nope: No such file"),
    ],
)
def test_mistakes_in_flags(words, message, capsys):
    assert main(["benchmark", "imdb_gru_tiny", *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.thorough
@pytest.mark.parametrize(
    "kind",
    ["classifier", pytest.param("language_model", marks=pytest.mark.slow)],
)
def test_every_format(kind, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    make = {
        "classifier": random_classifier,
        "language_model": random_language_model,
    }
    model = make[kind](units=40, embedding_size=32)
    random = np.random.default_rng(8)
    for weight in model.model.weights:
        weight.assign(random.normal(0, 0.15, weight.shape))
    found = subjects.of(model, tmp_path / "out")
    given = measuring.given(model, 9, found[0].answer)
    rows = measuring.measured(found, given, 1)
    kinds = {(row["format"], row["weights"], row["runtime"]) for row in rows}
    assert {
        ("Keras", "float32", "Keras, predict"),
        ("SavedModel", "float32", "TensorFlow"),
        ("ONNX", "float32", "ONNX Runtime"),
        ("ONNX", "int8", "ONNX Runtime"),
        ("ONNX", "float16", "ONNX Runtime"),
        ("LiteRT", "float32", "LiteRT"),
        ("LiteRT", "int8", "LiteRT"),
    } <= kinds
    for row in rows:
        if row["runtime"] == "OpenVINO":
            assert "pip install" in row["note"]
            continue
        limit = 1e-5 if row["weights"] == "float32" else 0.2
        assert row["largest_difference"] <= limit
        assert row["ms_batch_32"] > 0
        assert row["bytes"] is None or row["bytes"] > 0
        if kind == "language_model" and row["runtime"] != "Keras, predict":
            assert row["tokens_per_second"] > 0


def test_titles_are_of_columns():
    assert set(COLUMNS) - {"note"} <= set(benchmark._TITLES)
