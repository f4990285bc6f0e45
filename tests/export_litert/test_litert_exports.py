"""`zoo export --formats litert`: what lies in the folder, and what it answers.

Every export compares its files with the model itself (`export.litert.checks`).
"""

import numpy as np
import pytest
from litert_files import assert_same, converted, interpreted
from random_models import random_classifier, random_language_model
from untrained import untrained

from export import LossError, MismatchError, export
from export.litert import convert, file_format
from export.runtimes import registry
from zoo.evaluation import Validation

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


@pytest.mark.every_cell_export
def test_smaller_weights_are_scored(tmp_path):
    """Marks of n-grams are not rounded, and a loss is refused."""
    trained = random_classifier(
        cell="lstm", units=40, ngrams=2, ngram_slots=4_099
    )
    table = trained.model.get_layer("ngrams")
    table.marks.assign(np.random.default_rng(0).integers(1, 2_040, 4_099))
    scores = iter([0.9, 0.9, 0.9, 0.8])
    validation = Validation(
        "accuracy", lambda run: next(scores), True, 0.005, 10, "texts", "mine"
    )
    manifest = export(trained, tmp_path / "a", ("litert",), "int8", validation)
    about = manifest["litert_quantization"]
    assert about["bytes_after"] < about["bytes_before"] / 2
    assert about["score"]["line"].startswith("accuracy 0.9 -> 0.9")
    run = interpreted((tmp_path / "a" / "model.tflite").read_bytes())
    ids = np.random.default_rng(1).integers(1, 8, (1, 60)).astype("int32")
    logits = np.asarray(trained.model(ids)["logits"])
    difference = np.abs(run(token_ids=ids)["logits"] - logits).max()
    assert 0 < difference < 0.1 * np.abs(logits).max()
    with pytest.raises(LossError, match="int8 weights"):
        export(trained, tmp_path / "b", ("litert",), "int8", validation)


@pytest.mark.thorough
def test_a_model_that_ships(shipped, tmp_path):
    trained = shipped("imdb_gru_tiny")
    manifest = export(trained, tmp_path / "out", ("litert",))
    assert manifest["largest_difference"]["litert"] < 1e-5
