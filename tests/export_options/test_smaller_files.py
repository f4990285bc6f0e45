"""What is said of smaller files: of each format, and of none that went away."""

import json

import numpy as np
import pytest
from random_models import random_classifier

import export
from export import cli, smaller_files
from zoo.evaluation import Validation

LITERT = {
    "weights": "int8",
    "bytes_before": 3 * 2**20,
    "bytes_after": 2**20,
    "score": {"line": "accuracy 0.9 -> 0.8"},
}
ONNX = {**LITERT, "weights": "float16", "lossless": True}
ONNX["kinds"] = ["float16"]
del ONNX["score"]


def test_what_is_printed(capsys, tmp_path):
    manifest = {"largest_difference": {"web_stored_encoder": 0.5, "onnx": 0}}
    cli.show(manifest, tmp_path)
    assert "MiB" not in capsys.readouterr().out
    manifest |= {"quantization": ONNX, "litert_quantization": LITERT}
    cli.show(manifest, tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:6] == [
        "verified  web_stored_encoder  differs by at most 0.5",
        "verified  onnx                differs by at most 0",
        "float16   3.00 MiB -> 1.00 MiB (ONNX)",
        "score     the same numbers, nothing is lost",
        "int8      3.00 MiB -> 1.00 MiB (LiteRT)",
        "score     accuracy 0.9 -> 0.8",
    ]


def test_what_a_card_says():
    assert smaller_files.said({}) == ""
    found = {"quantization": ONNX, "litert_quantization": LITERT}
    onnx, litert = smaller_files.said(found).strip().split("\n\n")
    assert onnx.startswith("Its ONNX files hold matrices in float16")
    assert litert == (
        "Its LiteRT files hold matrices in int8: 1,048,576 bytes instead of "
        "3,145,728. Measured: accuracy 0.9 -> 0.8."
    )


@pytest.mark.every_cell_export
@pytest.mark.slow
def test_no_figure_stays_of_files_that_go_away(tmp_path):
    trained = random_classifier(units=40)
    random = np.random.default_rng(8)
    for weight in trained.model.weights:
        weight.assign(random.normal(0, 0.15, weight.shape))
    validation = Validation(
        "accuracy", lambda run: 0.9, True, 0.005, 10, "texts", "mine"
    )
    plain = export.export(trained, tmp_path / "plain", ("litert",))
    calls = []

    def once():
        calls.append(None)
        return validation

    formats = ("onnx", "litert")
    export.export(trained, tmp_path / "out", formats, "int8", once)
    assert len(calls) == 1
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    verified = manifest["runtimes"]["litert"]
    difference = manifest["largest_difference"]["litert"]
    assert difference > plain["largest_difference"]["litert"]
    assert verified["largest_difference"] == {"litert": difference}
    assert set(verified["compared"]["shapes"]) == {"litert"}
    card = (tmp_path / "out" / "card.md").read_text()
    for line in ("Its ONNX files hold", "Its LiteRT files hold"):
        assert f"\n{line} matrices in int8" in card
    assert "\nFiles for LiteRT: `model.tflite`. To see" in card


@pytest.mark.every_cell_export
def test_a_page_has_a_version_of_operators(tmp_path):
    trained = random_classifier()
    manifest = export.export(trained, tmp_path / "out", ("web",), opset=17)
    assert manifest["opset"] == 17
