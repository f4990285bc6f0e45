"""What a new user of a model writes, and what mistakes say."""

import json

import numpy as np
import pytest

import zoo
from zoo.errors import InputError


def test_three_lines(loaded):
    (answer,) = loaded["imdb_gru_base"].predict(["a quiet, moving film"])
    assert answer["label"] == "positive"
    translator = loaded["dates_gru_base"]
    assert translator.translate(["mercredi 3 octobre 1990", ""]) == [
        "1990-10-03",
        "",
    ]
    graphs = len(translator.decoder._graphs)
    translator.translate(["3. Oktober 1990"])
    assert len(translator.decoder._graphs) == graphs
    model = loaded["shakespeare_lstm_base"]
    text = model.generate("ROMEO:", 50, seed=3)
    assert len(text) == 50
    stream = zoo.stream(model)
    stream.feed("ROMEO:")
    assert text == "".join(stream.generate(50, seed=3))
    # What was written before has no say.
    assert model.generate("ROMEO:", 50, seed=3) == text
    assert model.generate("ROMEO:", 50, seed=4) != text
    greedy = model.generate(length=20, temperature=0, seed=1)
    assert model.generate(length=20, temperature=0, seed=2) == greedy


@pytest.mark.thorough
def test_a_task_does_what_the_command_does(loaded, tiny_run, tmp_path):
    """Shows itself in a line, is saved, exported and evaluated by itself."""
    task = loaded["dates_gru_base"]
    assert repr(task).startswith("Translator('dates_gru_base', cell=gru, ")
    assert len(repr(task)) < 80
    assert "classes=2" in repr(loaded["imdb_gru_base"])
    task.save(tmp_path / "again", "float16")
    again = zoo.load(tmp_path / "again")
    assert again.translate(["3. Oktober 1990"]) == ["1990-10-03"]
    manifest = task.export(tmp_path / "out", ("onnx",))
    assert set(manifest["largest_difference"]) == {
        "onnx_step",
        "onnx_translate",
    }
    ((best, *_),) = task.n_best(["3. Oktober 1990"], 2)
    assert best.text == "1990-10-03"
    source, target, weights = task.attention("3. Oktober 1990")
    assert weights.shape == (len(target), len(source))
    np.testing.assert_array_equal(
        weights, task.attention("3. Oktober 1990", best)[2]
    )
    run = zoo.load(tiny_run("gru"))
    metrics = json.loads((tiny_run("gru") / "metrics.json").read_text())
    assert run.evaluate()["test_accuracy"] == metrics["test_accuracy"]


def test_the_wrong_line(loaded):
    classifier, translator, writer = loaded.values()
    for call, message in (
        (lambda: classifier.translate(["a"]), "has no .*logits, predict"),
        (lambda: classifier.generate("a"), "has no .*logits, predict"),
        (lambda: translator.predict(["a"]), "translate, n_best, attention"),
        (lambda: writer.predict(["a"]), "generate, stream, score"),
        (lambda: writer.translate(["a"]), "generate, stream, score"),
    ):
        with pytest.raises(AttributeError, match=message):
            call()
    for call, message in (
        (lambda: classifier.predict("a b"), "must be a list of texts"),
        (lambda: classifier.predict(["a", 3]), "Received: 3 at index 1"),
        (lambda: classifier.predict(None), "must be a list of texts"),
        (lambda: translator.translate("a b"), "must be a list of texts"),
        (lambda: translator.translate([b"a"]), "must be a list of texts"),
        (lambda: translator.n_best("3/10/90", 3), "must be a list of texts"),
        (lambda: translator.attention(["a"]), "`text` must be a text"),
        (lambda: writer.generate(["a"]), "`prompt` must be a text"),
        (lambda: writer.score("a b"), "must be a list of texts"),
        (lambda: writer.stream().feed(["a"]), "`text` must be a text"),
        (lambda: writer.generate("a", 0), "`length` must be"),
        (lambda: writer.generate("a", 5, temperature=-1), "`temperature`"),
    ):
        with pytest.raises(InputError, match=message):
            call()
