"""Which engine is chosen, and when a file is made; no file is made here."""

import shutil
import sys

import numpy as np
import pytest

import zoo
from export import classifier_file
from export.errors import ConversionError
from zoo.cli.main import main
from zoo.errors import InputError
from zoo.pretrained import loader, run_folder
from zoo.tasks import OnnxClassifier, TextClassifier


class Maker:
    """Stands for `export.classifier_file`; `answer` is what making returns."""

    def __init__(self):
        self.made, self.answer = 0, {}

    def write(self, trained, path):
        self.made += 1
        path.write_bytes(b"a file")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def opened(self, content, name):
        assert content == b"a file" and name == "small.onnx"
        return lambda ids: np.zeros((len(ids), 2), "float32")


@pytest.fixture
def maker(cache, monkeypatch):
    maker = Maker()
    monkeypatch.setattr(classifier_file, "made_by", lambda: {"opset": 18})
    monkeypatch.setattr(classifier_file, "write", maker.write)
    monkeypatch.setattr(classifier_file, "opened", maker.opened)
    return maker


def kind(source, engine="auto"):
    return type(zoo.load(source, engine=engine))


def test_auto_makes_a_file_behind_the_answer(small, maker, capsys):
    opened = loader.opened(small, engine="auto")
    assert type(opened.task) is TextClassifier and not maker.made
    opened.keep()
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "making a file for ONNX" in said
    opened = loader.opened(small, engine="auto")
    opened.keep()
    assert type(opened.task) is OnnxClassifier and maker.made == 1
    assert kind(small, "keras") is TextClassifier
    assert capsys.readouterr().err == ""


def test_onnx_makes_it_first(small, maker):
    classifier = zoo.load(small, engine="onnx")
    assert repr(classifier) == "OnnxClassifier('small', cell=gru, classes=2)"
    assert kind(small) is OnnxClassifier and maker.made == 1
    assert classifier.labels == ["negative", "positive"]
    assert classifier.folder == small and classifier.about["recipe"]
    assert classifier.predict(["a"])[0]["probability"] == 0.5
    assert classifier.predict([]) == []
    with pytest.raises(AttributeError, match='`model` needs Keras.*"keras"'):
        classifier.model  # noqa: B018
    with pytest.raises(AttributeError, match="It has: logits, predict"):
        classifier.translate()
    with pytest.raises(InputError, match="`texts`"):
        classifier.predict("a text")


def test_a_file_is_of_one_state_of_a_run(small, maker, tmp_path):
    run = shutil.copytree(small, tmp_path / "small")
    (run / "manifest.json").rename(run / "metrics.json")
    trained = zoo.load(small)
    for made in (1, 2):
        run_folder.save_weights(trained.model, run)
        assert kind(run) is TextClassifier
        assert kind(run, "onnx") is OnnxClassifier
        assert maker.made == made
        weights = trained.model.get_weights()
        trained.model.set_weights([value + 0.5 for value in weights])
    (run / "model.safetensors").unlink()
    with pytest.raises(InputError, match="is a run of before"):
        zoo.load(run, engine="onnx")
    assert kind(run) is TextClassifier


def test_a_damaged_file_is_made_again(small, maker, cache):
    zoo.load(small, engine="onnx")
    (file,) = cache.glob("onnx/*/model.onnx")
    file.write_bytes(b"another")
    opened = loader.opened(small, engine="auto")
    assert type(opened.task) is TextClassifier
    opened.keep()
    assert file.read_bytes() == b"a file" and maker.made == 2
    assert kind(small) is OnnxClassifier


def test_a_model_without_a_form_is_tried_once(small, maker):
    maker.answer = {"refused": "There is no ONNX form of a cloud."}
    for _ in range(2):
        opened = loader.opened(small, engine="auto")
        assert type(opened.task) is TextClassifier
        opened.keep()
    assert maker.made == 1
    with pytest.raises(InputError, match="cloud. Its engine is keras"):
        zoo.load(small, engine="onnx")


def test_what_is_missing_is_no_reason_to_stop_trying(small, maker):
    maker.answer = ConversionError("ONNX needs onnx")
    loader.opened(small, engine="auto").keep()
    with pytest.raises(InputError, match="ONNX needs onnx"):
        zoo.load(small, engine="onnx")
    assert maker.made == 2
    maker.answer = {}
    assert kind(small, "onnx") is OnnxClassifier


def test_without_onnxruntime(small, cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    opened = loader.opened(small, engine="auto")
    opened.keep()
    assert type(opened.task) is TextClassifier and not cache.exists()
    with pytest.raises(InputError, match=r'"recurrent-zoo\[export\]"'):
        zoo.load(small, engine="onnx")


def test_a_cache_that_cannot_be_used(small, maker, cache):
    cache.write_bytes(b"a file in its place")
    loader.opened(small, engine="auto").keep()
    with pytest.raises(InputError, match="cannot be used.*RECURRENT_ZOO_CACHE"):
        zoo.load(small, engine="onnx")
    assert not maker.made


def test_what_has_another_engine(small, maker, monkeypatch, capsys):
    for name in ("dates_gru_base", "shakespeare_lstm_base"):
        with pytest.raises(InputError, match="whose engine is keras"):
            zoo.load(name, engine="onnx")
    with pytest.raises(InputError, match="`engine` must be one of auto, onnx"):
        zoo.load(small, engine="tensorflow")
    assert main(["predict", str(small), "x", "--engine", "onyx"]) == 2
    assert "`engine` must be" in capsys.readouterr().err
    monkeypatch.setenv("RECURRENT_ZOO_ENGINE", "fast")
    assert main(["predict", str(small), "x"]) == 2
    assert "`RECURRENT_ZOO_ENGINE` must be" in capsys.readouterr().err


def test_a_folder_that_is_refused_is_refused_by_all(small, maker, tmp_path):
    zoo.load(small, engine="onnx")
    folder = shutil.copytree(small, tmp_path / "small")
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-1] + b"\0")
    for engine in ("auto", "onnx", "keras"):
        with pytest.raises(InputError, match="has been changed"):
            zoo.load(folder, engine=engine)
