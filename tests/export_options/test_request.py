"""What an export can be asked for: refused early, with a sentence."""

import sys

import onnx
import pytest

import export
from export import request
from zoo.cli.main import main
from zoo.errors import InputError

LITERT, WEB = {"formats": ("litert",)}, {"formats": ("web",)}
SAVED, ONNX = {"formats": ("saved_model",)}, {"formats": ("onnx",)}


@pytest.fixture
def all_installed(monkeypatch):
    monkeypatch.setattr(request, "_PACKAGES", {})


@pytest.mark.parametrize(
    "asked, message",
    [
        ({"opset": 16}, "at least 17. Received: 16, in which none is tried"),
        ({"opset": 14}, "Received: 14, without `Shape` with `start`"),
        ({"opset": 13}, "without `Reshape` with `allowzero`"),
        ({"opset": 12}, "without `ReduceSum`"),
        ({"opset": 0}, "`opset` must be a whole number of at least 1"),
        ({"opset": "18"}, "`opset` must be a whole number"),
        ({"opset": 99}, "at most .*, the newest that the installed onnx"),
        ({"opset": 17, **SAVED}, "`opset` is for ONNX"),
        ({"batch_size": 0}, "`batch_size` must be a whole number"),
        ({"length": -3}, "`length` must be a whole number"),
        ({"batch_size": 1, **SAVED}, "a SavedModel takes any shape"),
        ({"batch_size": 1, "layout": "triton"}, "a server makes batches"),
        ({"length": 9, "text_in": True}, "any number of tokens"),
        ({"length": 9, "formats": ("onnx", "web")}, "texts of any length"),
        ({"atol": 0}, "`atol` must be a number above 0"),
        ({"atol": float("nan")}, "`atol` must be"),
        ({"atol": float("inf")}, "`atol` must be"),
        ({"atol": True}, "`atol` must be"),
        ({"layout": "bento"}, "`layout` must be one of tfserving, triton"),
        ({"layout": "tfserving", **ONNX}, "made of the SavedModel"),
        ({"layout": "triton", **SAVED}, "made of the ONNX file"),
        ({"text_in": 1}, "`text_in` must be True or False"),
        ({"text_in": True, **SAVED}, "`text_in` is made of the ONNX file"),
        ({"quantize": "int8", **WEB}, "for ONNX and LiteRT"),
        ({"largest_loss": 1}, "`largest_loss` needs `quantize`"),
        ({"batchsize": 1}, "Did you mean 'batch_size'"),
        ({"formats": ("tflite",)}, "must be one of saved_model, onnx, litert"),
    ],
    ids=str,
)
def test_what_cannot_be(asked, message, tmp_path, all_installed):
    with pytest.raises(InputError, match=message):
        request.check(tmp_path / "out", **asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"opset": 17},
        {"opset": onnx.defs.onnx_opset_version()},
        {"batch_size": 1, "length": 250, "atol": 1e-3},
        {"batch_size": 2, "formats": ("litert", "onnx")},
        {"layout": "triton", "text_in": True, **ONNX},
        {"layout": "tfserving"},
        {"opset": 17, **WEB},
        {"quantize": "int8", **LITERT},
    ],
    ids=str,
)
def test_what_can_be(asked, tmp_path, all_installed):
    made = request.check(tmp_path / "out", **asked)
    for name, value in asked.items():
        assert getattr(made, name) == value


@pytest.mark.parametrize(
    "asked, package, extra",
    [
        (ONNX, "onnxruntime", "export"),
        (LITERT, "ai_edge_litert", "verify"),
        ({"text_in": True}, "onnxruntime_extensions", "verify"),
    ],
)
def test_what_is_not_installed(asked, package, extra, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, package, None)
    message = rf'needs {package}: pip install "recurrent-zoo\[{extra}\]"'
    with pytest.raises(export.ConversionError, match=message):
        request.check(tmp_path / "out", **asked)


@pytest.mark.parametrize(
    "words, message",
    [
        ("--opset 9", "`opset` must be at least 17"),
        ("--opset x", "invalid int value"),
        ("--batch-size 0", "`batch_size`"),
        ("--length 3 --layout triton", "`length` does not go with `layout`"),
        ("--atol 0", "`atol` must be a number above 0"),
        ("--format tflite", "`formats` must be one of"),
        ("--format onnx --layout tfserving", "which `formats` leaves out"),
        ("--layout tensorrt", "`layout` must be one of"),
        ("--calibration-file x.csv", "--validation-file needs --quantize"),
    ],
)
def test_bad_flags(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["export", "imdb_gru_tiny", "--to", "out", *words.split()]
    assert main(words) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_text_in_is_for_answers(capsys, tmp_path):
    words = ["shakespeare_lstm_base", "--to", str(tmp_path / "out")]
    assert main(["export", *words, "--text-in"]) == 2
    assert "generate.py writes" in capsys.readouterr().err
