"""Smaller ONNX files: compared, scored, and refused where they lose."""

import math

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from quantized_files import check
from random_models import random_classifier, random_language_model

import export
from export import score_loss, smaller_checks, verify
from export.errors import LossError, MismatchError
from export.onnx import quantize
from recipes.evaluation import sources
from zoo.cli.main import main
from zoo.errors import InputError
from zoo.evaluation import Validation


def model_of(builder="classifier", **arguments):
    """A model whose matrices are large enough to be worth it."""
    make = {
        "classifier": random_classifier,
        "language_model": random_language_model,
    }
    sizes = {"units": 40, "embedding_size": 32}
    model = make[builder](**{**sizes, **arguments})
    random = np.random.default_rng(8)
    for weight in model.model.weights:
        # Not so large that a state goes where the least difference decides.
        weight.assign(random.normal(0, 0.15, weight.shape))
    return model


def answers(run):
    """Whether it answers, in a shape that is not compared."""
    assert len(run(np.full((4, 3), 5, "int32"))) == 4
    return 1.0


def scored(measure=answers, more_is_better=True):
    about = ("accuracy", measure, more_is_better, 0.005, 7, "texts", "mine")
    return Validation(*about)


def made(model, folder, weights, validation=None, **more):
    validation = validation or scored()
    return export.export(
        model, folder, None, weights, validation=validation, **more
    )


@pytest.mark.parametrize(
    "weights, arguments",
    [
        ("float16", {"cell": "gru", "layers": 2}),
        ("int8", {"builder": "language_model", "cell": "sru", "tied": True}),
    ],
    ids=str,
)
def test_every_artifact(weights, arguments, tmp_path):
    model = model_of(**arguments)
    manifest = made(model, tmp_path / "out", weights)
    about = check(manifest, tmp_path / "out", weights)
    assert (about["computed"] == []) == (weights == "float16")


@pytest.mark.thorough
def test_a_saved_model_stays_as_it_is(tmp_path):
    formats = ("saved_model", "onnx")
    model, validation = model_of(), scored()
    manifest = export.export(
        model, tmp_path / "out", formats, "int8", validation
    )
    differences = manifest["largest_difference"]
    assert differences["saved_model"] <= verify.SAVED_MODEL_TOLERANCE
    assert differences["onnx"] > verify.ONNX_TOLERANCE
    card = (tmp_path / "out" / "card.md").read_text()
    assert "hold matrices in int8" in card
    assert "accuracy 1 -> 1 on 7 texts (mine), no loss" in card


def falling(*values):
    """A score that is one after the other of `values`."""
    values = iter(values)
    return lambda run: next(values)


@pytest.mark.parametrize("existing", [False, True])
def test_a_loss_is_refused(tmp_path, existing):
    folder, model = tmp_path / "out", model_of()
    if existing:
        made(model, folder, "float16")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.*") if p.is_file()}
    with pytest.raises(LossError, match="worse by 0.1, more") as error:
        made(model, folder, "int8", scored(falling(0.9, 0.8)))
    assert error.value.score["examples"] == 7
    after = {p: p.read_bytes() for p in tmp_path.rglob("*.*") if p.is_file()}
    assert after == before


@pytest.mark.parametrize(
    "values, more_is_better, limit, loss",
    [
        ((0.9, 0.8), True, 0.1000001, 0.1),
        ((1.4, 1.5), False, 0.1000001, 0.1),
        ((0.8, 0.9), True, 0, -0.1),
        ((1.5, 1.4), False, 0, -0.1),
        ((0.9, 0.8), True, 0.099, None),
        ((1.4, 1.5), False, 0.099, None),
        ((0.9, float("nan")), True, 5, None),
    ],
)
def test_what_a_loss_is(values, more_is_better, limit, loss):
    validation = scored(falling(*values), more_is_better)
    runs = [{"model.onnx": run} for run in (abs, max)]
    if loss is None:
        with pytest.raises(LossError, match="--largest-loss allows"):
            score_loss.scored("int8", validation, *runs, limit)
        return
    score = score_loss.scored("int8", validation, *runs, limit)
    assert (score["before"], score["after"]) == values
    assert score["loss"] == pytest.approx(loss)
    assert score["limit"] == limit
    assert ("worse by 0.1" if loss > 0 else "better by 0.1") in score["line"]


@pytest.mark.parametrize("scores", [(0.9, math.nan), (math.nan, 0.9)])
def test_what_is_not_a_number_is_worse_than_all_that_follows(scores):
    validation = scored(falling(*scores, 0.9, 0.8, 0.9, 0.9))
    runs = [dict.fromkeys("abc", run) for run in (abs, max)]
    with pytest.raises(LossError, match="weights, a comes"):
        score_loss.scored("int8", validation, *runs, 5)


def test_the_worse_artifact_is_what_counts():
    validation = scored(falling(0.9, 0.899, 0.9, 0.896, 0.9, 0.898))
    names = ("model.onnx", "step.onnx", "other.onnx")
    runs = [dict.fromkeys(names, run) for run in (abs, max)]
    score = score_loss.scored("int8", validation, *runs, 0.005)
    assert (score["artifact"], score["after"]) == ("step.onnx", 0.896)


def test_a_wrong_scale_is_found(tmp_path, monkeypatch):
    scaled = quantize.scaled

    def wrong(*arguments):
        whole, scales = scaled(*arguments)
        return whole, scales * 2

    monkeypatch.setattr(quantize, "scaled", wrong)
    with pytest.raises(MismatchError, match="onnx with int8 weights"):
        made(model_of(), tmp_path / "out", "int8")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("copies", [1, 15])
def test_a_translation_that_is_another_is_found(copies):
    """Units must be among the best of the float32 files, the end too."""
    best = np.full((2 * copies, 5, 9), -5.0)
    chosen = np.array([[5, 6, 3, 0, 0], [4, 4, 7, 8, 3]] * copies)
    np.put_along_axis(best, chosen[:, :, None], 2.0, axis=2)
    # What may not be written does not count.
    best[:, :, :3] = 9

    def logits(ids):
        assert (ids[1][:, 0] == 2).all()
        assert (ids[1][:, 1:] == translated[:, :-1]).all()
        return best

    pairs = [(np.ones((2 * copies, 4), "int32"), None)]
    translated = chosen.copy()

    def difference():
        return smaller_checks._chosen_well(
            lambda _: translated, logits, pairs, 0.5, "It"
        )

    assert difference() == 0
    for row, place, unit in ((0, 2, 6), (1, 4, 4), (0, 0, 3)):
        translated[:] = chosen
        translated[row, place] = unit
        if copies > 1:
            # A single one of many is what rounding may do.
            assert difference() == 0
            continue
        with pytest.raises(MismatchError, match="It differs"):
            difference()
    translated[:] = 0
    with pytest.raises(MismatchError, match="It differs"):
        difference()


def test_what_is_too_large_for_16_bits_is_found(tmp_path):
    model = model_of()
    weight = model.model.get_layer("recurrent").weights[0]
    weight.assign(weight * 1e6)
    with pytest.raises(MismatchError):
        made(model, tmp_path / "out", "float16")


@pytest.mark.parametrize(
    "more, message",
    [
        ({"quantize": "int4"}, "`quantize` must be one of int8, float16"),
        ({"quantize": "int8"}, "needs `validation`"),
        (
            {"quantize": "int8", "formats": ("saved_model",)},
            "`formats` leaves out",
        ),
        (
            {"quantize": "int8", "validation": scored(), "largest_loss": -1},
            "`largest_loss` must be at least 0",
        ),
    ],
)
def test_what_cannot_be(tmp_path, more, message):
    with pytest.raises(InputError, match=message):
        export.export(model_of(), tmp_path / "out", **more)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words, message",
    [
        (["--quantize", "int4"], "`quantize` must be one of int8, float16"),
        (["--largest-loss", "1"], "--largest-loss needs --quantize"),
        (["--validation-file", "x"], "--validation-file needs --quantize"),
        (["--data-dir", "x"], "--data-dir needs --quantize"),
        (["--quantize", "int8", "--formats", "saved_model"], "leaves out"),
        (["--quantize", "int8", "--largest-loss", "nan"], "`largest_loss`"),
        (["--quantize", "int8", "--validation-file", "no.csv"], "No such file"),
        (["--quantize", "int8", "--data-dir", "no"], "is not a folder"),
        (["--quantize", "int8", "--data-dir", "no"], "as --validation-file"),
    ],
)
def test_mistakes(capsys, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    if "no" not in words and "no.csv" not in words:
        monkeypatch.setattr(sources, "validation", lambda *_: scored())
    assert main(["export", "imdb_gru_base", "--to", "out", *words]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_table_that_scores_too_is_read_in_one_form():
    """In a loop, ONNX Runtime warns of two whenever it opens the file."""
    make, shape = helper.make_node, [40, 32]
    table = numpy_helper.from_array(np.ones(shape, "float32"), "table")
    bias = numpy_helper.from_array(np.ones(40, "float32"), "bias")
    graph = helper.make_graph(
        [
            make("Gather", ["table", "ids"], ["rows"]),
            make("Gemm", ["rows", "table", "bias"], ["y"], transB=1),
        ],
        "graph",
        [helper.make_tensor_value_info("ids", TensorProto.INT32, ["n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 40])],
        [table, bias],
    )
    made, *_ = quantize.smaller(helper.make_model(graph), "float16")
    (half,) = (one for one in made.graph.initializer if one.dims == shape)
    readers = [n.op_type for n in made.graph.node if half.name in n.input]
    assert readers == ["Cast"]
