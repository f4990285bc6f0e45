"""The layers of a model as ONNX nodes, without a loop.

Where the exporter does not know a layer or a cell it says so, and the whole
model goes through tf2onnx instead, which turns recurrence into a slow loop.
"""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np

from export.onnx import cells_fused, cells_linear, cells_scan, ngrams
from export.onnx.graph import Graph
from zoo import cells, layers

# Numbers of the element types in onnx.TensorProto.
_FLOAT, _INT32 = 1, 6
# Cells without an operator of their own whose one state is their output.
_OUTPUT_IS_STATE = ("elman", "mingru", "minlstm", "rglru")


class Unknown(Exception):
    """A layer, or an argument of one, that has no form of ours in ONNX."""


@dataclasses.dataclass(frozen=True)
class Value:
    """What flows between layers.

    Attributes:
        name: of a value of shape `(batch, ...)` in the graph.
        lengths: name of the int32 lengths of its rows, "" without a mask.
        keep: name of the mask as floats of shape `(batch, time, 1)`, or "".
    """

    name: str
    lengths: str = ""
    keep: str = ""


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
    values = {id(model.inputs[0]): Value(token_ids)}

    def value_of(tensor):
        if id(tensor) in values:
            return values[id(tensor)]
        layer, place, _ = tensor._keras_history
        if type(layer) not in _LAYERS:
            raise Unknown(type(layer).__name__)
        node = layer._inbound_nodes[place]
        # A mask is among a layer's inputs too; it goes its own way here.
        inputs = [
            value_of(x)
            for x in node.input_tensors
            if isinstance(x._keras_history.operation, keras.layers.Layer)
        ]
        write = _LAYERS[type(layer)]
        if node.arguments.kwargs.get("reverse"):
            write = _reversed_embedding
        values[id(tensor)] = write(graph, layer, *inputs)
        return values[id(tensor)]

    return value_of(model.outputs[0]).name


def _embedding(graph, layer, ids):
    if getattr(layer, "mask_zero", False):
        return masked_embedding(graph, layer, ids)
    return Value(
        graph.add(
            "Gather", graph.constant(np.asarray(layer.embeddings)), ids.name
        )
    )


def masked_embedding(graph, layer, ids: Value) -> Value:
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


def dense(graph, layer, x: Value) -> Value:
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


def with_states(graph, layer, x: Value) -> tuple[Value, list[str]]:
    """Adds a `Stacked` that returns sequences.

    Returns:
        Its outputs, and the names of its final states, in its own order.

    Raises:
        Unknown: as `add`, and for a cell whose states are not its outputs.
    """
    y, _, states, _ = _layers_of(graph, layer, x)
    if None in states:
        raise Unknown("the final states of a cell that outputs something else")
    y = graph.add("Transpose", y, perm=[1, 0, 2])
    return dataclasses.replace(x, name=y), states


def _with_ngrams(graph, layer, logits, token_ids):
    return Value(ngrams.add(graph, layer, logits.name, token_ids.name))


def _layers_of(graph, layer, x):
    """The top outputs, time first, the mask, all states, the top layer."""
    # Time before batch, as ONNX's operators have it.
    y = graph.add("Transpose", x.name, perm=[1, 0, 2])
    keep = x.keep and graph.add("Transpose", x.keep, perm=[1, 0, 2])
    states = []
    for recurrent in layer.recurrent_layers:
        y, final = _recurrent(graph, recurrent, y, x.lengths, keep)
        states.extend(final)
    return y, keep, states, recurrent


def _stacked(graph, layer, x):
    y, keep, _, recurrent = _layers_of(graph, layer, x)
    if layer.return_sequences:
        y = graph.add("Transpose", y, perm=[1, 0, 2])
        return dataclasses.replace(x, name=y)
    if not isinstance(recurrent, layers.Bidirectional):
        return Value(_last(graph, y, keep))
    forward, backward = graph.add("Split", y, axis=-1, num_outputs=2, outputs=2)
    # Backwards, the last step is the first of the sequence.
    first = graph.add("Gather", backward, graph.constant(0), axis=0)
    both = [_last(graph, forward, keep), first]
    return Value(graph.add("Concat", *both, axis=-1))


def _last(graph, y, keep):
    """The last step that is not masked, or zeros, of `y`, zero where it is."""
    if not keep:
        return graph.add("Gather", y, graph.constant(-1), axis=0)
    # 1 where the next step is masked and this one is not.
    last = graph.add("Sub", keep, graph.shifted(keep, reverse=True))
    chosen = graph.add("Mul", y, last)
    return graph.add("ReduceSum", chosen, graph.constant([0]), keepdims=0)


def _recurrent(graph, layer, x, lengths, keep):
    """One layer in all its directions, time before batch, and its states."""
    ways = [layer]
    if isinstance(layer, layers.Bidirectional):
        ways = [layer.forward_layer, layer.backward_layer]
    cell = ways[0].cell
    kind = cells.name_of(cell) or type(cell).__name__
    weights = [_weights(way.cell) for way in ways]
    if kind in cells_fused.CELLS:
        packed = [cells_fused.CELLS[kind](w) for w in weights]
        return cells_fused.add(graph, packed, ways[0].cell.units, x, lengths)
    scanned: dict[str, Callable] = {**cells_scan.CELLS, **cells_linear.CELLS}
    if kind in scanned:
        outputs = [
            scanned[kind](graph, w, x, keep, way.reverse)
            for way, w in zip(ways, weights, strict=True)
        ]
        states = [None] * len(ways)
        if kind in _OUTPUT_IS_STATE:
            first = graph.constant(np.int64(0))
            states = [
                graph.add("Gather", output, first, axis=0)
                if way.reverse
                else _last(graph, output, keep)
                for way, output in zip(ways, outputs, strict=True)
            ]
        return graph.add("Concat", *outputs, axis=-1), states
    raise Unknown(f"the cell {kind}")


def _weights(cell):
    """A cell's weights by name, its biases zeros where it has none."""
    weights = {w.name: np.asarray(w) for w in cell.weights}
    if "bias" not in weights:
        with_bias = type(cell)(cell.units, use_bias=True)
        with_bias.build((None, weights["kernel"].shape[0]))
        weights["bias"] = np.zeros(with_bias.bias.shape, "float32")
    return weights


_LAYERS: dict[type, Callable] = {
    keras.layers.Embedding: _embedding,
    keras.layers.SpatialDropout1D: _nothing,
    keras.layers.Dropout: _nothing,
    keras.layers.Concatenate: _concatenate,
    keras.layers.Dense: dense,
    layers.MeanPooling: _mean,
    layers.MaxPooling: _max,
    layers.AttentionPooling: _attention,
    layers.Stacked: _stacked,
    layers.TiedEmbedding: _embedding,
    layers.WithNgrams: _with_ngrams,
}
