"""Weights that are damaged, or too large, give an error and no answer."""

import json

import numpy as np
import pytest
from random_models import random_classifier, random_language_model
from untrained import untrained

from zoo import decoding
from zoo.cli.main import main
from zoo.cli.output import print_json
from zoo.decoding import Sampling
from zoo.errors import InputError
from zoo.inspect import gradient_flow
from zoo.pretrained import loader
from zoo.pretrained.onnx_engine import Opened
from zoo.tasks import make

MAKE = {
    "classifier": random_classifier,
    "language_model": random_language_model,
    "translator": lambda: fresh("translator"),
}


def fresh(builder):
    """Not the one that all tests share."""
    from zoo import models

    task = untrained(builder)
    return make(
        builder,
        labels=[],
        name="toy",
        arguments=task.arguments,
        tokenizer=task.tokenizer,
        model=models.build(builder, task.arguments),
    )


def broken(kind, value):
    task = MAKE[kind]()
    for weight in task.model.weights:
        weight.assign(np.full(weight.shape, value, "float32"))
    return task


ASKED = {
    "classifier": [
        lambda task: task.predict(["the film"]),
        lambda task: list(task.predict_in_bulk(["the film"])),
        lambda task: gradient_flow(task.model, [[1, 2]], name=task.name),
    ],
    "language_model": [
        lambda task: task.generate("ab", 20),
        lambda task: task.generate("", 20, temperature=0),
        lambda task: task.score(["abc"]),
        lambda task: decoding.samples(task.stream(), 2, 20),
        lambda task: decoding.beam(task.stream(), 3, 5),
    ],
    "translator": [
        lambda task: task.translate(["one two"]),
        lambda task: task.translate(["one two"], beams=1),
        lambda task: task.translate(["one two"], search=Sampling(0.0)),
        lambda task: task.translate(["one two"], search=Sampling(1.0)),
        lambda task: task.n_best(["one two", ""], 3),
        lambda task: task.attention("one two"),
    ],
}


# What overflows does so in a product; NaN is there from the beginning.
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize(
    "kind, value",
    [
        ("classifier", np.nan),
        ("classifier", np.inf),
        ("language_model", np.nan),
        ("language_model", 3e38),
        pytest.param("translator", np.nan, marks=pytest.mark.thorough),
        pytest.param("translator", 3e38, marks=pytest.mark.thorough),
    ],
)
def test_no_answer(kind, value):
    task = broken(kind, value)
    for ask in ASKED[kind]:
        with pytest.raises(InputError, match=f"The model {task.name} answers"):
            ask(task)


def test_a_text_that_breaks_what_began_well():
    """The state that a stream had is still there."""
    task = random_language_model()
    stream = task.stream()
    stream.feed("abc")
    before = stream.state
    (*_, bias) = task.model.weights
    bias.assign(np.full(bias.shape, np.nan, "float32"))
    with pytest.raises(InputError, match="not finite"):
        stream.feed("d")
    assert stream.state is before


@pytest.fixture
def broken_models(monkeypatch):
    import zoo
    from zoo.tasks import LanguageModel, require

    def load(name):
        return broken(name.split("/")[0], np.nan)

    def stream(name, state=None):
        return require(load(name), LanguageModel).stream(state)

    def opened(name, engine):
        return Opened(load(name))

    monkeypatch.setattr(loader, "opened", opened)
    monkeypatch.setattr(zoo, "load", load, raising=False)
    monkeypatch.setattr(zoo, "stream", stream, raising=False)
    monkeypatch.setattr("zoo.cli.refuse.model", lambda *_: None)


def test_commands(capsys, broken_models, tmp_path):
    table, to = tmp_path / "texts.csv", tmp_path / "to.csv"
    table.write_text("text\none two\n")
    bulk = ["--file", str(table), "--to", str(to)]
    for words in (
        ["predict", "classifier", "one two", "--json"],
        ["predict", "classifier", *bulk],
        ["generate", "language_model", "--prompt", "ab"],
        ["score", "language_model", "ab", "--json"],
        ["translate", "translator", "one two"],
        ["translate", "translator", *bulk],
    ):
        assert main(words) == 2
        printed = capsys.readouterr()
        assert "are not finite" in printed.err and "NaN" not in printed.out
        assert not to.exists()


def test_json_has_no_other_numbers(capsys):
    for value in (np.nan, float("inf")):
        with pytest.raises(InputError, match="not finite"):
            print_json({"score": [value]})
    assert capsys.readouterr().out == ""
    print_json({"score": 1.5})
    assert json.loads(capsys.readouterr().out) == {"score": 1.5}
