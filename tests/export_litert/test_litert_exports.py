"""`zoo export --formats litert`: what lies in the folder, and what it answers.

Every export compares its files with the model itself (`export.litert.checks`).
"""

import numpy as np
import pytest
import tensorflow as tf
from litert_files import assert_same, converted, interpreted
from random_models import random_classifier, random_language_model
from untrained import untrained

from export import (
    ConversionError,
    LossError,
    MismatchError,
    export,
    exporter,
    smaller_files,
)
from export.litert import artifacts, convert, file_format, forms
from export.runtimes import registry
from zoo.errors import InputError
from zoo.evaluation import Validation
from zoo.tasks import TextClassifier

pytest.importorskip("ai_edge_litert")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """A model with n-grams, its export's folder, and the manifest."""
    folder = tmp_path_factory.mktemp("litert") / "out"
    trained = random_classifier(cell="lstm", ngrams=2, ngram_slots=131_071)
    return trained, folder, export(trained, folder, ("litert",))


def test_a_classifier(classifier):
    trained, folder, manifest = classifier
    path = folder / "model.tflite"
    assert manifest["largest_difference"]["litert"] < 1e-5
    assert manifest["runtimes"]["litert"]["version"]
    about = manifest["litert"]["model.tflite"]
    assert file_format.FUSED_LSTM in about["operators"]
    assert about["inputs"] == {"token_ids": [1, None]}
    # What is behind the file does not keep it from being read.
    assert_same(path.read_bytes(), trained.model, trained.tokenizer.size)
    facts = file_format.read_facts(path)
    assert facts["labels"] == ["no", "yes"]
    assert facts["tokenizer"]["kind"] == "words"


def test_edges(classifier):
    """An empty text has an answer; what cannot be answered is an error."""
    _, folder, _ = classifier
    run = registry.get("litert").open(folder / "model.tflite")
    none, padding = (
        run({"token_ids": np.zeros((1, time), "int32")})["logits"]
        for time in (0, 3)
    )
    np.testing.assert_allclose(none, padding, rtol=0, atol=1e-6)
    for ids in ([[3, -1, 2]], [[3, 8, 2]], [[1, 2], [3, 4]], [1, 2], [[[1]]]):
        run = registry.get("litert").open(folder / "model.tflite")
        with pytest.raises(ValueError, match="LiteRT cannot run"):
            run({"token_ids": np.array(ids, "int32")})


@pytest.mark.every_cell_export
def test_the_same_file_every_time(classifier):
    trained, _, _ = classifier
    assert converted(trained.model) == converted(trained.model)


@pytest.mark.every_cell_export
def test_a_wrong_file_is_found(tmp_path, monkeypatch):
    trained = random_classifier(cell="gru")
    real = convert.converted

    def wrong(form, weights=None):
        before = trained.model.get_weights()
        trained.model.set_weights([w * 1.01 for w in before])
        content = real(form, weights)
        trained.model.set_weights(before)
        return content

    monkeypatch.setattr(convert, "converted", wrong)
    with pytest.raises(MismatchError, match="litert in LiteRT"):
        export(trained, tmp_path / "out", ("litert",))
    assert not (tmp_path / "out").exists()


@pytest.mark.every_cell_export
def test_a_language_model_with_fixed_shapes(tmp_path):
    trained = random_language_model(cell="gru")
    manifest = export(
        trained, tmp_path / "out", ("litert",), batch_size=2, length=12
    )
    assert set(manifest["litert"]) == {"model.tflite", "step.tflite"}
    assert manifest["litert"]["model.tflite"]["inputs"] == {
        "token_ids": [2, 12]
    }
    assert manifest["largest_difference"]["litert_step"] < 1e-4


@pytest.mark.every_cell_export
def test_a_translator(tmp_path):
    manifest = export(untrained("translator"), tmp_path / "out", ("litert",))
    assert set(manifest["litert"]) == {
        "encoder.tflite",
        "decoder_step.tflite",
    }
    # Greedily, it chooses what the Keras model chooses.
    assert manifest["largest_difference"]["litert_translate"] == 0
    assert "WHILE" not in manifest["litert"]["decoder_step.tflite"]["operators"]


def scored_on(shape, scores):
    """It answers ids of a shape that no file has."""

    def measure(run):
        assert len(run(np.full(shape, 5, "int32"))) == shape[0]
        return next(scores)

    return Validation("accuracy", measure, True, 0.005, 10, "texts", "mine")


def assert_of_the_smaller(manifest, artifacts):
    """Nothing that was said of the float32 files is left."""
    runtime = manifest["runtimes"]["litert"]
    found = runtime["largest_difference"]
    assert found == manifest["largest_difference"]
    assert sorted(found) == sorted(runtime["compared"]["shapes"]) == artifacts
    assert min(found.values()) > 1e-4
    for one in manifest["litert"].values():
        assert one["operators"] and one["inputs"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "batch", [None, pytest.param(2, marks=pytest.mark.slow)]
)
def test_smaller_weights_of_a_fixed_length(batch, tmp_path):
    """They are scored on any length, and compared with theirs."""
    trained = random_classifier(cell="gru", units=40, embedding_size=32)
    manifest = export(
        trained,
        tmp_path / "out",
        ("litert",),
        "int8",
        scored_on((3, 9), iter([0.9, 0.9])),
        batch_size=batch,
        length=5,
    )
    assert_of_the_smaller(manifest, ["litert"])
    about = manifest["litert"]["model.tflite"]
    assert about["inputs"] == {"token_ids": [batch or 1, 5]}
    shapes = manifest["runtimes"]["litert"]["compared"]["shapes"]["litert"]
    assert {shape[1] for shape in shapes} == {5}


@pytest.mark.thorough
@pytest.mark.slow
def test_a_smaller_translator(tmp_path):
    model = untrained("translator")
    manifest = export(
        model,
        tmp_path / "out",
        ("litert",),
        "int8",
        scored_on((2, 3), iter([20, 20])),
        length=12,
    )
    assert_of_the_smaller(manifest, ["litert_step"])


def test_nothing_to_score_on(tmp_path, monkeypatch):
    """It is said before anything is made."""
    monkeypatch.setattr(convert, "converted", None)
    with pytest.raises(InputError, match="of LiteRT files needs `validation`"):
        export(untrained("classifier"), tmp_path / "out", ("litert",), "int8")


def test_data_are_read_once(tmp_path, monkeypatch):
    """Though both formats are scored."""
    given, found = [], Validation("a", None, True, 0, 1, "texts", "mine")

    def made(trained, draft, request, validation, *_):
        assert validation() is found
        return {}, {}

    for name in ("onnx", "litert"):
        monkeypatch.setattr(smaller_files, name, made)
    monkeypatch.setattr(smaller_files, "said", lambda about: "")
    monkeypatch.setattr(artifacts, "add", lambda *_: ({}, {}))
    monkeypatch.setitem(
        exporter._ARTIFACTS, TextClassifier, lambda *_: ({}, {})
    )
    export(
        untrained("classifier"),
        tmp_path / "out",
        ("onnx", "litert"),
        "int8",
        lambda: given.append(1) or found,
    )
    assert given == [1]


@pytest.mark.thorough
def test_what_litert_lacks():
    def run(x):
        return {"y": tf.strings.length(tf.strings.as_string(x))}

    form = forms.Form(run, {"x": [1, 3]}, untrained("classifier").model)
    with pytest.raises(ConversionError, match="LiteRT cannot express"):
        convert.converted(form)


@pytest.mark.every_cell_export
def test_smaller_weights_are_scored(tmp_path):
    """Marks of n-grams are not rounded, and a loss is refused."""
    trained = random_classifier(
        cell="lstm",
        units=40,
        # LiteRT rounds the matrices of an LSTM together: all must be large.
        embedding_size=32,
        ngrams=2,
        ngram_slots=4_099,
    )
    table = trained.model.get_layer("ngrams")
    table.marks.assign(np.random.default_rng(0).integers(1, 2_040, 4_099))
    scores = iter([0.9, 0.9, 0.9, 0.8])
    validation = scored_on((3, 7), scores)
    manifest = export(trained, tmp_path / "a", ("litert",), "int8", validation)
    assert_of_the_smaller(manifest, ["litert"])
    about = manifest["litert_quantization"]
    assert about["bytes_after"] < about["bytes_before"] / 2
    assert about["score"]["line"].startswith("accuracy 0.9 -> 0.9")
    run = interpreted((tmp_path / "a" / "model.tflite").read_bytes())
    ids = np.random.default_rng(1).integers(1, 8, (1, 60)).astype("int32")
    logits = np.asarray(trained.model(ids)["logits"])
    difference = np.abs(run(token_ids=ids)["logits"] - logits).max()
    assert 0 < difference < about["largest_allowed"]["litert"]
    with pytest.raises(LossError, match="int8 weights"):
        export(trained, tmp_path / "b", ("litert",), "int8", validation)


@pytest.mark.thorough
def test_a_model_that_ships(shipped, tmp_path):
    trained = shipped("imdb_gru_tiny")
    manifest = export(trained, tmp_path / "out", ("litert",))
    assert manifest["largest_difference"]["litert"] < 1e-5
