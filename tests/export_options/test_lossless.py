"""`--quantize` without data: only where it changes nothing."""

import json

import numpy as np
import onnx
import pytest
from random_models import random_classifier, random_language_model
from tiers import fast_are

import export
import recipes
from export import lossless
from export.onnx import exact
from recipes.evaluation import sources
from zoo.cli.main import main
from zoo.errors import InputError
from zoo.evaluation import Validation
from zoo.pretrained import weights as files


def small_weights(model):
    """Not so large that a state goes where the least difference decides."""
    random = np.random.default_rng(8)
    for weight in model.model.weights:
        weight.assign(random.normal(0, 0.15, weight.shape))
    return model


def on_a_grid(model, form="int8"):
    """A model with the weights that it would have from a pretrained folder."""
    for weight in model.model.weights:
        value = np.asarray(weight)
        if form == "float16" or value.ndim != 2:
            weight.assign(value.astype("float16"))
        else:
            whole, scale = files._to_int8(weight.path, value)
            weight.assign(whole.astype("float32") * scale)
    return model


def classifier():
    return small_weights(random_classifier(units=40, embedding_size=32))


def never():
    raise AssertionError("Nothing needs to be scored.")


@pytest.mark.parametrize(
    "weights", fast_are(lambda weights: weights == "int8", export.WEIGHTS)
)
def test_a_file_of_the_same_numbers(weights, tmp_path):
    model = on_a_grid(classifier(), weights)
    plain = export.export(model, tmp_path / "plain", ("onnx",))
    manifest = export.export(
        model, tmp_path / "out", None, weights, validation=never
    )
    about = manifest["quantization"]
    assert about["lossless"] is True
    assert about["computed"] == about["domains"] == []
    assert "GRU" in about["stored"]
    assert "score" not in about
    assert about["bytes_after"] < 0.7 * about["bytes_before"]
    size = (tmp_path / "out" / "model.onnx").stat().st_size
    assert size == about["bytes_after"]
    # Of the same numbers, so as far from the model as before.
    assert manifest["largest_difference"] == plain["largest_difference"]
    card = (tmp_path / "out" / "card.md").read_text()
    assert "nothing is lost" in card
    assert f"matrices in {weights}, as" in card
    assert about["kinds"] == [weights]


@pytest.mark.every_cell_export
def test_both_files_of_a_language_model(tmp_path):
    model = random_language_model(units=40, embedding_size=32)
    on_a_grid(small_weights(model))
    manifest = export.export(model, tmp_path / "out", None, "int8")
    assert manifest["quantization"]["lossless"] is True
    for name in ("model", "step"):
        proto = onnx.load(tmp_path / "out" / f"{name}.onnx")
        kinds = {
            tensor.data_type
            for graph in exact.graphs(proto.graph)
            for tensor in graph.initializer
        }
        assert onnx.TensorProto.INT8 in kinds


@pytest.mark.thorough
def test_other_numbers_need_data(tmp_path):
    with pytest.raises(InputError, match="other numbers than int8 holds"):
        export.export(classifier(), tmp_path / "out", None, "int8")
    assert not list(tmp_path.iterdir())
    asked = []

    def of_data():
        asked.append(True)
        return Validation(
            "accuracy", lambda run: 1.0, True, 0.005, 7, "texts", "mine"
        )

    manifest = export.export(
        classifier(), tmp_path / "out", None, "int8", of_data
    )
    assert asked == [True]
    assert "lossless" not in manifest["quantization"]
    assert manifest["quantization"]["score"]["examples"] == 7


def test_an_answer_that_changes_is_found(tmp_path, monkeypatch):
    exactly = exact.exactly

    def wrong(proto, weights):
        made, *about = exactly(proto, weights)
        for tensor in made.graph.initializer:
            if tensor.data_type == onnx.TensorProto.INT8:
                numbers = onnx.numpy_helper.to_array(tensor) // 2
                tensor.CopyFrom(
                    onnx.numpy_helper.from_array(numbers, tensor.name)
                )
        return made, *about

    monkeypatch.setattr(lossless.exact, "exactly", wrong)
    with pytest.raises(
        export.MismatchError, match="onnx with int8 weights in ONNX"
    ):
        export.export(on_a_grid(classifier()), tmp_path / "out", None, "int8")
    assert not list(tmp_path.iterdir())


@pytest.mark.thorough
def test_a_model_that_ships(tmp_path, capsys, monkeypatch):
    """No data are read for it, not even where its recipe would find them."""
    monkeypatch.setattr(recipes, "of", never)
    words = ["imdb_gru_tiny", "--to", str(tmp_path / "out")]
    assert main(["export", *words, "--quantize", "int8"]) == 0
    said = capsys.readouterr().out
    assert "the same numbers, nothing is lost" in said
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    about = manifest["quantization"]
    assert about["bytes_after"] < 0.4 * about["bytes_before"]


def test_nothing_is_downloaded(shipped, monkeypatch):
    """For a model of other numbers, whose recipe would fetch its data."""
    tfds = pytest.importorskip("tensorflow_datasets")
    fetches = []

    def load(*_, download, **__):
        fetches.append(download)
        raise AssertionError("it is not there.")

    monkeypatch.setattr(tfds, "load", load)
    message = "Nothing is downloaded here.* as --data-dir.* --validation-file"
    with pytest.raises(InputError, match=message):
        sources.validation(shipped("imdb_gru_tiny"))
    assert fetches == [False]
