"""What runtimes got wrong in files of before is in none that is written now."""

import numpy as np
import onnx
import pytest
from faults import FAULTS, hashed, masked_gru
from random_models import random_classifier, random_language_model
from tiers import fast_are
from untrained import untrained

import zoo
from export import export
from export.onnx import convert
from export.runtimes import registry

KINDS = {
    "classifier": lambda: random_classifier(cell="gru", ngrams=3, layers=2),
    "feedforward": lambda: random_classifier("feedforward"),
    "language_model": lambda: random_language_model(cell="lstm", layers=2),
    "translator": lambda: untrained("translator"),
}
CELLS = [cell for cell in zoo.cells.names() if cell != "gru"]


def found(proto):
    """Names of the faults in a file, with what has them."""
    faults = {find.__name__: find(proto) for find in FAULTS}
    return {name: where for name, where in faults.items() if where}


@pytest.mark.parametrize("find", FAULTS, ids=lambda find: find.__name__)
def test_a_fault_is_found(find):
    assert find(FAULTS[find]())


def assert_without(trained, folder):
    export(trained, folder, ("onnx",))
    paths = sorted(folder.glob("*.onnx"))
    assert paths
    assert {path.name: found(onnx.load(path)) for path in paths} == {
        path.name: {} for path in paths
    }


@pytest.mark.parametrize("kind", fast_are(lambda k: k == "classifier", KINDS))
def test_no_file_has_one(kind, tmp_path):
    assert_without(KINDS[kind](), tmp_path / "out")


@pytest.mark.every_cell_export
@pytest.mark.parametrize("cell", CELLS)
def test_no_cell_has_one(cell):
    pooling = "attention" if cell in ("lstm", "elman") else "last"
    trained = random_classifier(cell=cell, pooling=pooling, layers=2)
    assert found(convert.native(trained.model)) == {}


def answers(proto, ids, folder):
    """By name of a runtime that is installed, what it answers."""
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, folder / "file.onnx")
    return {
        runtime.name: runtime.open(folder / "file.onnx")({"token_ids": ids})
        for runtime in registry.RUNTIMES.values()
        if runtime.suffix == ".onnx" and runtime.installed()
    }


@pytest.mark.parametrize("batch", [1, 3])
def test_lengths_are_ignored_without_a_word(batch, tmp_path):
    """In the reference evaluator at least, which is what it is there for."""
    ids = np.array([[3, 5, 0, 0, 0]] * batch, "int32")
    given = answers(masked_gru(with_lens=True), ids, tmp_path)
    cut = answers(masked_gru(with_lens=False), ids[:, :2], tmp_path)
    right = cut["onnxruntime"]["y"]
    for name in cut:
        np.testing.assert_allclose(cut[name]["y"], right, atol=1e-6)
    np.testing.assert_allclose(given["onnxruntime"]["y"], right, atol=1e-6)
    assert np.abs(given["onnx_reference"]["y"] - right).max() > 0.01


def test_products_are_whole_numbers_in_two_of_three(tmp_path):
    """OpenVINO's `Mod` is that of float32; it may be mended one day."""
    ids = np.arange(1, 4_000, dtype="int32")[None]
    right = ids.astype("int64") * 40_503 % 131_071
    given = answers(hashed(), ids, tmp_path)
    for name in ("onnxruntime", "onnx_reference"):
        np.testing.assert_array_equal(given[name]["y"], right)
