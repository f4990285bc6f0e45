"""A translator as ONNX: its encoder, and one step of its decoder.

encoder.onnx        source ids -> memory and first states
decoder_step.onnx   one token, states, memory -> logits, states, attention

`export.onnx.greedy_loop` makes one file of the two.
"""

from typing import TYPE_CHECKING

import keras
import numpy as np

from export.onnx import (
    convert,
    decoder_step,
    edges,
    guarded,
    layers,
    recurrent,
)
from export.onnx.graph import Graph
from export.onnx.values import Unknown, Value
from export.request import OPSET
from zoo.models.layer_names import (
    BRIDGE,
    DECODER,
    ENCODER,
    KEYS,
    SOURCE_EMBEDDING,
    TARGET_EMBEDDING,
)
from zoo.models.translator import MEMORY

if TYPE_CHECKING:
    from onnx import ModelProto

SOURCE, TARGET = "source_ids", "target_ids"
# Numbers of the element types in onnx.TensorProto.
_FLOAT, _INT32 = 1, 6


def encoder_axes(encoder: keras.Model) -> dict:
    """Inputs and outputs of the encoder: by name, its axes."""
    outputs = {}
    for name, value in encoder.output.items():
        shape = ["batch", *value.shape[1:]]
        if name in MEMORY:
            shape[1] = "source_time"
        outputs[name] = shape
    return {"inputs": {SOURCE: ["batch", "source_time"]}, "outputs": outputs}


def step_axes(encoder: keras.Model, step_model: keras.Model) -> dict:
    """Inputs and outputs of a step of the decoder: by name, its axes.

    What comes out as `next_state_0` goes in as `state_0`; the memory goes in
    unchanged.
    """
    given = encoder_axes(encoder)["outputs"]
    vocabulary = step_model.output["logits"].shape[-1]
    outputs = {"logits": ["batch", vocabulary]}
    for name in step_model.output:
        if name == "attention":
            outputs[name] = ["batch", "source_time"]
        elif name != "logits":
            outputs[f"next_{name}"] = given[name]
    return {"inputs": {TARGET: ["batch", 1], **given}, "outputs": outputs}


def encoder_model(
    model: keras.Model,
    encoder: keras.Model,
    opset: int = OPSET,
    fixed: bool = False,
) -> "ModelProto":
    """The encoder as an `onnx.ModelProto`: node by node where all its layers
    are known, else through tf2onnx.

    Args:
        model: a translator.
        encoder: its encoder form.
        opset: version of the operators.
        fixed: whether there is always at least one row and one step.

    Raises:
        ConversionError: for an operation that ONNX lacks.
    """
    axes = encoder_axes(encoder)
    try:
        return _native_encoder(model, axes, opset, fixed)
    except Unknown as error:
        unknown = error
    import tensorflow as tf

    def read(source_ids):
        return encoder(source_ids, training=False)

    found = convert.from_function(
        read,
        [tf.TensorSpec([None, None], tf.int32, SOURCE)],
        {**axes["inputs"], **axes["outputs"]},
        opset,
    )
    guarded.guard(found, SOURCE, axes["outputs"], masked=True, fixed=fixed)
    convert.warn_of_loop(found, unknown)
    return found


def _native_encoder(model, axes, opset, fixed):
    graph = Graph(opset=opset)
    names = {layer.name for layer in model.layers}
    # Source and target may share one.
    table = SOURCE_EMBEDDING if SOURCE_EMBEDDING in names else TARGET_EMBEDDING
    if fixed:
        ids, shape = edges.checked(graph, SOURCE), ""
    else:
        ids, shape = edges.at_least_one(graph, SOURCE)
    x = layers.masked_embedding(
        graph,
        model.get_layer(table),
        Value(layers.time_first(graph, ids)),
        shared=table == TARGET_EMBEDDING,
    )
    stacked = model.get_layer(ENCODER)
    memory, states = recurrent.with_states(graph, stacked, x)
    joined = Value(graph.add("Concat", *states, axis=-1))
    bridge = layers.dense(graph, model.get_layer(BRIDGE), joined)
    sizes = model.get_layer(DECODER).state_size
    first = [bridge.name]
    if len(sizes) > 1:
        first = graph.add(
            "Split",
            bridge.name,
            graph.constant(np.array(sizes, "int64")),
            axis=-1,
            outputs=len(sizes),
        )
    if KEYS in names:
        kernel = graph.constant(np.asarray(model.get_layer(KEYS).kernel))
        read = graph.add("Mul", memory.name, memory.keep)
        read = graph.add("Transpose", read, perm=[1, 0, 2])
        keys = graph.add("MatMul", read, kernel)
        mask = graph.add("Squeeze", memory.keep, graph.constant([2]))
        mask = graph.add("Transpose", mask, perm=[1, 0])
        for value, name in zip((read, keys, mask), MEMORY, strict=True):
            graph.rename(edges.cut(graph, value, shape, time=True), name)
    for number, value in enumerate(first):
        value = edges.cut(graph, value, shape, time=False)
        graph.rename(value, f"state_{number}")
    return graph.model(
        [(SOURCE, (_INT32, axes["inputs"][SOURCE]))],
        [(name, (_FLOAT, axis)) for name, axis in axes["outputs"].items()],
    )


def step_proto(
    step_model: keras.Model, axes: dict, opset: int = OPSET
) -> "ModelProto":
    """A step of the decoder as an `onnx.ModelProto`, without a loop: node by
    node where all its layers are known, else through tf2onnx.

    Args:
        step_model: the step form.
        axes: what `step_axes` gave.
        opset: version of the operators.

    Raises:
        ConversionError: for an operation that ONNX lacks.
    """
    try:
        return _native_step(step_model, axes, opset)
    except Unknown as error:
        unknown = error
    found = _converted_step(step_model, axes, opset)
    convert.warn_of_loop(found, unknown)
    return found


def _native_step(step_model, axes, opset):
    graph = Graph(opset=opset)
    memory = [name for name in MEMORY if name in axes["inputs"]]
    states = [n for n in axes["inputs"] if n not in (TARGET, *memory)]
    logits, weights, following = decoder_step.add(
        graph, step_model, TARGET, memory, states
    )
    graph.rename(logits, "logits")
    if weights:
        graph.rename(weights, "attention")
    for value, name in zip(following, states, strict=True):
        graph.rename(value, f"next_{name}")
    return graph.model(
        [
            (name, (_INT32 if name == TARGET else _FLOAT, shape))
            for name, shape in axes["inputs"].items()
        ],
        [(name, (_FLOAT, shape)) for name, shape in axes["outputs"].items()],
    )


def _converted_step(step_model, axes, opset):
    import tensorflow as tf

    signature = [
        tf.TensorSpec(
            [None if isinstance(axis, str) else axis for axis in shape],
            tf.int32 if name == TARGET else tf.float32,
            name,
        )
        for name, shape in axes["inputs"].items()
    ]

    def step(*values):
        inputs = dict(zip(axes["inputs"], values, strict=True))
        outputs = step_model(inputs, training=False)
        result = {"logits": outputs["logits"][:, 0]}
        for name, value in outputs.items():
            if name == "attention":
                result[name] = value[:, 0]
            elif name != "logits":
                result[f"next_{name}"] = value
        return result

    named = {**axes["inputs"], **axes["outputs"]}
    return convert.from_function(step, signature, named, opset)
