"""The layers of a model as ONNX nodes, without a loop.

Where the exporter does not know a layer or a cell it says so, and the whole
model goes through tf2onnx instead, which turns recurrence into a slow loop.
"""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np

from export.onnx import edges, ngrams, recurrent
from export.onnx.graph import Graph
from export.onnx.values import Unknown, Value
from zoo import layers

# Numbers of the element types in onnx.TensorProto.
_FLOAT, _INT32 = 1, 6


def add(graph: Graph, model: keras.Model, token_ids: str) -> str:
    """Adds all layers of a model with one input.

    Args:
        graph: where to.
        model: from token ids to `logits`.
        token_ids: name of the ids, int32 of shape `(batch, time)`.

    Returns:
        The name of the logits.

    Raises:
        Unknown: for a layer that this exporter does not know.
    """
    if not isinstance(model, keras.Model):
        raise Unknown(type(model).__name__)
    ids, shape = edges.at_least_one(graph, token_ids)
    values = {id(model.inputs[0]): Value(ids)}
    logits = model.outputs[0]

    def asked_for(value):
        return dataclasses.replace(
            value, name=edges.cut(graph, value.name, shape, _has_time(logits))
        )

    def value_of(tensor):
        if id(tensor) in values:
            return values[id(tensor)]
        layer, call, _ = tensor._keras_history
        if type(layer) not in _LAYERS:
            raise Unknown(type(layer).__name__)
        node = layer._inbound_nodes[call]
        # A mask is among a layer's inputs too; it goes its own way here.
        inputs = [
            value_of(x)
            for x in node.input_tensors
            if isinstance(x._keras_history.operation, keras.layers.Layer)
        ]
        if tensor is logits and _has_time(logits):
            # Before the widest product, behind which it would cost more.
            inputs = [asked_for(value) for value in inputs]
        write = _LAYERS[type(layer)]
        if node.arguments.kwargs.get("reverse"):
            write = _reversed_embedding
        values[id(tensor)] = write(graph, layer, *inputs)
        return values[id(tensor)]

    found = value_of(logits)
    return (found if _has_time(logits) else asked_for(found)).name


def _has_time(logits) -> bool:
    """Whether there are logits at each step."""
    return len(logits.shape) > 2


def _embedding(graph, layer, ids):
    if getattr(layer, "mask_zero", False):
        return masked_embedding(graph, layer, ids)
    return Value(
        graph.add(
            "Gather", graph.constant(np.asarray(layer.embeddings)), ids.name
        )
    )


def masked_embedding(
    graph: Graph, layer: keras.layers.Layer, ids: Value
) -> Value:
    """Adds an embedding whose id 0 is padding."""
    table = graph.constant(np.asarray(layer.embeddings))
    x = graph.add("Gather", table, ids.name)
    zero = graph.constant(np.int32(0))
    keep = graph.add("Not", graph.add("Equal", ids.name, zero))
    whole = graph.add("Cast", keep, to=_INT32)
    axis = graph.constant([1])
    lengths = graph.add("ReduceSum", whole, axis, keepdims=0)
    keep = graph.add("Cast", keep, to=_FLOAT)
    keep = graph.add("Unsqueeze", keep, graph.constant([2]))
    return Value(x, lengths, keep)


def _reversed_embedding(graph, layer, x):
    table = graph.constant(np.asarray(layer.embeddings).T)
    logits = graph.add("MatMul", x.name, table)
    bias = graph.constant(np.asarray(layer.bias))
    return Value(graph.add("Add", logits, bias))


def _nothing(graph, layer, x):
    return x


def _concatenate(graph, layer, *inputs):
    if layer.axis != -1:
        raise Unknown(f"Concatenate along axis {layer.axis}")
    names = [value.name for value in inputs]
    return dataclasses.replace(
        inputs[0], name=graph.add("Concat", *names, axis=-1)
    )


def dense(graph: Graph, layer: keras.layers.Layer, x: Value) -> Value:
    """Adds a dense layer.

    Raises:
        Unknown: for an activation that has no operator.
    """
    y = graph.add("MatMul", x.name, graph.constant(np.asarray(layer.kernel)))
    y = graph.add("Add", y, graph.constant(np.asarray(layer.bias)))
    name = layer.activation.__name__
    if name == "linear":
        return dataclasses.replace(x, name=y)
    if name not in ("relu", "tanh", "sigmoid"):
        raise Unknown(f"Dense with activation {name}")
    return dataclasses.replace(x, name=graph.add(name.capitalize(), y))


def _mean(graph, layer, x):
    kept, steps = _kept(graph, x)
    one, axis = graph.constant(np.float32(1)), graph.constant([1])
    steps = graph.add("ReduceSum", steps, axis, keepdims=0)
    total = graph.add("ReduceSum", kept, axis, keepdims=0)
    return Value(graph.add("Div", total, graph.add("Max", steps, one)))


def _max(graph, layer, x):
    axis = graph.constant([1])
    lowered = x.name
    if x.keep:
        fall = graph.add("Sub", x.keep, graph.constant(np.float32(1)))
        fall = graph.add("Mul", fall, graph.constant(np.float32(30000)))
        lowered = graph.add("Add", x.name, fall)
    highest = graph.add("ReduceMax", lowered, axis, keepdims=0)
    if x.keep:
        any_step = graph.add("ReduceMax", x.keep, axis, keepdims=0)
        highest = graph.add("Mul", highest, any_step)
    return Value(highest)


def _attention(graph, layer, x):
    hidden = dense(graph, layer.hidden, x)
    kernel = graph.constant(np.asarray(layer.score.kernel))
    e = graph.add("MatMul", hidden.name, kernel)
    if x.keep:
        fall = graph.add("Sub", x.keep, graph.constant(np.float32(1)))
        fall = graph.add("Mul", fall, graph.constant(np.float32(30000)))
        e = graph.add("Add", e, fall)
    a = graph.add("Softmax", e, axis=1)
    if x.keep:
        a = graph.add("Mul", a, x.keep)
    weighted = graph.add("Mul", a, x.name)
    axis = graph.constant([1])
    return Value(graph.add("ReduceSum", weighted, axis, keepdims=0))


def _kept(graph, x):
    """The steps of `x` that are not masked, and ones for them."""
    if x.keep:
        return graph.add("Mul", x.name, x.keep), x.keep
    ones = graph.add("Shape", x.name, start=0, end=2)
    ones = graph.add("Concat", ones, graph.constant([1]), axis=0)
    return x.name, graph.add("Expand", graph.constant(np.ones(1)), ones)


def _with_ngrams(graph, layer, logits, token_ids):
    return Value(ngrams.add(graph, layer, logits.name, token_ids.name))


_LAYERS: dict[type, Callable] = {
    keras.layers.Embedding: _embedding,
    keras.layers.SpatialDropout1D: _nothing,
    keras.layers.Dropout: _nothing,
    keras.layers.Concatenate: _concatenate,
    keras.layers.Dense: dense,
    layers.MeanPooling: _mean,
    layers.MaxPooling: _max,
    layers.AttentionPooling: _attention,
    layers.Stacked: recurrent.stacked,
    layers.TiedEmbedding: _embedding,
    layers.WithNgrams: _with_ngrams,
}
