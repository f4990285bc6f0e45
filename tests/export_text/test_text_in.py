"""text_in.onnx: strings in, answers out, as in Python."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from random_models import random_language_model
from tiers import fast_are

from export import ConversionError, MismatchError, export
from export.onnx import convert
from export.request import Request
from export.text_in import artifacts, runtime, whole, words
from zoo.text import WordTokenizer

pytest.importorskip("onnxruntime_extensions")

REQUEST = Request(formats=("onnx",), text_in=True)
KINDS = ["words", "words, first rules", "characters", "characters without case"]
KINDS += ["bytes", "subwords"]


@pytest.mark.parametrize(
    "kind", fast_are(lambda one: one == "words, first rules", KINDS, "thorough")
)
def test_a_classifier_in_one_file(classifier, kind):
    """Also on NUL, emoji, Turkish i, a final sigma and 10,000 characters."""
    trained, folder = classifier(kind)
    differences, about = artifacts.add(trained, folder, REQUEST)
    assert differences["text_in"] < 1e-5
    assert about["text_in"]["differs"] == []
    some = ["The film!", "", "a"]
    (answer,) = runtime.answers(folder / artifacts.FILE, [some])
    expected = trained.predict(some)
    assert [*answer["label"]] == [one["label"] for one in expected]
    np.testing.assert_allclose(
        answer["probabilities"],
        [[*one["probabilities"].values()] for one in expected],
        atol=1e-5,
    )


@pytest.mark.thorough
def test_a_translator_in_one_file(translator):
    task, folder = translator
    _, about = artifacts.add(task, folder, REQUEST)
    assert about["text_in"]["differs"] == []
    some = ["ein Hund", "", "zwei M\u00e4nner und 3 Hunde", "\0a\0"]
    (answer,) = runtime.answers(folder / artifacts.FILE, [some])
    greedy = task.decoder.translate(some, None)
    assert [*answer["translation"]] == [one.text for one in greedy]


@pytest.mark.thorough
def test_the_script_reads_lines_as_classify_does(classifier, tmp_path):
    trained, folder = classifier("words")
    model, script = tmp_path / artifacts.FILE, tmp_path / runtime.SCRIPT.name
    path = folder / "model.onnx"
    convert.save(
        whole.classifier(path, trained.tokenizer, ["\u4e2d", "\u0436"]), model
    )
    script.write_bytes(runtime.SCRIPT.read_bytes())

    def run(*arguments, given):
        return subprocess.run(
            [sys.executable, str(script), *arguments],
            input=given,
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        )

    # Two lines; to `splitlines` four.
    done = run("--json", given="the\u2028film\x0c!\r\n[1]\n".encode())
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [set(one) for one in answers] == [
        {"label", "probabilities", "logits"}
    ] * 2
    expected = trained.logits(["the\u2028film\x0c!", "[1]"])
    np.testing.assert_allclose(
        [one["logits"] for one in answers], expected, atol=1e-5
    )
    # Labels that cp1252 does not hold.
    done = run(given=b"\xc3\xa9\n")
    assert done.returncode == 0, done.stderr
    label = ["\u4e2d", "\u0436"][trained.logits(["\u00e9"])[0].argmax()]
    assert done.stdout.decode().startswith(f"{label}\t")
    for done in (run(given=b"\xff"), run("--model", "nowhere", "a", given=b"")):
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith(b"text_in.py: ")


@pytest.mark.thorough
def test_an_export_has_it(classifier, tmp_path):
    trained, _ = classifier("characters")
    manifest = export(trained, tmp_path / "out", ("onnx",), text_in=True)
    files = {"text_in.onnx", "text_in.py", "classify.py", "requirements.txt"}
    assert files <= manifest["files"].keys()
    assert manifest["text_in"]["outputs"] == {
        "label": ["batch"],
        "probabilities": ["batch", 2],
        "logits": ["batch", 2],
    }
    needs = (tmp_path / "out" / "requirements.txt").read_text()
    assert "onnxruntime-extensions" in needs


def test_another_answer_is_found(classifier, monkeypatch):
    trained, folder = classifier("words")

    def other(path, tokenizer, labels):
        return whole_classifier(path, WordTokenizer(["film"]), labels)

    whole_classifier = whole.classifier
    monkeypatch.setattr(whole, "classifier", other)
    monkeypatch.setattr(artifacts, "_other_ids", lambda *_: [])
    with pytest.raises(MismatchError, match="text_in.onnx"):
        artifacts.add(trained, folder, REQUEST)


def test_other_ids_of_an_ordinary_text_are_refused(tokenizers, tmp_path):
    right, wrong = tokenizers("words"), WordTokenizer(["the", "film"])
    with pytest.MonkeyPatch.context() as patch:
        ids_alone = whole.ids_alone
        patch.setattr(whole, "ids_alone", lambda _: ids_alone(wrong))
        with pytest.raises(MismatchError, match="ids of a text"):
            artifacts._other_ids(right, tmp_path)


def test_what_is_hard_is_told(tokenizers, tmp_path, monkeypatch):
    # Without the rule of a final sigma.
    monkeypatch.setattr(words, "_around_sigma", lambda: ("a-b", "'"))
    tokenizer = tokenizers("words, first rules")
    assert artifacts._other_ids(tokenizer, tmp_path) == ["final sigma"]


def test_what_is_refused(classifier, monkeypatch):
    trained, folder = classifier("words")
    with pytest.raises(ConversionError, match="generate.py"):
        artifacts.add(random_language_model(), folder, REQUEST)
    with pytest.raises(ConversionError, match="`formats` leaves out"):
        artifacts.add(trained, folder, Request(formats=("saved_model",)))
    monkeypatch.setattr(runtime, "PACKAGE", "no-such-package")
    with pytest.raises(ConversionError, match="recurrent-zoo.verify"):
        artifacts.add(trained, folder, REQUEST)


def test_a_file_that_does_not_run_is_named(tmp_path):
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"nonsense")
    with pytest.raises(ConversionError, match="broken.onnx"):
        runtime.answers(path, [["a"]])
