"""Where a decoder looks at one step, as ONNX nodes."""

from typing import TYPE_CHECKING

import numpy as np

from export.onnx.graph import Graph

if TYPE_CHECKING:
    from zoo.layers.attention import Attention

# What `zoo.layers.Attention` adds to the score of padding.
_FALL = np.float32(30000)


def add(
    graph: Graph,
    attention: "Attention",
    query: str,
    memory: str,
    keys: str,
    mask: str,
) -> tuple[str, str]:
    """Adds a `zoo.layers.Attention` with one query for each row.

    Args:
        graph: where to.
        attention: the layer.
        query: name of the queries, of shape `(batch, units)`.
        memory: name of the memory, of shape `(batch, source_time, size)`.
        keys: name of its keys, of shape `(batch, source_time, units)`.
        mask: name of its mask as floats, of shape `(batch, source_time)`.

    Returns:
        The names of the contexts, of shape `(batch, size)`, and of the
        weights, of shape `(batch, source_time)`.
    """
    second, last = graph.constant([1]), graph.constant([2])
    if attention.kind == "additive":
        s = graph.add("MatMul", query, graph.constant(_array(attention.kernel)))
        e = graph.add("Add", graph.add("Unsqueeze", s, second), keys)
        score = graph.constant(_array(attention.score))
        e = graph.add("MatMul", graph.add("Tanh", e), score)
    else:
        e = graph.add("MatMul", keys, graph.add("Unsqueeze", query, last))
    e = graph.add("Squeeze", e, last)
    fall = graph.add("Sub", mask, graph.constant(np.float32(1)))
    fall = graph.add("Mul", fall, graph.constant(_FALL))
    a = graph.add("Softmax", graph.add("Add", e, fall), axis=-1)
    # Zeros where all is padding.
    a = graph.add("Mul", a, mask)
    c = graph.add("MatMul", graph.add("Unsqueeze", a, second), memory)
    return graph.add("Squeeze", c, second), a


def _array(weight):
    return np.asarray(weight)
