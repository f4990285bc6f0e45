"""classify.py: what the model says, without the packages of the model."""

import json
import subprocess
import sys

import numpy as np
import pytest
from tiers import fast_are

from export.text_in import texts

KINDS = ["words", "words, first rules", "characters", "characters without case"]
KINDS += ["bytes", "subwords"]
TEXTS = [*texts.ORDINARY, *texts.HARD.values(), "a\ud800b"]

# What must not be there, though it is installed.
ALONE = """
import runpy, sys
for name in ("tensorflow", "keras", "zoo", "export", "recipes", "onnx"):
    sys.modules[name] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run(script, *arguments, given=b""):
    return subprocess.run(
        [sys.executable, "-I", "-c", ALONE, str(script), *arguments],
        input=given,
        capture_output=True,
    )


@pytest.mark.parametrize(
    "kind", fast_are(lambda one: one != "subwords", KINDS, "thorough")
)
def test_ids_are_those_of_the_tokenizer(classifier, imported, kind):
    trained, folder = classifier(kind)
    encode = imported(folder / "classify.py").Classifier(folder).encode
    for text in [*TEXTS, *texts.drawn(50)]:
        expected = [int(one) for one in trained.tokenizer.encode(text)]
        assert list(encode(text)) == expected, ascii(text)


@pytest.mark.parametrize(
    "kind", fast_are(lambda one: one == "words", KINDS, "thorough")
)
def test_it_answers_as_the_model_does(classifier, kind):
    trained, folder = classifier(kind)
    lines = [text for text in TEXTS[:-1] if not set("\r\n") & set(text)]
    lines += [""]
    given = "".join(f"{line}\n" for line in lines).encode()
    script = folder / "classify.py"
    done = run(script, "--json", "--batch", "3", given=given)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    expected = trained.predict(lines)
    assert [a["label"] for a in answers] == [e["label"] for e in expected]
    for answer, one in zip(answers, expected, strict=True):
        assert answer["probabilities"] == pytest.approx(
            one["probabilities"], abs=1e-5
        )


def test_batches_answer_as_one_does(classifier, imported):
    _, folder = classifier("words")
    model = imported(folder / "classify.py").Classifier(folder)
    some = ["the film", "", "a ! film the the", "it's"]
    one_by_one = np.concatenate([model.logits([text]) for text in some])
    for batch in (1, 2, 9):
        np.testing.assert_allclose(
            model.logits(some, batch), one_by_one, atol=1e-5
        )
    assert model.predict([]) == []


def test_a_mistake_is_one_line(classifier, tmp_path):
    _, folder = classifier("words")
    script = folder / "classify.py"
    lonely = tmp_path / "classify.py"
    lonely.write_bytes(script.read_bytes())
    for done in (
        run(script, "--batch", "0", "a"),
        run(script, "--no-such"),
        run(script, given=b"\xff"),
        run(lonely, "a"),
    ):
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith(b"classify.py: ")
    assert b"--batch" in run(script, "--help").stdout


def test_what_it_needs_is_listed(classifier):
    for kind, needs in (("words", False), ("subwords", True)):
        _, folder = classifier(kind)
        listed = (folder / "requirements.txt").read_text()
        assert "onnxruntime>=" in listed
        assert ("sentencepiece" in listed) == needs
