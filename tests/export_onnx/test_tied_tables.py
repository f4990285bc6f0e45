"""A table that source, target and scores share is in a file once."""

import functools

import numpy as np
import onnx
import pytest
from step_models import (
    SIZE,
    VOCABULARY,
    decoder_step,
    inputs_of,
    language_model,
    translator_forms,
)

from export.onnx import convert, edges, greedy_loop, quantize, translator
from export.onnx.inner_graphs import graphs
from export.runtimes import registry
from zoo import models
from zoo.decoding.translator_step import logit_bias


@functools.cache
def whole():
    """All files of a translator that has one table."""
    model, encoder, step, axes = translator_forms(shared=True)
    read = translator.encoder_model(model, encoder)
    step_proto = translator.step_proto(step, axes)
    bias = logit_bias(step, unknown=False)
    return {
        "encoder": read,
        "decoder_step": edges.checked_step(
            step_proto, translator.TARGET, axes["inputs"]
        ),
        "translate": greedy_loop.with_greedy_loop(read, step_proto, bias),
    }


def tables(proto):
    """Constants of the shape of the table, or of its transpose."""
    shapes = ([VOCABULARY, SIZE], [SIZE, VOCABULARY])
    return [
        tensor
        for graph in graphs(proto.graph)
        for tensor in graph.initializer
        if list(tensor.dims) in shapes
    ]


@functools.cache
def _text_model():
    sizes = {"vocabulary_size": VOCABULARY, "embedding_size": SIZE, "units": 5}
    return models.build("language_model", {**sizes, "tied": True})


@pytest.mark.parametrize("weights", [None, "float16", "int8"])
def test_one_table_in_each_file(weights):
    step, *_ = language_model(cell="gru", layers=2, tied=True)
    files = {**whole(), "step": step, "model": convert.native(_text_model())}
    for name, proto in files.items():
        if weights is not None:
            proto, *_ = quantize.smaller(proto, weights)
            onnx.checker.check_model(proto, full_check=True)
        assert len(tables(proto)) == 1, name


def test_scores_are_computed_in_8_bits(tmp_path):
    proto, _, axes = decoder_step(units=40)
    small, computed, stored = quantize.smaller(proto, "int8")
    assert computed == ["Gemm", "MatMul"] and stored == ["Gather"]
    answers = []
    for one in (proto, small):
        onnx.save(one, tmp_path / "step.onnx")
        run = registry.get("onnxruntime").open(tmp_path / "step.onnx")
        answers.append(run(inputs_of(axes, 3))["logits"])
    largest = np.abs(answers[0]).max()
    gap = np.abs(answers[0] - answers[1]).max()
    assert 1e-6 < gap < 0.1 * largest


def test_files_are_tidy():
    """Names for all nodes, no constant that nothing reads, the same bytes."""
    files, again = whole(), whole.__wrapped__()
    for name, proto in files.items():
        assert proto.SerializeToString() == again[name].SerializeToString()
        for graph in graphs(proto.graph):
            names = [node.name for node in graph.node]
            assert all(names) and len({*names}) == len(names)
        read = {
            name
            for graph in graphs(proto.graph)
            for node in graph.node
            for name in node.input
        }
        read |= {value.name for value in proto.graph.output}
        for graph in graphs(proto.graph):
            made = [one.name for one in graph.initializer]
            made += [name for node in graph.node for name in node.output]
            read.update(value.name for value in graph.output)
            left = {name for name in made if name not in read}
            # An operator may have more outputs than are asked for.
            assert not [name for name in left if "constant" in name]
