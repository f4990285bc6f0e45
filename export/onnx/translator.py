"""A translator as ONNX: encoder, one step of the decoder, and both with a loop.

encoder.onnx        source ids -> memory and first states
decoder_step.onnx   one token, states, memory -> logits, states, attention
translate.onnx      source ids -> target ids, greedily; the loop is inside
"""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from export.onnx import convert, layers
from export.onnx.graph import Graph, finished
from zoo.decoding.translator_step import max_target_length
from zoo.models.layer_names import BRIDGE, DECODER, ENCODER, KEYS
from zoo.models.translator import MEMORY
from zoo.text.ids import END, PADDING, START

SOURCE, TARGET = "source_ids", "target_ids"
_FLOAT, _INT32, _INT64, _BOOL = 1, 6, 7, 9
# Names within the loop, where those of the whole graph can be seen too.
_INNER, _LIMITS = "step/", "limits"


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


def encoder_model(model: keras.Model, encoder: keras.Model):
    """The encoder as an `onnx.ModelProto`: node by node where all its layers
    are known, else through tf2onnx.

    Args:
        model: a translator.
        encoder: its encoder form.

    Raises:
        ConversionError: for an operation that ONNX lacks.
    """
    axes = encoder_axes(encoder)
    try:
        return _native_encoder(model, axes)
    except layers.Unknown:
        pass
    import tensorflow as tf

    def read(source_ids):
        return encoder(source_ids, training=False)

    return convert.from_function(
        read,
        [tf.TensorSpec([None, None], tf.int32, SOURCE)],
        {**axes["inputs"], **axes["outputs"]},
    )


def _native_encoder(model, axes):
    graph = Graph()
    names = {layer.name for layer in model.layers}
    table = "source_embedding"
    if table not in names:
        table = "target_embedding"
    x = layers.masked_embedding(
        graph, model.get_layer(table), layers.Value(SOURCE)
    )
    stacked = model.get_layer(ENCODER)
    memory, states = layers.with_states(graph, stacked, x)
    joined = layers.Value(graph.add("Concat", *states, axis=-1))
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
    if "keys" in names:
        kernel = graph.constant(np.asarray(model.get_layer(KEYS).kernel))
        keys = graph.add("MatMul", memory.name, kernel)
        mask = graph.add("Squeeze", memory.keep, graph.constant([2]))
        for value, name in zip((memory.name, keys, mask), MEMORY, strict=True):
            graph.rename(value, name)
    for place, value in enumerate(first):
        graph.rename(value, f"state_{place}")
    return graph.model(
        [(SOURCE, (_INT32, axes["inputs"][SOURCE]))],
        [(name, (_FLOAT, axis)) for name, axis in axes["outputs"].items()],
        convert.OPSET,
    )


def step_proto(step_model: keras.Model, axes: dict):
    """A step of the decoder as an `onnx.ModelProto`, without a loop.

    Args:
        step_model: the step form.
        axes: what `step_axes` gave.

    Raises:
        ConversionError: for an operation that ONNX lacks.
    """
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
    return convert.from_function(step, signature, named)


def looped(encoder, step, bias: np.ndarray):
    """Encoder and step as one `onnx.ModelProto` with a loop in it.

    Args:
        encoder: what `encoder_model` returned.
        step: what `step_proto` returned.
        bias: what to add to the logits, of shape `(1, vocabulary)`.

    Returns:
        A model from `source_ids` to `target_ids`, int32 of shape
        `(batch, target_time)`, padded behind the end; one without an end is
        cut off as `zoo.decoding.Translator` does it.
    """
    from onnx import helper

    states = [x.name for x in encoder.graph.output if x.name not in MEMORY]
    outer, body = Graph("loop/"), Graph("step/own/")

    # In the loop: the last token, the states of the one before it.
    def inner(name):
        return name if name in MEMORY else f"{_INNER}{name}"

    nodes = []
    for node in step.graph.node:
        copy = helper.make_node(
            node.op_type,
            [name and inner(name) for name in node.input],
            [name and inner(name) for name in node.output],
            domain=node.domain,
        )
        copy.attribute.extend(node.attribute)
        nodes.append(copy)
    nothing = body.constant(np.int32(PADDING))
    alive = body.add("Not", body.add("Equal", "last", nothing))
    asked = body.add("Max", "last", body.constant(np.int32(START)))
    asked = body.add("Unsqueeze", asked, body.constant([1]))
    body.rename(asked, inner(TARGET))
    body.nodes.extend(nodes)
    allowed = body.add("Add", inner("logits"), body.constant(bias))
    token = body.add("ArgMax", allowed, axis=-1, keepdims=0)
    token = body.add("Cast", token, to=_INT32)
    token = body.add("Where", alive, token, nothing)
    ended = body.add("Equal", token, body.constant(np.int32(END)))
    t = body.add("Cast", "t", to=_INT32)
    t = body.add("Add", t, body.constant(np.int32(1)))
    ended = body.add("Or", ended, body.add("GreaterOrEqual", t, _LIMITS))
    following = body.add("Where", ended, nothing, token)
    going_on = body.add("Cast", following, to=_FLOAT)
    going_on = body.add("ReduceMax", going_on, keepdims=0)
    going_on = body.add("Cast", going_on, to=_BOOL)

    def value(name, kind, shape=None):
        return helper.make_tensor_value_info(name, kind, shape)

    loop_body = helper.make_graph(
        body.nodes,
        "step",
        [
            value("t", _INT64, []),
            value("go_on", _BOOL, []),
            value("last", _INT32, ["batch"]),
            *(value(inner(name), _FLOAT) for name in states),
        ],
        [
            value(going_on, _BOOL, []),
            value(following, _INT32, ["batch"]),
            *(value(inner(f"next_{name}"), _FLOAT) for name in states),
            value(token, _INT32, ["batch"]),
        ],
        [
            *body.initializers(),
            *(_renamed(one, inner(one.name)) for one in step.graph.initializer),
        ],
    )
    rows = outer.add("Shape", SOURCE, end=1)
    zero = outer.constant(np.int32(PADDING))
    units = outer.add("Not", outer.add("Equal", SOURCE, zero))
    units = outer.add("Cast", units, to=_INT32)
    units = outer.add("ReduceSum", units, outer.constant([1]), keepdims=0)
    # `max_target_length` is a straight line: its value at 0, and its slope.
    begin = np.int32(max_target_length(0))
    slope = np.int32(max_target_length(1) - max_target_length(0))
    limits = outer.add("Mul", units, outer.constant(slope))
    limits = outer.add("Add", limits, outer.constant(begin))
    outer.rename(limits, _LIMITS)
    most = outer.add("Cast", limits, to=_INT64)
    most = outer.add("ReduceMax", most, keepdims=0)
    first = outer.add(
        "ConstantOfShape",
        rows,
        value=helper.make_tensor("value", _INT32, [1], [START]),
    )
    *_, tokens = outer.add(
        "Loop",
        most,
        outer.constant(np.array(True)),
        first,
        *states,
        outputs=2 + len(states),
        body=loop_body,
    )
    tokens = outer.add("Transpose", tokens, perm=[1, 0])
    outer.rename(tokens, TARGET)
    graph = helper.make_graph(
        [*encoder.graph.node, *outer.nodes],
        "recurrent_zoo",
        list(encoder.graph.input),
        [value(TARGET, _INT32, ["batch", "target_time"])],
        [*encoder.graph.initializer, *outer.initializers()],
    )
    return finished(graph, convert.OPSET)


def _renamed(tensor, name):
    import onnx

    copy = onnx.TensorProto()
    copy.CopyFrom(tensor)
    copy.name = name
    return copy


def read(path: Path) -> Callable[[dict], dict]:
    """A file in ONNX Runtime, as a function of a dict to a dict.

    Raises:
        ConversionError: if ONNX Runtime refuses it, here or when it runs.
    """
    session, run = convert.session(path)
    names = [output.name for output in session.get_outputs()]
    return lambda inputs: dict(zip(names, run(names, inputs), strict=True))
