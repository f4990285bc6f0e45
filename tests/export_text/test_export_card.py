"""The card of an export: facts of the model, and how to run its files."""

import dataclasses

import numpy as np
import onnx
import pytest
from random_models import random_classifier, random_language_model

from export import card, examples, scripts


def test_it_shows_the_files_that_are_there(tmp_path):
    trained = random_classifier()
    page = card.written(trained, tmp_path)
    assert "zoo.load" not in page and "onnx" not in page
    assert "for 2 classes: no, yes" in page and "| recipe | `none` |" in page
    for name in ("model.onnx", "text_in.onnx"):
        (tmp_path / name).touch()
    (tmp_path / "saved_model").mkdir()
    (tmp_path / "saved_model" / "saved_model.pb").touch()
    page = card.written(trained, tmp_path)
    assert "python classify.py" in page and "words.json" in page
    assert "no other number" not in page
    assert "python text_in.py" in page
    assert 'tf.saved_model.load("saved_model")' in page
    assert "tensorflow_text" not in page
    assert "http.server" not in page
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").touch()
    page = card.written(trained, tmp_path)
    assert "npm install --prefix web\npython -m http.server" in page


def test_a_saved_model_of_subwords_says_what_it_needs(tmp_path):
    trained = random_language_model("abba feeds", tokens="subwords")
    (tmp_path / "saved_model.pb").touch()
    page = card.written(trained, tmp_path)
    assert "import tensorflow_text" in page
    assert 'answer(prompt=tf.constant(["The"]))' in page


def test_no_command_holds_what_a_shell_obeys(translator, tmp_path, monkeypatch):
    task, _ = translator
    (tmp_path / "translate.onnx").touch()
    for given, shown in (("$(reboot)", "..."), ("ein Hund ", "ein Hund")):
        monkeypatch.setattr(examples, "texts", lambda _, given=given: [given])
        assert f'python translate.py "{shown}"' in card.written(task, tmp_path)


def test_a_command_is_none_that_is_known_to_fail(translator, tmp_path):
    task, _ = translator
    (tmp_path / "translate.onnx").touch()
    config = {"data": "multi30k", "pair": ""}
    first, second = examples.texts(
        dataclasses.replace(task, about={"config": config})
    )[:2]
    failures = [{"input": first, "expected": "a", "answered": "b"}]
    about = {"config": config, "failures": failures}
    page = card.written(dataclasses.replace(task, about=about), tmp_path)
    assert f'python translate.py "{second}"' in page


def test_a_translator_of_fixed_shapes_has_no_script(translator, tmp_path):
    """Beam search needs more rows than texts: it cannot use the files."""
    task, folder = translator
    for name in ("encoder", "translate"):
        model = onnx.load(folder / f"{name}.onnx")
        rows, time = model.graph.input[0].type.tensor_type.shape.dim
        rows.dim_value, time.dim_value = 3, 2
        onnx.save(model, tmp_path / f"{name}.onnx")
    scripts.write(task, tmp_path)
    assert not (tmp_path / "translate.py").exists()
    assert "onnxruntime" in (tmp_path / "requirements.txt").read_text()
    page = card.written(task, tmp_path)
    assert "python translate.py" not in page and "Translator()" not in page
    assert "take 3 rows, 2 ids in each row;" in page
    lines = [line for line in page.splitlines() if line.startswith("ids")]
    scope = {"np": np}
    exec("\n".join(lines), scope)
    assert scope["ids"].tolist() == [[5, 9], [0, 0], [0, 0]]


@pytest.mark.parametrize(
    "config, first",
    [
        ({"data": "dates"}, "3. Oktober 1990"),
        ({"data": "dates", "train_pairs": "my.tsv"}, None),
        ({"data": "dates", "train_source": "my.de", "pair": "de-en"}, "Ein "),
        ({"data": "multi30k", "pair": ""}, "A man"),
        ({"data": "tatoeba", "pair": "fr-en"}, "Un homme"),
        ({}, None),
    ],
)
def test_examples_are_of_the_language(translator, config, first):
    task, _ = translator
    one = dataclasses.replace(task, about={"config": config})
    found = examples.texts(one)
    assert found[0].startswith(first) if first else found == []


def test_all_but_translators_have_examples():
    own = {"config": {"data": "tiny_shakespeare", "train_file": "my.txt"}}
    prompts = dataclasses.replace(random_language_model(), about=own)
    for trained in (random_classifier(), random_language_model(), prompts):
        assert len(examples.texts(trained)) > 1
    assert examples.texts(prompts) == ["The ", "I "]
