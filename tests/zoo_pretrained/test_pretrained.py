"""Every model that ships: what it answers, and what its card says."""

import json

import numpy as np
import pytest

import recipes
from zoo import pretrained
from zoo.cli.main import main
from zoo.pretrained.golden import TOLERANCE as GOLDEN_TOLERANCE
from zoo.pretrained.registry import SHIPPED, names

MIB = 1 << 20
NATS = "validation_nats_per_character"


def test_a_sentiment_model_ships():
    assert any(name.startswith("imdb_") for name in names())


@pytest.mark.thorough
def test_a_language_model_ships(shipped):
    assert any(shipped(name).builder == "language_model" for name in names())


def test_a_translator_ships_that_reads_dates(shipped):
    translator = shipped("dates_gru_base").decoder
    texts = ["mercredi 3 octobre 1990", "3. Oktober 1990", "1990. okt. 3."]
    for one in translator.translate(texts):
        assert one.text == "1990-10-03"
    size = sum(p.stat().st_size for p in (SHIPPED / "dates_gru_base").iterdir())
    assert size < 6 * MIB


def one_of_a_kind(mark):
    """The models that ship, those that are like an earlier one marked."""
    seen, marks = set(), getattr(pytest.mark, mark)
    for name in names():
        config = json.loads((SHIPPED / name / "config.json").read_text())
        kind = (config["builder"], config["tokenizer"])
        yield pytest.param(name, marks=[marks] * (kind in seen))
        seen.add(kind)


@pytest.mark.parametrize("name", list(one_of_a_kind("thorough")))
def test_golden_logits_in_keras(name, shipped):
    trained = shipped(name)
    assert trained.name == name
    assert pretrained.golden_difference(trained) <= GOLDEN_TOLERANCE


@pytest.mark.parametrize("name", list(one_of_a_kind("slow")))
@pytest.mark.every_cell_export
def test_golden_logits_in_every_artifact(
    name, shipped, every_runtime, tmp_path
):
    pytest.importorskip("tf2onnx")
    from export import export
    from export.runtimes import onnx_runtime
    from export.saved_model import classifier, language_model
    from export.saved_model import translator as saved_translator
    from export.tasks import translator_checks

    trained = shipped(name)
    manifest = export(trained, tmp_path / "out")
    golden = np.load(SHIPPED / name / "golden.npz")
    inputs = [golden[file] for file in golden.files if file != "logits"]
    folder = tmp_path / "out" / "saved_model"
    if trained.builder == "translator":
        from_ids, *_ = saved_translator.read_back(folder)
        encoder, step = (
            onnx_runtime.open_file(tmp_path / "out" / f"{part}.onnx")
            for part in ("encoder", "decoder_step")
        )

        def from_onnx(*ids):
            axes = manifest["step"]
            return translator_checks.stepped(encoder, step, axes, *ids)

    else:
        from_onnx = onnx_runtime.from_ids(tmp_path / "out" / "model.onnx")
        if trained.builder == "language_model":
            from_ids, *_ = language_model.read(folder)
        else:
            _, from_ids = classifier.read(folder)
    # Behind the end of a target there is nothing to compare.
    counted = 1
    if trained.builder == "translator":
        counted = (inputs[-1] != 0)[:, :, None]
    for call in (from_ids, from_onnx):
        np.testing.assert_allclose(
            call(*inputs) * counted,
            golden["logits"] * counted,
            atol=GOLDEN_TOLERANCE,
        )


@pytest.mark.parametrize("name", names())
def test_what_ships_is_small_and_says_where_it_is_from(name, shipped):
    for path in (SHIPPED / name).iterdir():
        assert path.stat().st_size < 12 * MIB
    trained = shipped(name)
    assert {"recipe", "command", "data", "scores"} <= trained.about.keys()
    card = (SHIPPED / name / "card.md").read_text()
    assert trained.about["command"] in card
    assert trained.about["data"]["licence"] in card
    scores = {"classifier": "test_accuracy", "translator": "exact_match"}
    score = scores.get(trained.builder, NATS)
    if trained.about["recipe"] == "word_lm":
        score = "validation_perplexity"
    assert str(trained.about["scores"][score]) in card


@pytest.mark.parametrize("name", names())
def test_what_ships_was_trained_by_a_preset(name, shipped):
    # A field that is newer than the model has its default, and one that has
    # another name since is read by that.
    module, config = recipes.of(shipped(name))
    assert config in module.PRESETS.values()


def unversioned(signature: str) -> str:
    return signature.rpartition("|version:")[0]


@pytest.mark.parametrize(
    "name",
    [
        "dates_gru_base",
        pytest.param("shakespeare_lstm_base", marks=pytest.mark.data),
    ],
)
@pytest.mark.thorough
def test_evaluate_prints_what_the_card_says(name, shipped, shared_data, capsys):
    said = shipped(name).about["scores"]
    card = (SHIPPED / name / "card.md").read_text()
    assert (
        main(["evaluate", name, "--json", "--data-dir", str(shared_data)]) == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert len(found) >= 5
    for key, value in found.items():
        if isinstance(value, float):
            # Its last digit may be another on another processor.
            assert said[key] == pytest.approx(value, rel=2e-5)
        elif key.endswith("_signature"):
            # It ends in sacreBLEU's version, which is the card's, not this one.
            assert unversioned(said[key]) == unversioned(value) != ""
        else:
            assert said[key] == value
        shown = str(said[key]).replace("|", "\\|")
        assert isinstance(value, dict) or f"| {shown} |" in card


def test_all_that_ships_is_small():
    files = [path for path in SHIPPED.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 40 * MIB


def test_the_sentiment_model_answers(shipped):
    good, bad = shipped("imdb_gru_base").predict(
        [
            "A quiet, moving film. I loved every minute of it.",
            "Dull, badly acted and far too long. A waste of time.",
        ]
    )
    assert (good["label"], bad["label"]) == ("positive", "negative")
    assert min(good["probability"], bad["probability"]) > 0.8
