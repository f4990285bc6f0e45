"""The layers of a model as ONNX nodes, without a loop.

Where the exporter does not know a layer or a cell it says so, and the whole
model goes through tf2onnx instead, which turns recurrence into a slow loop.
"""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np

from export.onnx import edges, ngrams, padding, recurrent, tied_embedding
from export.onnx.graph import Graph
from export.onnx.values import Unknown, Value
from zoo import layers

# Number of the element type in onnx.TensorProto.
_FLOAT = 1


def add(
    graph: Graph, model: keras.Model, token_ids: str, fixed: bool = False
) -> str:
    """Adds all layers of a model with one input.

    Args:
        graph: where to.
        model: from token ids to `logits`.
        token_ids: name of the ids, int32 of shape `(batch, time)`.
        fixed: whether there is always at least one row and one step.

    Returns:
        The name of the logits.

    Raises:
        Unknown: for a layer that this exporter does not know.
    """
    if not isinstance(model, keras.Model):
        raise Unknown(type(model).__name__)
    if fixed:
        found, shape = edges.checked(graph, token_ids), ""
    else:
        found, shape = edges.at_least_one(graph, token_ids)
    ids = Value(time_first(graph, found), size=_vocabulary(model))
    values = {id(model.inputs[0]): ids}
    logits = model.outputs[0]

    def asked_for(value):
        name = value.name
        if _has_time(logits):
            name = graph.add("Transpose", name, perm=[1, 0, 2])
        return Value(edges.cut(graph, name, shape, _has_time(logits)))

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
            if type(layer) not in _PER_STEP:
                raise Unknown(f"{type(layer).__name__} as the last layer")
            # Before the widest product, behind which it would cost more.
            inputs = [asked_for(value) for value in inputs]
        write = _LAYERS[type(layer)]
        if node.arguments.kwargs.get("reverse"):
            write = _reversed_embedding
        values[id(tensor)] = write(graph, layer, *inputs)
        return values[id(tensor)]

    result = value_of(logits)
    return (result if _has_time(logits) else asked_for(result)).name


def _vocabulary(model) -> int:
    """How many ids its embeddings know."""
    sizes = [
        one.embeddings.shape[0]
        for one in model.layers
        if hasattr(one, "embeddings")
    ]
    return min(sizes, default=0)


def _has_time(logits) -> bool:
    """Whether there are logits at each step."""
    return len(logits.shape) > 2


def time_first(graph: Graph, ids: str) -> str:
    """Adds what brings ids into the order of ONNX's recurrent operators."""
    return graph.add("Transpose", ids, perm=[1, 0])


def _embedding(graph, layer, ids):
    if getattr(layer, "mask_zero", False):
        return masked_embedding(graph, layer, ids)
    return Value(_rows(graph, np.asarray(layer.embeddings), ids.name))


def masked_embedding(
    graph: Graph, layer: keras.layers.Layer, ids: Value, shared: bool = False
) -> Value:
    """Adds an embedding whose id 0 is padding.

    Args:
        graph: where to.
        layer: a Keras layer with `embeddings`.
        ids: int32, of shape `(time, batch)`.
        shared: whether its table is read elsewhere too. Else it may hold what
            recurrent operators want to know of padding.
    """
    table = np.asarray(layer.embeddings)
    zero = graph.constant(np.int32(0))
    keep = graph.add("Greater", ids.name, zero)
    keep = graph.add("Cast", keep, to=_FLOAT)
    keep = graph.add("Unsqueeze", keep, graph.constant([2]))
    checked = edges.unbroken(graph, ids.name, keep)
    x = _rows(graph, table, checked)
    graph.at_padding[x] = float(np.abs(table[0]).max())
    if not shared:
        # Nothing else is asked of the vector of padding.
        column = np.zeros((len(table), 1), "float32")
        column[0] = 1
        wider = np.concatenate([table, column], axis=1)
        wider[0, :-1] = 0
        padding.has_column(graph, x, keep, _rows(graph, wider, checked))
        graph.at_padding[x] = 0.0
    return Value(x, keep)


def _rows(graph, table, ids):
    return graph.add(
        "Gather", graph.constant(table), ids, node_name=edges.LOOK_UP
    )


def _reversed_embedding(graph, layer, x):
    return Value(tied_embedding.scores_of_steps(graph, layer, x.name))


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
    if not x.keep:
        return Value(graph.reduce("ReduceMean", x.name, 0))
    kept = graph.add("Mul", x.name, x.keep)
    steps = graph.reduce("ReduceSum", x.keep, 0)
    steps = graph.add("Max", steps, graph.constant(np.float32(1)))
    return Value(graph.add("Div", graph.reduce("ReduceSum", kept, 0), steps))


def _max(graph, layer, x):
    highest = graph.reduce("ReduceMax", _lowered(graph, x.name, x.keep), 0)
    if x.keep:
        any_step = graph.reduce("ReduceMax", x.keep, 0)
        highest = graph.add("Mul", highest, any_step)
    return Value(highest)


def _attention(graph, layer, x):
    hidden = dense(graph, layer.hidden, x)
    kernel = graph.constant(np.asarray(layer.score.kernel))
    e = graph.add("MatMul", hidden.name, kernel)
    a = graph.add("Softmax", _lowered(graph, e, x.keep), axis=0)
    if x.keep:
        a = graph.add("Mul", a, x.keep)
    weighted = graph.add("Mul", a, x.name)
    return Value(graph.reduce("ReduceSum", weighted, 0))


def _lowered(graph, values, keep):
    """Values that are never the largest where masked."""
    if not keep:
        return values
    far = graph.constant(np.float32(-30000))
    fall = graph.add("Mul", padding.rest(graph, keep), far)
    return graph.add("Add", values, fall)


def _with_ngrams(graph, layer, logits, token_ids):
    if not token_ids.size:
        raise Unknown("n-grams of ids of no embedding")
    return Value(ngrams.add(graph, layer, logits.name, token_ids))


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
# Those that do not mind which of two axes is time.
_PER_STEP = (keras.layers.Dense, layers.TiedEmbedding)
