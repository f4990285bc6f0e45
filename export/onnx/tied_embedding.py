"""A table of vectors that scores tokens too, as ONNX nodes.

It stays one constant: its rows are looked up by `Gather`, and it scores by a
`Gemm` that reads it transposed. ONNX Runtime is as fast with that as with a
transposed copy, in the file or made by a `Transpose`, and needs no memory for
one.
"""

import keras
import numpy as np

from export.onnx.graph import Graph


def scores(graph: Graph, layer: keras.layers.Layer, x: str) -> str:
    """Adds `x E^T + bias`.

    Args:
        graph: where to.
        layer: a `zoo.layers.TiedEmbedding`, whose table `E` is.
        x: name of a value of shape `(rows, size)`.

    Returns:
        The name of a value of shape `(rows, vocabulary)`.
    """
    table = graph.constant(np.asarray(layer.embeddings))
    bias = graph.constant(np.asarray(layer.bias))
    return graph.add("Gemm", x, table, bias, transB=1)


def scores_of_steps(graph: Graph, layer: keras.layers.Layer, x: str) -> str:
    """The same of a value with two axes more than `size` at its front.

    Args:
        graph: where to.
        layer: see `scores`.
        x: name of a value of three axes, of which the last is `size`.
    """
    vocabulary, size = layer.embeddings.shape
    shape = graph.add("Shape", x, end=2)
    shape = graph.add("Concat", shape, graph.constant([vocabulary]), axis=0)
    x = graph.add("Reshape", x, graph.constant([-1, size]))
    return graph.add("Reshape", scores(graph, layer, x), shape)
