"""Steps of language models and translators as files, in each runtime."""

import dataclasses

import numpy as np
import onnx
import pytest
from step_models import (
    answers,
    decoder_step,
    inputs_of,
    language_model,
    translator_forms,
)
from tiers import fast_are

from export.errors import ConversionError
from export.onnx import edges, language_model_step, shapes, translator
from export.runtimes import registry
from export.tasks.language_model import step_axes
from export.verify import ONNX_TOLERANCE
from zoo import cells

# Of each way to write a step of a cell, one.
FAST = ("elman", "gru", "lstm", "qrnn")
DECODERS = [
    *({"cell": cell, "decoder_layers": 2} for cell in cells.names()),
    {"attention": "multiplicative"},
    {"attention": "multiplicative", "input_feeding": False},
    {"attention": "none", "cell": "lstm"},
    {"tied": False, "bidirectional": False},
    {"shared": True, "encoder_layers": 2},
]


def assert_right(proto, step, axes, folder):
    onnx.checker.check_model(proto, full_check=True)
    assert not {"Scan", "Loop"} & {node.op_type for node in proto.graph.node}
    onnx.save(proto, folder / "step.onnx")
    for runtime in registry.installed(".onnx"):
        run = runtime.open(folder / "step.onnx")
        for rows in (1, 3):
            inputs = inputs_of(axes, rows)
            found, expected = run(inputs), answers(step, inputs)
            assert found.keys() == expected.keys() == axes["outputs"].keys()
            for name, value in expected.items():
                np.testing.assert_allclose(
                    found[name],
                    value,
                    rtol=0,
                    atol=ONNX_TOLERANCE,
                    err_msg=f"{name} in {runtime.title}",
                )


@pytest.mark.parametrize(
    "cell", fast_are(lambda cell: cell in FAST, cells.names())
)
def test_a_language_model(cell, every_runtime, tmp_path):
    tied = cell in ("gru", "sru")
    assert_right(*language_model(cell=cell, tied=tied, layers=2), tmp_path)


@pytest.mark.parametrize(
    "arguments",
    fast_are(lambda one: one == DECODERS[2] or "tied" in one, DECODERS),
    ids=str,
)
def test_a_decoder(arguments, every_runtime, tmp_path):
    assert_right(*decoder_step(**arguments), tmp_path)


@pytest.mark.parametrize("opset", [17, 21])
def test_other_versions_of_operators(opset, tmp_path):
    model, encoder, step, axes = translator_forms(cell="lstm")
    for proto in (
        translator.step_proto(step, axes, opset),
        translator.encoder_model(model, encoder, opset),
    ):
        assert [one.version for one in proto.opset_import] == [opset]
        onnx.checker.check_model(proto, full_check=True)
        onnx.save(proto, tmp_path / "file.onnx")
        registry.get("onnxruntime").open(tmp_path / "file.onnx")


def opened(proto, folder):
    onnx.save(proto, folder / "step.onnx")
    return registry.get("onnxruntime").open(folder / "step.onnx")


@pytest.mark.parametrize("attention", ["additive", "multiplicative"])
def test_no_rows_and_no_source(attention, tmp_path):
    proto, step, axes = decoder_step(attention=attention)
    run = opened(proto, tmp_path)
    found = run(inputs_of(axes, 0))
    assert {len(value) for value in found.values()} == {0}
    # An empty source is one of padding.
    inputs = inputs_of(axes, 2, source_time=1)
    padding = {**inputs, "source_mask": np.zeros((2, 1), "float32")}
    expected = answers(step, padding)
    memory = ("memory", "keys", "source_mask")
    nothing = {name: inputs[name][:, :0] for name in memory}
    found = run({**inputs, **nothing})
    assert found["attention"].shape == (2, 0)
    np.testing.assert_allclose(
        found["logits"], expected["logits"], atol=ONNX_TOLERANCE
    )


@pytest.mark.parametrize("make", [language_model, decoder_step])
def test_what_a_step_refuses(make, tmp_path):
    proto, _, axes = make(cell="lstm")
    run = opened(proto, tmp_path)
    right = inputs_of(axes, 2)
    run(right)
    ids = next(iter(right))
    wrong = [{ids: np.array([[1], [-1]], "int32")}, {ids: right[ids] + 1000}]
    wrong += [{name: right[name][:1]} for name in right]
    for one in wrong:
        with pytest.raises(ConversionError):
            run({**right, **one})


def test_a_step_of_a_fixed_number_of_rows(tmp_path):
    proto, step, axes = decoder_step()
    run = opened(shapes.fixed(proto, batch_size=2), tmp_path)
    inputs = inputs_of(axes, 2)
    expected = answers(step, inputs)["logits"]
    np.testing.assert_allclose(
        run(inputs)["logits"], expected, atol=ONNX_TOLERANCE
    )
    with pytest.raises(ConversionError):
        run(inputs_of(axes, 3))


@pytest.mark.thorough
def test_a_cell_without_a_form_is_converted(monkeypatch, tmp_path):
    """A step of it has no loop, so nobody needs to be warned."""
    pytest.importorskip("tf2onnx")
    _, step, _ = language_model(cell="mingru", tied=True)
    _, _, decoder, axes = translator_forms(cell="mingru")
    known = dataclasses.replace(cells.registration("mingru"), onnx=None)
    registered = cells.registry._REGISTRY._loaded
    monkeypatch.setitem(registered, "mingru", known)
    path = tmp_path / "step.onnx"
    language_model_step.write(step, step_axes(step), path, opset=17)
    proto = onnx.load(path)
    assert [one.version for one in proto.opset_import if not one.domain] == [17]
    assert_right(proto, step, step_axes(step), tmp_path)
    proto = translator.step_proto(decoder, axes)
    proto = edges.checked_step(proto, "target_ids", axes["inputs"])
    assert_right(proto, decoder, axes, tmp_path)
