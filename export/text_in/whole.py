"""A model from ids, with strings before it and answers behind it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import export.text_in.strings as nodes
import export.text_in.units as units
from export.errors import ConversionError
from export.onnx import checked_file
from export.onnx.graph import Graph
from zoo.text import PairTokenizer, SubwordTokenizer, TextTokenizer
from zoo.text.ids import END, PADDING, START
from zoo.text.subwords import SPACE

if TYPE_CHECKING:
    from onnx import ModelProto

TEXT, LABEL, PROBABILITIES = "text", "label", "probabilities"
LOGITS, TRANSLATION, IDS = "logits", "translation", "ids"
_SOURCE, _TARGET = "source_ids", "target_ids"
# Numbers of the element types in onnx.TensorProto.
_FLOAT, _STRING, _INT32, _INT64 = 1, 8, 6, 7
# What operators of onnxruntime-extensions give, all of it of one axis.
_TYPES = {
    "StringJoin": [_STRING],
    "StringRegexReplace": [_STRING],
    "StringRegexSplitWithOffsets": [_STRING, _INT64, _INT64, _INT64],
    "SentencepieceTokenizer": [_INT32, _INT64],
}


def classifier(
    path: Path, tokenizer: TextTokenizer, labels: Sequence[str]
) -> "ModelProto":
    """From `text`, strings of shape `(batch,)`, to `label`, of the same shape,
    and `probabilities` and `logits`, float32 of shape `(batch, classes)`.

    Args:
        path: of the ONNX file from ids to logits.
        tokenizer: what makes the ids.
        labels: names of the classes.

    Raises:
        ConversionError: for ids that the file does not take in any number.
    """
    model = _read(path)
    before, behind = Graph("text/"), Graph("answer/")
    ids = units.ids(before, TEXT, tokenizer)
    inner = _join(model, before, ids, LOGITS)
    logits = _cut(behind, inner)
    p = behind.add("Softmax", logits, axis=-1)
    best = behind.add("ArgMax", logits, axis=-1, keepdims=0)
    label = behind.add("Gather", nodes.strings(behind, labels), best)
    values = {LABEL: label, PROBABILITIES: p, LOGITS: logits}
    classes = ["batch", len(labels)]
    return _finished(
        model,
        [before, behind],
        values,
        [
            (LABEL, _STRING, ["batch"]),
            (PROBABILITIES, _FLOAT, classes),
            (LOGITS, _FLOAT, classes),
        ],
    )


def translator(path: Path, tokenizer: PairTokenizer) -> "ModelProto":
    """From `text` to `translation`, strings of shape `(batch,)`; an empty text
    is its own translation.

    Args:
        path: of the ONNX file from `source_ids` to `target_ids`.
        tokenizer: of both sides.

    Raises:
        ConversionError: as `classifier`.
    """
    model = _read(path)
    before, behind = Graph("text/"), Graph("answer/")
    ids = units.ids(before, TEXT, tokenizer.source)
    written = _join(model, before, ids, _TARGET)
    pieces = [
        "" if one in (PADDING, START, END) else piece
        for one, piece in enumerate(tokenizer.target.pieces)
    ]
    joined = nodes.join(
        behind, behind.add("Gather", nodes.strings(behind, pieces), written)
    )
    joined = nodes.replace(behind, joined, f"^{SPACE}", "")
    joined = nodes.replace(behind, joined, SPACE, " ")
    longest = behind.add("ReduceMax", ids, behind.constant([1]), keepdims=0)
    there = behind.add("Greater", longest, behind.constant(np.int64(PADDING)))
    empty = nodes.strings(behind, [""])
    joined = behind.add("Where", there, joined, empty)
    return _finished(
        model,
        [before, behind],
        {TRANSLATION: _cut(behind, joined)},
        [(TRANSLATION, _STRING, ["batch"])],
    )


def ids_alone(tokenizer: TextTokenizer | SubwordTokenizer) -> "ModelProto":
    """From `text` to `ids`, int64 of shape `(batch or 1, time)`: without a
    model, to compare them.
    """
    import onnx

    graph = Graph("text/")
    ids = units.ids(graph, TEXT, tokenizer)
    return _finished(
        onnx.ModelProto(),
        [graph],
        {IDS: ids},
        [(IDS, _INT64, ["rows", "time"])],
    )


def _read(path: Path) -> "ModelProto":
    import onnx

    return onnx.load_model_from_string(checked_file.checked(path))


def _join(model: "ModelProto", before: Graph, ids: str, output: str) -> str:
    """Makes a model read these ids; the name of its answer."""
    (given,) = model.graph.input
    (answer,) = model.graph.output
    if answer.name != output:
        raise ConversionError(f"The ONNX file must give `{output}`.")
    tensor = given.type.tensor_type
    if any(axis.dim_value for axis in tensor.shape.dim):
        raise ConversionError(
            "A file from text to answer takes texts of any number and length. "
            "Leave out --text-in, or --batch-size and --length."
        )
    if tensor.elem_type != _INT64:
        ids = before.add("Cast", ids, to=tensor.elem_type)
    before.rename(ids, given.name)
    # Its name is taken by what comes out in the end.
    inner = f"inner/{output}"
    for node in model.graph.node:
        for place, name in enumerate(node.output):
            if name == output:
                node.output[place] = inner
        for place, name in enumerate(node.input):
            if name == output:
                node.input[place] = inner
    return inner


def _cut(behind: Graph, value: str) -> str:
    """Adds what leaves as many rows as there are texts."""
    rows = behind.add("Shape", TEXT)
    return behind.add("Slice", value, behind.constant([0]), rows)


def _finished(model, graphs, values, outputs) -> "ModelProto":
    """Puts nodes before and behind a model's own."""
    from onnx import helper

    before, *rest = graphs
    for graph in rest:
        for name, value in values.items():
            graph.rename(value, name)
    if not rest:
        for name, value in values.items():
            before.rename(value, name)
    whole = model.graph
    own = list(whole.node)
    del whole.node[:], whole.input[:], whole.output[:]
    whole.name = whole.name or "recurrent_zoo"
    whole.node.extend(before.nodes)
    whole.node.extend(own)
    for graph in rest:
        whole.node.extend(graph.nodes)
    for graph in graphs:
        whole.initializer.extend(graph.initializers())
    value = helper.make_tensor_value_info
    # ONNX does not know these operators, and its check ends the process at
    # some of what reads a value without a type.
    for node in whole.node:
        if node.domain == nodes.DOMAIN:
            types = _TYPES[node.op_type]
            for name, element in zip(node.output, types, strict=True):
                whole.value_info.append(value(name, element, [None]))
    whole.input.append(value(TEXT, _STRING, ["batch"]))
    whole.output.extend(value(*output) for output in outputs)
    versions = {one.domain: one.version for one in model.opset_import}
    versions[""] = max(versions.get("", 0), nodes.OPSET)
    versions.setdefault(nodes.LOOKUP_DOMAIN, nodes.LOOKUP_VERSION)
    versions.setdefault(nodes.DOMAIN, 1)
    del model.opset_import[:]
    for domain, version in versions.items():
        model.opset_import.append(helper.make_opsetid(domain, version))
    model.ir_version = max(
        model.ir_version,
        helper.find_min_ir_version_for([helper.make_opsetid("", versions[""])]),
    )
    return model
