"""A translator as one ONNX file: its encoder, and a loop over its step.

The loop starts from `START` and what the encoder says. Each round runs the
step, takes the most probable token of every row, and ends when every row has
ended or is as long as it may be; rows that have ended get `PADDING`.

A large constant that both have, as a table of vectors that source and target
share, stays outside of the loop, once. ONNX Runtime was as fast with it there.
"""

from typing import TYPE_CHECKING

import numpy as np

from export.onnx import edges
from export.onnx.graph import Graph, finished
from export.onnx.translator import SOURCE, TARGET
from zoo.decoding.translator_step import max_target_length
from zoo.models.translator import MEMORY
from zoo.text.ids import END, PADDING, START

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

# Numbers of the element types in onnx.TensorProto.
_FLOAT, _INT32, _INT64, _BOOL = 1, 6, 7, 9
# Before the names of the step, so that none is a name of the encoder; and what
# the loop reads from outside.
_STEP, _LIMITS = "step/", "limits"
# Smaller constants would save less than they confuse.
_LARGE = 1_024


def with_greedy_loop(
    encoder: "ModelProto", step: "ModelProto", bias: np.ndarray
) -> "ModelProto":
    """Encoder and step as one `onnx.ModelProto` with a loop in it.

    Args:
        encoder: what `export.onnx.translator.encoder_model` returned.
        step: what `export.onnx.translator.step_proto` returned.
        bias: what to add to the logits, of shape `(1, vocabulary)`.

    Returns:
        A model from `source_ids` to `target_ids`, int32 of shape
        `(batch, target_time)`, padded behind the end; one without an end is
        cut off as `zoo.decoding.Translator` does it.
    """
    from onnx import helper

    states = {
        value.name: value.type.tensor_type.shape.dim[1].dim_value
        for value in encoder.graph.output
        if value.name not in MEMORY
    }
    (opset,) = [one.version for one in encoder.opset_import if not one.domain]
    start, graph = Graph("start/", opset), Graph("loop/", opset)
    source, shape = edges.at_least_one(start, SOURCE)
    body = _body(step, states, bias, _shared(encoder, step), opset)
    rows = graph.add("Shape", source, end=1)
    most = _longest(graph, source)
    first = graph.add(
        "ConstantOfShape",
        rows,
        value=helper.make_tensor("value", _INT32, [1], [START]),
    )
    *_, tokens = graph.add(
        "Loop",
        most,
        graph.constant(np.array(True)),
        first,
        *states,
        outputs=2 + len(states),
        body=body,
    )
    tokens = graph.add("Transpose", tokens, perm=[1, 0])
    graph.rename(edges.cut(graph, tokens, shape, time=False), TARGET)
    axes = ["batch", "target_time"]
    reading = edges.reading(encoder.graph.node, {SOURCE: source})
    whole = helper.make_graph(
        [*start.nodes, *reading, *graph.nodes],
        "recurrent_zoo",
        list(encoder.graph.input),
        [helper.make_tensor_value_info(TARGET, _INT32, axes)],
        [
            *encoder.graph.initializer,
            *start.initializers(),
            *graph.initializers(),
        ],
    )
    return finished(whole, opset)


def _longest(graph: Graph, source: str) -> str:
    """Adds how long each translation may be, as `_LIMITS`, and the longest."""
    padding = graph.constant(np.int32(PADDING))
    length = graph.add("Not", graph.add("Equal", source, padding))
    length = graph.add("Cast", length, to=_INT32)
    length = graph.add("ReduceSum", length, graph.constant([1]), keepdims=0)
    # `max_target_length` is a straight line: its value at 0, and its slope.
    begin = np.int32(max_target_length(0))
    slope = np.int32(max_target_length(1) - max_target_length(0))
    limits = graph.add("Mul", length, graph.constant(slope))
    limits = graph.add("Add", limits, graph.constant(begin))
    graph.rename(limits, _LIMITS)
    most = graph.add("Cast", limits, to=_INT64)
    return graph.add("ReduceMax", most, keepdims=0)


def _shared(encoder, step) -> dict[str, str]:
    """Names of large constants of the step, and what the encoder calls them."""

    def content(tensor):
        return tensor.data_type, (*tensor.dims,), tensor.raw_data

    names = {
        content(tensor): tensor.name for tensor in encoder.graph.initializer
    }
    return {
        tensor.name: names[content(tensor)]
        for tensor in step.graph.initializer
        if np.prod(tensor.dims) >= _LARGE and content(tensor) in names
    }


def _body(
    step: "ModelProto",
    states: dict[str, int],
    bias: np.ndarray,
    outside: dict[str, str],
    opset: int,
) -> "GraphProto":
    """One round of the loop as an `onnx.GraphProto`.

    In: its number, whether to go on, the last token of each row, and the
    states of the step before it. Out: whether to go on, the token and the
    states for the next round, and the token that is collected.
    """
    from onnx import helper

    body = Graph(f"{_STEP}own/", opset)
    padding = body.constant(np.int32(PADDING))
    alive = body.add("Not", body.add("Equal", "last", padding))
    # A row that has ended reads something all the same.
    token_in = body.add("Max", "last", body.constant(np.int32(START)))
    token_in = body.add("Unsqueeze", token_in, body.constant([1]))
    body.rename(token_in, _inner(TARGET))
    body.nodes.extend(_inner_node(node, outside) for node in step.graph.node)
    logits = body.add("Add", _inner("logits"), body.constant(bias))
    token = body.add("ArgMax", logits, axis=1, keepdims=0)
    token = body.add("Cast", token, to=_INT32)
    token = body.add("Where", alive, token, padding)
    ended = body.add("Equal", token, body.constant(np.int32(END)))
    t = body.add("Cast", "t", to=_INT32)
    t = body.add("Add", t, body.constant(np.int32(1)))
    ended = body.add("Or", ended, body.add("GreaterOrEqual", t, _LIMITS))
    following = body.add("Where", ended, padding, token)
    going_on = body.add("Cast", following, to=_FLOAT)
    going_on = body.add("ReduceMax", going_on, keepdims=0)
    going_on = body.add("Cast", going_on, to=_BOOL)
    value = helper.make_tensor_value_info

    def described(named):
        # OpenVINO asks for the number of axes of what goes round.
        return [
            value(named(name), _FLOAT, ["batch", size])
            for name, size in states.items()
        ]

    return helper.make_graph(
        body.nodes,
        "step",
        [
            value("t", _INT64, []),
            value("go_on", _BOOL, []),
            value("last", _INT32, ["batch"]),
            *described(_inner),
        ],
        [
            value(going_on, _BOOL, []),
            value(following, _INT32, ["batch"]),
            *described(lambda name: _inner(f"next_{name}")),
            value(token, _INT32, ["batch"]),
        ],
        [
            *body.initializers(),
            *(
                _inner_constant(tensor)
                for tensor in step.graph.initializer
                if tensor.name not in outside
            ),
        ],
    )


def _inner(name: str) -> str:
    """A name of the step within the loop, which sees the memory outside."""
    return name if name in MEMORY else f"{_STEP}{name}"


def _inner_node(node, outside):
    from onnx import helper

    copy = helper.make_node(
        node.op_type,
        # An empty name is an optional input that is left out.
        [name and outside.get(name, _inner(name)) for name in node.input],
        [name and _inner(name) for name in node.output],
        _inner(node.name or node.output[0]),
        domain=node.domain,
    )
    copy.attribute.extend(node.attribute)
    return copy


def _inner_constant(tensor):
    import onnx

    copy = onnx.TensorProto()
    copy.CopyFrom(tensor)
    copy.name = _inner(tensor.name)
    return copy
