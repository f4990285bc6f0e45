"""Scores of n-grams, looked up in a table, as ONNX nodes.

The hashes of `zoo.layers.ngrams.places` are looked up too, for each id: their
products pass 2 ** 24, and there are runtimes that multiply whole numbers as
float32. What is added here stays below 2 ** 22. Of single tokens, the score
itself is looked up.
"""

import keras
import numpy as np

from export.onnx.graph import Graph
from export.onnx.values import Value
from zoo.layers.ngrams import FOR_MARK, FOR_SLOT, MARKS, places

_FLOAT = 1
# What looks scores up; quantizers of others must leave these nodes out.
SCORES = "scores_of_ngrams"


def add(
    graph: Graph, layer: keras.layers.Layer, logits: str, token_ids: Value
) -> str:
    """Adds a `zoo.layers.WithNgrams`.

    Args:
        graph: the `Graph` to add to.
        layer: what to add.
        logits: name of a value of shape `(batch, classes)`.
        token_ids: int32 ids of shape `(time, batch)`, with their `size`.

    Returns:
        The name of the mean.
    """
    weights = np.asarray(layer.marks), np.asarray(layer.scores)
    ids, zero = token_ids.name, graph.constant(np.int32(0))
    all_ids = np.arange(token_ids.size, dtype="int64")
    alone = graph.constant(_alone(all_ids, *weights))
    score = graph.add("Gather", alone, ids, axis=0, node_name=f"{SCORES}_1")
    totals = [graph.reduce("ReduceSum", score, 0)]
    # An empty slot has -1, which is nobody's mark.
    marks = graph.constant((weights[0] - 1).astype("int32"))
    scores = graph.constant(weights[1])
    there = graph.add("Greater", ids, zero)
    slot = mark = ""
    for back in range(layer.longest if layer.longest > 1 else 0):
        tokens = _before(graph, ids, back)
        slot = _plus(graph, slot, tokens, all_ids * FOR_SLOT[back], layer.slots)
        mark = _plus(graph, mark, tokens, all_ids * FOR_MARK[back], MARKS)
        if not back:
            continue
        place = graph.add("Mod", slot, graph.constant(np.int32(layer.slots)))
        found = graph.add("Gather", marks, place, axis=0)
        name = f"{SCORES}_{back + 1}"
        score = graph.add("Gather", scores, place, axis=0, node_name=name)
        expected = graph.add("Mod", mark, graph.constant(np.int32(MARKS)))
        known = graph.add("Equal", found, expected)
        # The first token is missing before the text, the last behind it.
        first = graph.add("Greater", tokens, zero)
        known = graph.add("And", graph.add("And", known, first), there)
        known = graph.add("Cast", known, to=_FLOAT)
        known = graph.add("Unsqueeze", known, graph.constant([2]))
        score = graph.add("Mul", known, score)
        totals.append(graph.reduce("ReduceSum", score, 0))
    total = graph.add("Sum", *totals) if len(totals) > 1 else totals[0]
    count = graph.add("Cast", there, to=_FLOAT)
    count = graph.reduce("ReduceSum", count, 0)
    count = graph.add("Max", count, graph.constant(np.float32(1)))
    root = graph.add("Unsqueeze", graph.add("Sqrt", count), graph.constant([1]))
    judged = graph.add("Div", total, root)
    judged = graph.add("Add", judged, graph.constant(np.asarray(layer.bias)))
    both = graph.add("Add", logits, judged)
    return graph.add("Mul", both, graph.constant(np.float32(0.5)))


def _alone(ids, marks, scores):
    """The scores of single tokens, zeros for those that are not known."""
    slot, mark = places([ids], len(marks))
    known = (marks[slot] == mark) & (ids > 0)
    return np.where(known[:, None], scores[slot], 0).astype("float32")


def _plus(graph, total, tokens, products, size):
    """The sum of a hash with one token more: `1 + product % size` of it."""
    table = graph.constant((products % size + 1).astype("int32"))
    term = graph.add("Gather", table, tokens, axis=0)
    return graph.add("Add", total, term) if total else term


def _before(graph, ids, back):
    """The ids `back` steps earlier, 0 before a text."""
    if not back:
        return ids
    padded = graph.add("Pad", ids, graph.constant([back, 0, 0, 0]))
    bounds = [graph.constant([number]) for number in (0, -back, 0)]
    return graph.add("Slice", padded, *bounds)
