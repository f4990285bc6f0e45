"""Each runtime opens files in the same way, and says what is wrong."""

import subprocess
import sys

import numpy as np
import onnx
import pytest
from small_files import TABLE, never_fits, step, unknown_operator

from export.errors import ConversionError
from export.runtimes import registry
from zoo.errors import InputError

ONNX = [one for one in registry.RUNTIMES.values() if one.suffix == ".onnx"]


@pytest.fixture(params=ONNX, ids=[one.name for one in ONNX])
def runtime(request):
    if not request.param.installed():
        pytest.skip(f"{request.param.title} is not installed")
    return request.param


def saved(proto, folder):
    onnx.save(proto, folder / "step.onnx")
    return folder / "step.onnx"


def test_a_file_is_run(runtime, tmp_path):
    run = runtime.open(saved(step(), tmp_path))
    state = np.float32([[1, 2], [3, 4]])
    before = None
    # A server may send wider numbers, and another number of rows.
    for ids in (np.array([5, 0]), np.array([1], "int32")):
        given = state[: len(ids)]
        outputs = run({"state_0": given, "token_ids": ids})
        assert list(outputs) == ["logits", "next_state_0"]
        np.testing.assert_array_equal(outputs["logits"], TABLE[ids] + given)
        np.testing.assert_array_equal(outputs["next_state_0"], 2 * given)
        # What it answered before is not written over.
        if before is not None:
            np.testing.assert_array_equal(before, TABLE[[5, 0]] + state)
        before = outputs["logits"]
    assert runtime.version()[0].isdigit()


def test_other_inputs_are_refused(runtime, tmp_path):
    run = runtime.open(saved(step(), tmp_path))
    state, ids = np.zeros((1, 2), "float32"), np.zeros(1, "int32")
    with pytest.raises(InputError, match="must be token_ids, state_0"):
        run({"token_ids": ids})
    with pytest.raises(InputError, match="must be token_ids, state_0"):
        run({"token_ids": ids, "state_0": state, "state_1": state})
    with pytest.raises(InputError, match="`token_ids` .* must be int32"):
        run({"token_ids": state, "state_0": state})
    wide = np.array([2**32 + 5])
    with pytest.raises(InputError, match="within int32.*4294967301"):
        run({"token_ids": wide, "state_0": state})


def test_what_it_lacks_or_cannot_run_has_its_name(runtime, tmp_path):
    with pytest.raises(ConversionError, match=f"{runtime.title} refuses"):
        runtime.open(saved(unknown_operator(), tmp_path))
    run = runtime.open(saved(never_fits(), tmp_path))
    with pytest.raises(ConversionError, match=f"{runtime.title} cannot run"):
        run({"x": np.zeros((4, 2), "float32")})
    (tmp_path / "step.onnx").write_bytes(b"nonsense")
    with pytest.raises(ConversionError, match="is no ONNX file"):
        runtime.open(tmp_path / "step.onnx")


def test_what_refers_to_another_file_is_not_opened(runtime, tmp_path):
    proto = step()
    onnx.save(
        proto,
        tmp_path / "step.onnx",
        save_as_external_data=True,
        location="weights",
        size_threshold=0,
    )
    with pytest.raises(ConversionError, match="refers to another file"):
        runtime.open(tmp_path / "step.onnx")


def test_what_is_not_installed(every_runtime, monkeypatch, tmp_path):
    names = [one.name for one in registry.installed(".onnx")]
    assert names[0] == "onnxruntime" and "onnx_reference" in names
    path = saved(step(), tmp_path)
    for package in ("openvino", "ai_edge_litert"):
        monkeypatch.setitem(sys.modules, package, None)
    assert "openvino" not in [n.name for n in registry.installed(".onnx")]
    assert registry.installed(".tflite") == []
    for name in ("openvino", "litert"):
        with pytest.raises(ConversionError, match=r"recurrent-zoo\[verify\]"):
            registry.get(name).open(path)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ConversionError, match=r"recurrent-zoo\[export\]"):
        registry.get("onnxruntime").open(path)
    with pytest.raises(InputError, match="Did you mean 'openvino'"):
        registry.get("openvin")


WATCHED = """
import sys
from pathlib import Path

def watch(event, arguments):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "urllib")):
        raise SystemExit(f"{event} {arguments}")

sys.addaudithook(watch)
import numpy as np
from export.runtimes import registry

for name in sys.argv[2:]:
    run = registry.get(name).open(Path(sys.argv[1]))
    run({"token_ids": np.zeros(1, int), "state_0": np.zeros((1, 2), "f4")})
assert sys.modules.get("openvino_telemetry") is None
"""


@pytest.mark.thorough
def test_no_runtime_sends_reports_or_leaves_files(tmp_path, monkeypatch):
    """Both would make an identifier in the home of the user first."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))
    # What keeps them from it by itself.
    for name in ("CI", "TF_BUILD", "JENKINS_URL", "ORT_DISABLE_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)
    path = saved(step(), tmp_path)
    names = [one.name for one in ONNX if one.installed()]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(path), *names],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert list(home.rglob("*")) == []


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")
def test_a_litert_file_is_run(tmp_path):
    pytest.importorskip("ai_edge_litert")
    import tensorflow as tf

    class Step(tf.Module):
        @tf.function(
            input_signature=[
                tf.TensorSpec([1, None], tf.int32, "token_ids"),
                tf.TensorSpec([1, 2], tf.float32, "state_0"),
            ]
        )
        def __call__(self, token_ids, state_0):
            rows = tf.gather(tf.constant(TABLE), token_ids)
            return {"logits": rows + state_0[:, None]}

    module = Step()
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [module.__call__.get_concrete_function()], module
    )
    path = tmp_path / "step.tflite"
    path.write_bytes(converter.convert())
    run = registry.get("litert").open(path)
    state = np.float32([[1, 2]])
    for ids in ([[5, 0, 3]], [[1]]):
        outputs = run({"token_ids": np.array(ids), "state_0": state})
        expected = TABLE[np.array(ids)] + state[:, None]
        np.testing.assert_array_equal(outputs["logits"], expected)
    with pytest.raises(InputError, match="must be state_0, token_ids"):
        run({"token_ids": np.array([[1]])})
    path.write_bytes(b"nonsense")
    with pytest.raises(ConversionError, match="LiteRT refuses step.tflite"):
        registry.get("litert").open(path)
