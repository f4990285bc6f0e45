"""An export in every runtime: what is recorded, and what is refused."""

import sys

import numpy as np
import pytest

from export import verify
from export.errors import ConversionError, MismatchError
from export.runtimes import onnx_runtime, openvino_runtime, verification
from export.runtimes.registry import Runtime


def fake(name, version, open_file):
    """A runtime that is installed, under the name of one that is known."""

    class Fake(Runtime):
        def version(self):
            return version

        def open(self, path):
            return open_file

    title = {"openvino": "OpenVINO"}.get(name, name)
    return Fake(name, title, ".onnx", "numpy", "none", 1e-5, 1e-4)


def checks(runtime):
    run = runtime.when_called("file")

    def compared(artifact):
        return lambda: verify.compared(
            f"{artifact} in {runtime.title}",
            lambda x: run({artifact: x})["y"],
            [np.zeros((1, 2))],
            [np.ones((1, 2))],
            runtime.tolerance,
        )

    names = ("onnx", "onnx_step")
    return {name: compared(name) for name in names}, {"shapes": [[1, 2]]}


def right(inputs):
    return {"y": np.ones((1, 2))}


@pytest.fixture
def runtimes(monkeypatch):
    """Takes a list of runtimes, the first the required one."""

    def use(*runtimes):
        known = {one.name: one for one in runtimes}
        monkeypatch.setattr(verification.registry, "RUNTIMES", known)
        monkeypatch.setattr(
            verification.registry, "installed", lambda suffix: runtimes
        )

    return use


def test_all_are_recorded(runtimes):
    def lacking(inputs):
        if "onnx_step" in inputs:
            raise ConversionError("OpenVINO has no\nNowhere.\x1b[1m")
        return {"y": np.full((1, 2), 1 + 5e-6)}

    runtimes(
        fake("onnxruntime", "1.2", right), fake("openvino", "3.4", lacking)
    )
    found = verification.in_each(checks)
    compared = {"compared": {"shapes": [[1, 2]]}}
    assert found["onnxruntime"] == {
        "version": "1.2",
        "largest_difference": {"onnx": 0, "onnx_step": 0},
        **compared,
    }
    assert found["openvino"] == {
        "version": "3.4",
        "largest_difference": {"onnx": pytest.approx(5e-6)},
        "not_run": {"onnx_step": "OpenVINO has no Nowhere.\\x1b[1m"},
        **compared,
    }
    assert verification.lines(found) == [
        "verified  in onnxruntime 1.2: differs by at most 0",
        "verified  in OpenVINO 3.4: differs by at most 5e-06",
        "not run   onnx_step in OpenVINO 3.4: OpenVINO has no Nowhere.\\x1b[1m",
    ]
    found = verification.in_each(checks, only_required=True)
    assert list(found) == ["onnxruntime"]
    assert list(verification.in_others(checks)) == ["openvino"]


def test_one_that_does_not_start(runtimes, monkeypatch, tmp_path):
    """As where a library that its package needs is missing."""
    (tmp_path / "openvino.py").write_text("raise ImportError('no libx')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "openvino", raising=False)
    real = verification.registry.get("openvino")
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    runtimes(fake("onnxruntime", "1.2", right), real)
    found = verification.in_each(checks)["openvino"]
    assert found["largest_difference"] == {}
    assert found["version"] == verification.UNKNOWN
    assert "OpenVINO does not start: no libx" in found["not_run"]["onnx"]


@pytest.mark.parametrize("wrong", [1.1, np.nan])
def test_wrong_values_in_any_are_refused(runtimes, wrong):
    runtimes(
        fake("onnxruntime", "1.2", right),
        fake("openvino", "3.4", lambda _: {"y": np.full((1, 2), wrong)}),
    )
    with pytest.raises(MismatchError, match="onnx in OpenVINO differs"):
        verification.in_each(checks)


def test_the_required_one_must_run_it(runtimes):
    def lacking(inputs):
        raise ConversionError("no Nowhere")

    runtimes(fake("onnxruntime", "1.2", lacking))
    with pytest.raises(ConversionError, match="no Nowhere"):
        verification.in_each(checks)


def test_a_model_that_is_wrong_in_one_alone_is_not_exported(
    every_runtime, tmp_path, monkeypatch
):
    pytest.importorskip("openvino")
    from random_models import random_classifier

    from export import export

    open_file = openvino_runtime.open_file
    assert open_file is not onnx_runtime.open_file

    def wrong(path):
        run = open_file(path)
        return lambda inputs: {"logits": run(inputs)["logits"] + 1e-4}

    monkeypatch.setattr(openvino_runtime, "open_file", wrong)
    with pytest.raises(MismatchError, match="The ONNX file in OpenVINO"):
        export(random_classifier(cell="elman"), tmp_path / "out", ("onnx",))
    assert not (tmp_path / "out").exists()
