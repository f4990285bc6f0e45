"""The token that a step reads and the logits that it gives, as ONNX nodes."""

import keras
import numpy as np

from export.onnx import layers, tied_embedding
from export.onnx.graph import Graph
from export.onnx.values import Unknown, Value
from zoo.layers import TiedEmbedding
from zoo.models.layer_names import LOGITS, PROJECTION


def vectors(graph: Graph, layer: keras.layers.Layer, token_ids: str) -> str:
    """Adds the vectors of one token of each text.

    Args:
        graph: where to.
        layer: an embedding.
        token_ids: name of the ids, int32 of shape `(batch, 1)`.

    Returns:
        The name of the vectors, of shape `(batch, size)`.

    Raises:
        Unknown: for another layer.
    """
    if type(layer) not in (keras.layers.Embedding, TiedEmbedding):
        raise Unknown(type(layer).__name__)
    table = graph.constant(np.asarray(layer.embeddings))
    ids = graph.add("Squeeze", token_ids, graph.constant([1]))
    return graph.add("Gather", table, ids)


def logits(graph: Graph, model: keras.Model, embedding: str, y: str) -> str:
    """Adds the layers above the recurrent ones.

    Args:
        graph: where to.
        model: a language model or a translator, or its step form.
        embedding: name of its layer that scores tokens where it is tied.
        y: name of a value of shape `(batch, units)`.

    Returns:
        The name of the logits, of shape `(batch, vocabulary)`.

    Raises:
        Unknown: for layers that are not known here.
    """
    names = {layer.name for layer in model.layers}
    if LOGITS in names:
        return dense(graph, model.get_layer(LOGITS), y)
    if PROJECTION in names:
        y = dense(graph, model.get_layer(PROJECTION), y)
    layer = model.get_layer(embedding)
    if type(layer) is not TiedEmbedding:
        raise Unknown(type(layer).__name__)
    return tied_embedding.scores(graph, layer, y)


def dense(graph: Graph, layer: keras.layers.Layer, x: str) -> str:
    """Adds a dense layer.

    Raises:
        Unknown: for another layer, or an activation that has no operator.
    """
    if type(layer) is not keras.layers.Dense:
        raise Unknown(type(layer).__name__)
    return layers.dense(graph, layer, Value(x)).name
