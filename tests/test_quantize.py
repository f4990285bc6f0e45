"""Smaller ONNX files: compared, scored, and refused where they lose."""

import dataclasses
import json

import numpy as np
import onnx
import pytest
import test_decoding
import test_export
import test_export_translator

import export
import recipes
import zoo
from export import compression, onnx_file, onnx_small, onnx_step, verify
from export.errors import LossError, MismatchError
from export.onnx_graph import Graph
from recipes import validation as scoring
from zoo.__main__ import main
from zoo.cells import CELLS
from zoo.decoding import Translator
from zoo.errors import InputError
from zoo.trained import compiled
from zoo.validation import Validation

# Operators that compute in 8 bits, by cell; the others are stored so.
COMPUTED = {
    "elman": ["MatMul"],
    "gated": [],
    "gru": [],
    "lstm": ["LSTM"],
    **dict.fromkeys(["mingru", "minlstm", "sru", "qrnn", "rglru"], ["MatMul"]),
}


def model_of(builder="classifier", **arguments):
    """A model whose matrices are large enough to be worth it."""
    make = {
        "classifier": test_export.trained_model,
        "language_model": test_decoding.trained,
        "translator": test_export_translator.trained,
    }
    sizes = {"units": 40, "embedding_size": 32}
    model = make[builder](**{**sizes, **arguments})
    random = np.random.default_rng(8)
    for weight in model.model.weights:
        # Not so large that a state goes where the least difference decides.
        weight.assign(random.normal(0, 0.15, weight.shape))
    return model


def scored(measure=lambda run: 1.0, more_is_better=True):
    about = ("accuracy", measure, more_is_better, 0.005, 7, "texts", "mine")
    return Validation(*about)


def made(model, folder, weights, validation=None, **more):
    validation = validation or scored()
    return export.export(
        model, folder, None, weights, validation=validation, **more
    )


def check(manifest, folder, weights):
    about = manifest["quantization"]
    assert about["weights"] == weights
    share = {"int8": 0.62, "float16": 0.8}[weights]
    assert 0 < about["bytes_after"] < share * about["bytes_before"]
    files = sorted(folder.glob("*.onnx"))
    assert about["bytes_after"] == sum(path.stat().st_size for path in files)
    for name, difference in manifest["largest_difference"].items():
        assert difference <= about["largest_allowed"][name]
    for path in files:
        proto = onnx.load(path, load_external_data=False)
        onnx.checker.check_model(proto, full_check=True)
        opsets = {one.domain: one.version for one in proto.opset_import}
        assert opsets[""] == onnx_file.OPSET
        domains = {
            node.domain
            for graph in onnx_small._graphs(proto.graph)
            for node in graph.node
        }
        assert domains <= {"", *about["domains"]}
        for graph in onnx_small._graphs(proto.graph):
            for tensor in graph.initializer:
                assert tensor.data_location != onnx.TensorProto.EXTERNAL
    return about


@pytest.mark.parametrize("weights", export.WEIGHTS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell(cell, weights, tmp_path):
    model = model_of(cell=cell, layers=2)
    manifest = made(model, tmp_path / "out", weights)
    about = check(manifest, tmp_path / "out", weights)
    assert about["computed"] == (COMPUTED[cell] if weights == "int8" else [])
    computes_lstm = "LSTM" in about["computed"]
    assert about["domains"] == (["com.microsoft"] if computes_lstm else [])
    run = onnx_file.read(tmp_path / "out" / "model.onnx")
    expected = compiled(model.model)
    random = np.random.default_rng(3)
    for batch, time in test_export.SHAPES:
        ids = random.integers(1, model.tokenizer.size, (batch, time))
        ids[0, time - 1 :] = 0
        ids = ids.astype("int32")
        logits = expected(ids)
        near = {"int8": 0.1, "float16": 0.005}[weights] * np.abs(logits).max()
        np.testing.assert_allclose(run(ids), logits, rtol=0, atol=near)
        # They are really others.
        assert np.abs(run(ids) - logits).max() > 1e-6


@pytest.mark.parametrize("weights", export.WEIGHTS)
@pytest.mark.parametrize(
    "arguments",
    [
        {"builder": "language_model", "cell": "lstm", "tied": True},
        {"builder": "language_model", "cell": "sru", "layers": 2},
        {"builder": "translator", "shared": False},
        {"builder": "translator", "cell": "lstm", "attention": "none"},
    ],
    ids=str,
)
def test_every_artifact(arguments, weights, tmp_path):
    model = model_of(**arguments)
    manifest = made(model, tmp_path / "out", weights)
    about = check(manifest, tmp_path / "out", weights)
    if arguments["builder"] == "translator":
        names = {"onnx_step", "onnx_translate"}
    else:
        names = {"onnx", "onnx_step"}
    assert manifest["largest_difference"].keys() == names
    assert (about["computed"] == []) == (weights == "float16")


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
@pytest.mark.parametrize(
    "values, more_is_better, message",
    [
        ((0.9, 0.8), True, "from 0.9 to 0.8 accuracy .* worse by 0.1, more"),
        ((1.4, 1.5), False, "from 1.4 to 1.5 .* worse by 0.1, more"),
        ((0.9, float("nan")), True, "--largest-loss allows"),
    ],
)
def test_a_loss_is_refused(tmp_path, values, more_is_better, message, existing):
    folder, model = tmp_path / "out", model_of()
    if existing:
        made(model, folder, "float16")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.*") if p.is_file()}
    validation = scored(falling(*values), more_is_better)
    with pytest.raises(LossError, match=message) as error:
        made(model, folder, "int8", validation)
    assert error.value.score["examples"] == 7
    after = {p: p.read_bytes() for p in tmp_path.rglob("*.*") if p.is_file()}
    assert after == before


@pytest.mark.parametrize(
    "values, more_is_better, limit, loss",
    [
        ((0.9, 0.8), True, 0.2, 0.1),
        ((1.4, 1.5), False, 0.2, 0.1),
        ((0.8, 0.9), True, 0, -0.1),
    ],
)
def test_a_loss_that_is_allowed(tmp_path, values, more_is_better, limit, loss):
    validation = scored(falling(*values), more_is_better)
    manifest = made(
        model_of(), tmp_path / "out", "int8", validation, largest_loss=limit
    )
    score = manifest["quantization"]["score"]
    assert (score["before"], score["after"]) == values
    assert score["loss"] == pytest.approx(loss)
    assert score["limit"] == limit


def test_the_worse_artifact_is_what_counts(tmp_path):
    validation = scored(falling(0.9, 0.899, 0.9, 0.896))
    model = model_of("language_model")
    manifest = made(model, tmp_path / "out", "int8", validation)
    score = manifest["quantization"]["score"]
    assert (score["artifact"], score["after"]) == ("step.onnx", 0.896)


def test_a_wrong_scale_is_found(tmp_path, monkeypatch):
    scaled = onnx_small.scaled

    def wrong(*arguments):
        whole, scales = scaled(*arguments)
        return whole, scales * 2

    monkeypatch.setattr(onnx_small, "scaled", wrong)
    with pytest.raises(MismatchError, match="onnx with int8 weights"):
        made(model_of(), tmp_path / "out", "int8")
    assert not list(tmp_path.iterdir())


def test_a_translation_that_is_another_is_found(tmp_path, monkeypatch):
    opened = compression._translator

    def another(folder, axes):
        runs, answers = opened(folder, axes)
        translate = answers["translate.onnx"]
        answers["translate.onnx"] = lambda ids: np.where(
            translate(ids) > 3, 4, translate(ids)
        )
        return runs, answers

    monkeypatch.setitem(compression._OPENED, "translator", another)
    with pytest.raises(MismatchError, match="by translate.onnx differs"):
        made(model_of("translator"), tmp_path / "out", "float16")


def test_what_is_too_large_for_16_bits_is_found(tmp_path):
    model = model_of()
    weight = model.model.get_layer("recurrent").weights[0]
    weight.assign(weight * 1e6)
    with pytest.raises(MismatchError):
        made(model, tmp_path / "out", "float16")


def test_scales():
    random = np.random.default_rng(0)
    matrix = random.normal(size=(2, 30, 20)).astype("float32")
    matrix[1, 3] = 0
    whole, scales = onnx_small.scaled(matrix, (0, 1), 127)
    assert whole.dtype == np.int8 and scales.shape == (2, 30, 1)
    assert np.abs(whole).max() == 127
    error = np.abs(whole * scales - matrix)
    assert (error <= scales / 2 + 1e-7).all()
    assert not whole[1, 3].any()


def test_one_table_in_two_places():
    """Looked up by one node, a factor of another; a small one stays."""
    random = np.random.default_rng(0)
    table = random.normal(size=(64, 32)).astype("float32")
    small = random.normal(size=(32, 4)).astype("float32")
    graph = Graph()
    name = graph.constant(table)
    rows = graph.add("Gather", name, "token_ids")
    y = graph.add("MatMul", graph.add("Transpose", rows, perm=[1, 0]), name)
    graph.rename(graph.add("MatMul", y, graph.constant(small)), "logits")
    # `y` is (32, 32), so its columns are as many as `small` has rows.
    inputs = [("token_ids", (onnx.TensorProto.INT32, [64]))]
    outputs = [("logits", (onnx.TensorProto.FLOAT, [32, 4]))]
    model = graph.model(inputs, outputs, onnx_file.OPSET)
    before = model.SerializeToString()
    ids = random.integers(0, 64, 64).astype("int32")
    expected = table[ids].T @ table @ small
    for weights in export.WEIGHTS:
        proto, computed, stored = onnx_small.smaller(model, weights)
        assert (computed == ["MatMul"]) == (weights == "int8")
        assert "Gather" in stored
        large = [t for t in proto.graph.initializer if np.prod(t.dims) >= 1024]
        # Twice, because the two have other scales.
        assert len(large) == (2 if weights == "int8" else 1)
        assert not any(t.data_type == 1 for t in large)
        import onnxruntime

        run = onnxruntime.InferenceSession(proto.SerializeToString()).run
        (logits,) = run(None, {"token_ids": ids})
        near = 0.03 * np.abs(expected).max()
        np.testing.assert_allclose(logits, expected, rtol=0, atol=near)
    assert model.SerializeToString() == before


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


@pytest.fixture(scope="module")
def runs(tmp_path_factory, reviews, story, numbers):
    """A run of each recipe, large enough that something becomes smaller."""
    folder = tmp_path_factory.mktemp("runs")
    same = {"units": 32, "embedding_size": 32, "epochs": 1}
    fields = {
        "agreement": {"train_examples": 300},
        "char_lm": {"train_file": str(story), "batch_size": 4, "window": 16},
        "imdb_sentiment": {"train_file": str(reviews), "validation_share": 0.2},
        "translation": {
            "train_pairs": str(numbers),
            "tokens": "bpe",
            "vocabulary_size": 70,
            "batch_tokens": 128,
        },
    }
    for recipe in recipes.RECIPES:
        module = recipes.get(recipe)
        config = module.Config(**same, **fields[recipe])
        module.train(config, folder / recipe, progress=False, test=False)
    return folder


SCORES = {
    "agreement": ("accuracy", 2_000),
    "char_lm": ("nats_per_character", 500),
    "imdb_sentiment": ("accuracy", 22),
    "translation": ("bleu", 14),
}


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_every_recipe(runs, recipe, tmp_path, capsys):
    words = ["--to", str(tmp_path / "out"), "--quantize", "int8"]
    # Scores of hardly trained models change by whim.
    words += ["--largest-loss", "5"]
    assert main(["export", str(runs / recipe), *words]) == 0
    printed = capsys.readouterr().out
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    score = manifest["quantization"]["score"]
    assert (score["name"], score["examples"]) == SCORES[recipe]
    assert score["split"] == "validation" and score["limit"] == 5
    assert f"score     {score['line']}" in printed
    assert "int8      0." in printed
    assert not (tmp_path / "out" / "saved_model").exists()
    again = main(["export", str(runs / recipe), *words, "--json"])
    printed = json.loads(capsys.readouterr().out)
    assert again == 0 and printed["quantization"] == manifest["quantization"]


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_float32_scores_what_keras_scores(runs, recipe, tmp_path):
    trained = zoo.load(runs / recipe)
    validation = scoring.validation(trained)
    axes = export.export(trained, tmp_path / "out", ("onnx",)).get("step")
    opened = compression._OPENED.get(trained.builder, compression._classifier)
    _, answers = opened(tmp_path / "out", axes)
    expected = compiled(trained.model)
    if recipe == "translation":
        translator = Translator(trained)
        source = trained.tokenizer.source

        def expected(source_ids):
            texts = [source.decode(row[row > 0].tolist()) for row in source_ids]
            rows = [one.ids for one in translator.translate(texts, None)]
            return [np.array(row) for row in rows]

    for artifact, run in answers.items():
        score = validation.measure(run)
        assert score == pytest.approx(validation.measure(expected), abs=1e-5)
        assert np.isfinite(score), artifact


def test_the_score_is_that_of_the_whole(runs):
    """Nats over stretches are near those of the run; accuracy is the same."""
    metrics = json.loads((runs / "char_lm" / "metrics.json").read_text())
    trained = zoo.load(runs / "char_lm")
    nats = scoring.validation(trained).measure(compiled(trained.model))
    said = metrics["validation_nats_per_character"]
    assert nats == pytest.approx(said, rel=0.05)
    metrics = json.loads((runs / "imdb_sentiment" / "metrics.json").read_text())
    trained = zoo.load(runs / "imdb_sentiment")
    accuracy = scoring.validation(trained).measure(compiled(trained.model))
    assert accuracy == pytest.approx(metrics["validation_accuracy"], abs=1e-5)


def test_your_own_files(runs, reviews, story, numbers, tmp_path):
    files = {
        "imdb_sentiment": reviews,
        "char_lm": story,
        "translation": numbers,
    }
    for recipe, file in files.items():
        # Of whom it is not known how they were trained.
        trained = dataclasses.replace(zoo.load(runs / recipe), about={})
        validation = scoring.validation(trained, file)
        assert validation.split == file.name
        count = {"imdb_sentiment": 120, "translation": 300}.get(recipe)
        assert validation.examples == count or validation.examples > 4_000
    out = ["--to", str(tmp_path / "out"), "--quantize", "float16"]
    out += ["--validation-file", str(reviews)]
    assert main(["export", str(runs / "imdb_sentiment"), *out]) == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["quantization"]["score"]["examples"] == 120


def test_texts_are_spread_and_bounded(runs, monkeypatch):
    monkeypatch.setattr(scoring, "TEXTS", 3)
    trained = zoo.load(runs / "imdb_sentiment")
    seen = []
    texts, classes = [f"w{i} good" for i in range(9)], [0, 1, 2] * 3
    validation = scoring.of_classes(trained, texts, classes)
    validation.measure(lambda ids: seen.extend(ids) or np.eye(3)[:, :3])
    encoded = [trained.tokenizer.encode(texts[i])[0] for i in (0, 4, 8)]
    assert sorted(row[0] for row in seen) == sorted(encoded)
    assert validation.examples == 3


@pytest.mark.parametrize(
    "words, message",
    [
        (["--quantize", "int4"], "`quantize` must be one of int8, float16"),
        (["--largest-loss", "1"], "--largest-loss needs --quantize"),
        (["--validation-file", "x"], "--validation-file needs --quantize"),
        (["--quantize", "int8", "--formats", "saved_model"], "leaves out"),
        (["--quantize", "int8", "--largest-loss", "nan"], "`largest_loss`"),
        (["--quantize", "int8", "--validation-file", "no.csv"], "Cannot read"),
        (["--quantize", "int8", "--data-dir", "no"], "is not a folder"),
        (["--quantize", "int8", "--data-dir", "no"], "as --validation-file"),
    ],
)
def test_mistakes(capsys, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    if "no" not in words and "no.csv" not in words:
        monkeypatch.setattr(scoring, "validation", lambda *_: scored())
    assert main(["export", "imdb_gru_base", "--to", "out", *words]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_files_that_do_not_fit_the_model(runs, tmp_path):
    classifier = zoo.load(runs / "imdb_sentiment")
    file = tmp_path / "other.csv"
    file.write_text("text,label\na,good\nb,dreadful\n")
    with pytest.raises(InputError, match="has not: 'dreadful'. It has: bad"):
        scoring.validation(classifier, file)
    story = tmp_path / "story.txt"
    story.write_text("a")
    with pytest.raises(InputError, match="at least two tokens"):
        scoring.validation(zoo.load(runs / "char_lm"), story)
    unknown = dataclasses.replace(classifier, about={})
    with pytest.raises(InputError, match="does not say .* --validation-file"):
        scoring.validation(unknown)


def test_the_step_form_is_read_too(tmp_path):
    """What `generate.py` runs has the same inputs as before."""
    model = model_of("language_model", cell="gru")
    made(model, tmp_path / "out", "int8")
    step = onnx_step.read(tmp_path / "out" / "step.onnx")
    inputs = {"token_ids": np.ones((1, 1), "int32")}
    inputs["state_0"] = np.zeros((1, 40), "float32")
    assert step(inputs).keys() == {"logits", "next_state_0"}
