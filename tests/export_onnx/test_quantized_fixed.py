"""Smaller files of fixed shapes: compared with them, scored on any."""

import numpy as np
import onnx
import pytest
from random_models import random_classifier, random_language_model
from tiers import fast_are
from untrained import untrained

import export
from zoo.evaluation import Validation
from zoo.pretrained import weights as grid

SIZES = {"batch_size": 2, "length": 12}


def measured(run):
    """What is scored has another number of rows and steps."""
    ids = np.full((3, 5), 4, "int32")
    assert len(run(ids)) == 3
    return np.float32(0.5)


VALIDATION = Validation("accuracy", measured, True, 0.005, 3, "texts", "mine")


def model_of(task):
    if task == "translator":
        model = untrained(task)
    else:
        make = {"classifier": random_classifier}.get(
            task, random_language_model
        )
        model = make(units=40, embedding_size=32)
    random = np.random.default_rng(8)
    for weight in model.model.weights:
        # Not so large that a state goes where the least difference decides.
        weight.assign(random.normal(0, 0.15, weight.shape))
    return model


FILES = {
    "classifier": ["model.onnx"],
    "language_model": ["model.onnx", "step.onnx"],
    "translator": ["decoder_step.onnx", "encoder.onnx", "translate.onnx"],
}


def assert_fixed(folder, task, shapes):
    files = sorted(path.name for path in folder.glob("*.onnx"))
    assert files == FILES[task]
    for name in files:
        graph = onnx.load(folder / name).graph
        sizes = [one.type.tensor_type.shape.dim[0] for one in graph.input]
        assert {one.dim_value for one in sizes} == {SIZES["batch_size"]}
    assert {tuple(shape) for shape in shapes} == {(2, 12)}


@pytest.mark.parametrize(
    "task, weights",
    fast_are(
        lambda one: False,
        [
            ("classifier", "int8"),
            ("classifier", "float16"),
            ("language_model", "int8"),
            ("translator", "int8"),
        ],
    ),
)
def test_scored(task, weights, tmp_path):
    manifest = export.export(
        model_of(task),
        tmp_path / "out",
        None,
        weights,
        validation=VALIDATION,
        **SIZES,
    )
    assert_fixed(tmp_path / "out", task, manifest["compared_shapes"])
    about = manifest["quantization"]
    assert about["score"]["before"] == 0.5
    for name, difference in manifest["largest_difference"].items():
        assert difference <= about["largest_allowed"][name]


@pytest.mark.thorough
@pytest.mark.parametrize("task", ["classifier", "language_model"])
def test_of_the_same_numbers(task, tmp_path):
    model = model_of(task)
    for weight in model.model.weights:
        value = np.asarray(weight)
        if value.ndim == 2:
            whole, scale = grid._to_int8(weight.path, value)
            weight.assign(whole.astype("float32") * scale)
    manifest = export.export(
        model, tmp_path / "out", None, "int8", batch_size=2, length=12
    )
    assert manifest["quantization"]["lossless"] is True
    assert_fixed(tmp_path / "out", task, manifest["compared_shapes"])


@pytest.mark.thorough
def test_a_limit_of_its_own(tmp_path):
    """What is asked for holds for smaller files too."""
    model = model_of("classifier")
    with pytest.raises(export.MismatchError, match="int8 weights"):
        export.export(
            model, tmp_path / "out", None, "int8", VALIDATION, atol=1e-4
        )
    manifest = export.export(
        model, tmp_path / "out", None, "int8", VALIDATION, atol=1e-2
    )
    limits = manifest["quantization"]["largest_allowed"]
    assert limits["onnx"] <= 1e-2
