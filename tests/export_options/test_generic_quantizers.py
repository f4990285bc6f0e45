"""ONNX Runtime's own quantizer, told what to leave out."""

import logging

import numpy as np
import onnx
import onnxruntime
import pytest
from random_models import random_classifier

from export.onnx import convert
from export.onnx.generic_quantizers import excludes, of_folder
from zoo.models.layer_names import NGRAMS

BATCH = 8


def quantized(proto, folder, names):
    """The two lines that the documentation has, and what they give."""
    from onnxruntime.quantization import quantize_dynamic

    onnx.save(proto, folder / "model.onnx")
    logging.disable(logging.WARNING)
    try:
        quantize_dynamic(
            folder / "model.onnx", folder / "small.onnx", nodes_to_exclude=names
        )
    finally:
        logging.disable(logging.NOTSET)
    return onnx.load(folder / "small.onnx")


def logits(proto, ids):
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return np.concatenate(
        [
            session.run(None, {"token_ids": ids[start:][:BATCH]})[0]
            for start in range(0, len(ids), BATCH)
        ]
    )


def made_ids(size, rows=400):
    """Rows of ids, most of them small ones, as words are; some padding."""
    random = np.random.default_rng(1)
    ids = np.exp(random.uniform(0, np.log(size - 1), (rows, 60))).astype(int)
    ids[np.arange(60) >= random.integers(20, 61, rows)[:, None]] = 0
    return ids.astype("int32")


@pytest.mark.thorough
def test_labels_of_a_model_that_ships_stay(shipped, tmp_path):
    trained = shipped("imdb_gru_tiny")
    proto = convert.native(trained.model)
    names = excludes(proto)
    kinds = {node.name: node.op_type for node in proto.graph.node}
    assert names
    assert {kinds[name] for name in names} == {"Gather"}
    # Of one, of two and of three tokens.
    assert len(names) == trained.model.get_layer(NGRAMS).longest
    ids = made_ids(trained.tokenizer.size)
    expected = logits(proto, ids)
    small = quantized(proto, tmp_path, names)
    found = logits(small, ids)
    gaps = np.abs(expected[:, 0] - expected[:, 1])
    change = np.abs(found - expected).max()
    # Of logits that go from -8 to 8.
    assert change < 0.1
    clear = gaps > 2 * change
    assert clear.sum() > 300
    same = found.argmax(axis=1) == expected.argmax(axis=1)
    assert same[clear].all()
    assert of_folder(tmp_path) == {
        "model.onnx": names,
        "small.onnx": excludes(small),
    }


def test_weights_of_padding_are_left_out(tmp_path):
    model = random_classifier(cell="lstm", units=40, embedding_size=32)
    random = np.random.default_rng(8)
    for weight in model.model.weights:
        weight.assign(random.normal(0, 0.15, weight.shape))
    proto = convert.native(model.model)
    names = excludes(proto)
    kinds = {node.name: node.op_type for node in proto.graph.node}
    assert [kinds[name] for name in names] == ["LSTM"]
    ids = made_ids(model.tokenizer.size, 16)
    expected = logits(proto, ids)
    small = quantized(proto, tmp_path, names)
    assert "DynamicQuantizeMatMul" not in {n.op_type for n in small.graph.node}
    kept = np.abs(logits(small, ids) - expected).max()
    broken = quantized(proto, tmp_path, [])
    lost = np.abs(logits(broken, ids) - expected).max()
    assert kept < 0.1 * lost
