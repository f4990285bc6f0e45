"""The card of an export: facts of the model, and how to run its files."""

import dataclasses

from random_models import random_classifier, random_language_model

from export import card


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
    assert "python text_in.py" in page
    assert 'tf.saved_model.load("saved_model")' in page
    assert "tensorflow_text" not in page


def test_a_saved_model_of_subwords_says_what_it_needs(tmp_path):
    trained = random_language_model("abba feeds", tokens="subwords")
    (tmp_path / "saved_model.pb").touch()
    page = card.written(trained, tmp_path)
    assert "import tensorflow_text" in page
    assert 'answer(prompt=tf.constant(["What is"]))' in page


def test_no_command_holds_what_a_shell_obeys(translator, tmp_path):
    task, _ = translator
    (tmp_path / "translate.onnx").touch()
    for given, shown in (("$(reboot)", "..."), ("ein Hund", "ein Hund")):
        failures = [{"input": given, "expected": "", "answered": ""}]
        one = dataclasses.replace(task, about={"failures": failures})
        page = card.written(one, tmp_path)
        assert f'python translate.py "{shown}"' in page
