"""The file for ONNX Runtime answers as Keras does, without Keras."""

import json
import subprocess
import sys

import numpy as np
import pytest
from odd_texts import odd_texts

import zoo
from export.onnx import convert
from export.onnx.values import Unknown
from zoo.cli.main import main
from zoo.errors import InputError
from zoo.tasks import OnnxClassifier

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
# What a cold answer must not wait for.
HEAVY = {"keras", "tensorflow", "jax", "torch", "scipy", "sklearn", "onnx"}
COLD = """
import json, pathlib, sys
import zoo
from zoo.cli.main import main
name, path = sys.argv[1], pathlib.Path(sys.argv[2])
code = main(["predict", name, "--json"])
texts = json.loads(path.read_text())
logits = zoo.load(name, engine="onnx").logits(texts).tolist()
path.write_text(json.dumps([code, logits, [*sys.modules]]))
"""


@pytest.fixture
def command(cache, monkeypatch):
    """The cache of a command that is not told which engine to use."""
    monkeypatch.delenv("RECURRENT_ZOO_ENGINE", raising=False)
    return cache


@pytest.mark.thorough
def test_the_command_answers_alike(small, command, capsys):
    words = ["predict", str(small), "a good film", "good", "", "bad 🎬"]
    assert main(words) == 0
    first = capsys.readouterr()
    assert "making a file for ONNX" in first.err
    assert len(list(command.glob("onnx/*/model.onnx"))) == 1
    for engine in ("auto", "onnx", "keras"):
        assert main([*words, "--engine", engine]) == 0
        said = capsys.readouterr()
        assert said.out == first.out and "making" not in said.err


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["imdb_gru_tiny", "imdb_gru_large"])
def test_a_cold_answer_is_that_of_keras(name, command, shipped, tmp_path):
    """In a process that imports neither Keras nor TensorFlow."""
    texts = [text for text in odd_texts() if not set("\n\r\ud800") & set(text)]
    assert type(zoo.load(name, engine="onnx")) is OnnxClassifier
    by_keras = shipped(name)
    path = tmp_path / "texts.json"
    path.write_text(json.dumps(odd_texts()))
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", COLD, name, path],
        input="".join(f"{text}\n" for text in texts),
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    code, logits, imported = json.loads(path.read_text())
    assert code == 0 and not HEAVY & set(imported), done.stderr[-2000:]
    difference = np.abs(logits - by_keras.logits(odd_texts()))
    assert difference.max() < 1e-5 and len(logits) == 50
    expected = by_keras.predict(texts)
    answers = json.loads(done.stdout)
    assert [one["text"] for one in answers] == texts
    for ours, theirs in zip(answers, expected, strict=True):
        assert ours["label"] == theirs["label"]
        for label, p in theirs["probabilities"].items():
            assert abs(ours["probabilities"][label] - p) < 1e-5


@pytest.mark.process
def test_two_processes_at_once(small, command):
    words = [sys.executable, "-m", "zoo", "predict", str(small), "good", "bad"]
    for more in ([], ["--engine", "onnx"]):
        running = [
            subprocess.Popen(
                [*words, *more],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        outputs = [process.communicate(timeout=300) for process in running]
        assert [process.returncode for process in running] == [0, 0]
        assert outputs[0][0] == outputs[1][0] != ""
    assert len(list(command.glob("onnx/*/model.onnx"))) == 1
    assert not (command / "onnx" / "draft").exists()


@pytest.mark.thorough
def test_without_what_makes_the_file(small, cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match=r'onnx: .*"recurrent-zoo\[export\]"'):
        zoo.load(small, engine="onnx")


@pytest.mark.thorough
def test_a_file_that_computes_something_else_is_not_used(
    small, cache, monkeypatch
):
    native = convert.native

    def wrong(model):
        file = native(model)
        for tensor in file.graph.initializer:
            values = onnx.numpy_helper.to_array(tensor)
            if values.dtype == "float32" and values.ndim > 1:
                wrong = onnx.numpy_helper.from_array(2 * values, tensor.name)
                tensor.CopyFrom(wrong)
        return file

    monkeypatch.setattr(convert, "native", wrong)
    with pytest.raises(InputError, match="differs from the Keras model"):
        zoo.load(small, engine="onnx")


@pytest.mark.thorough
def test_a_layer_without_a_form_is_no_fault(small, cache, monkeypatch):
    def native(model):
        raise Unknown("the layer cloud")

    monkeypatch.setattr(convert, "native", native)
    with pytest.raises(InputError, match="ONNX form of the layer cloud"):
        zoo.load(small, engine="onnx")
