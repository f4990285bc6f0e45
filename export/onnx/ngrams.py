"""Scores of n-grams, looked up in a table, as ONNX nodes."""

import keras
import numpy as np

from export.onnx.graph import Graph
from zoo.layers.ngrams import FOR_MARK, FOR_SLOT, MARKS

_FLOAT = 1


def add(
    graph: Graph, layer: keras.layers.Layer, logits: str, token_ids: str
) -> str:
    """Adds a `zoo.layers.WithNgrams`.

    Args:
        graph: the `Graph` to add to.
        layer: what to add.
        logits: name of a value of shape `(batch, classes)`.
        token_ids: name of int32 ids of shape `(batch, time)`.

    Returns:
        The name of the mean.
    """
    tables = [
        graph.constant(np.asarray(table))
        for table in (layer.marks, layer.scores)
    ]
    zero, axis = graph.constant(np.int32(0)), graph.constant([1])
    there = graph.add("Not", graph.add("Equal", token_ids, zero))
    back = _windows(graph, token_ids, layer.longest)
    totals = []
    for length in range(1, layer.longest + 1):
        tokens = back[:length]
        slot = _hash(graph, tokens, FOR_SLOT, layer.slots)
        mark = _hash(graph, tokens, FOR_MARK, MARKS)
        mark = graph.add("Add", mark, graph.constant(np.int32(1)))
        found, score = [graph.add("Gather", t, slot, axis=0) for t in tables]
        mark = graph.add("Cast", mark, to=_FLOAT)
        known = graph.add("Equal", found, mark)
        first = graph.add("Not", graph.add("Equal", tokens[-1], zero))
        known = graph.add("And", graph.add("And", known, first), there)
        known = graph.add("Cast", known, to=_FLOAT)
        known = graph.add("Unsqueeze", known, graph.constant([2]))
        score = graph.add("Mul", known, score)
        totals.append(graph.add("ReduceSum", score, axis, keepdims=0))
    total = graph.add("Sum", *totals)
    count = graph.add("Cast", there, to=_FLOAT)
    count = graph.add("ReduceSum", count, axis, keepdims=1)
    count = graph.add("Max", count, graph.constant(np.float32(1)))
    judged = graph.add("Div", total, graph.add("Sqrt", count))
    judged = graph.add("Add", judged, graph.constant(np.asarray(layer.bias)))
    both = graph.add("Add", logits, judged)
    return graph.add("Mul", both, graph.constant(np.float32(0.5)))


def _windows(graph, token_ids, length):
    """As `zoo.layers.ngrams.windows`, of ids that are not padded yet."""
    padded = graph.add("Pad", token_ids, graph.constant([0, length - 1, 0, 0]))
    axis = graph.constant([1])
    result = [token_ids]
    for back in range(1, length):
        start = graph.constant([length - 1 - back])
        end = graph.constant([-back])
        result.append(graph.add("Slice", padded, start, end, axis))
    return result


def _hash(graph, tokens, multipliers, size):
    """As the two hashes of `zoo.layers.ngrams.places`."""
    size = graph.constant(np.int32(size))
    terms = [graph.constant(np.int32(len(tokens)))]
    for token, multiplier in zip(tokens, multipliers, strict=False):
        product = graph.add("Mul", token, graph.constant(np.int32(multiplier)))
        terms.append(graph.add("Mod", product, size))
    total = terms[0]
    for term in terms[1:]:
        total = graph.add("Add", total, term)
    return graph.add("Mod", total, size)
