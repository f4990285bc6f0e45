"""Padding in ONNX: what holds a recurrent operator still, and where texts end.

Not by `sequence_lens` of `GRU` and `LSTM`: OpenVINO, MNN and ONNX's reference
evaluator ignore it without a word. Instead their input has one more feature, 1
at padding and else 0, whose weights shut the gate.

A mask `keep` is the name of a float value of shape `(time, batch, 1)`: 1 for
the steps of a text, which follow one another, 0 before and behind them.
"""

import numpy as np

from export.onnx.graph import Graph

_ONE = np.float32(1)


def rest(graph: Graph, share: str) -> str:
    """The name of `1 - share`."""
    return graph.once(
        ("rest", share),
        lambda: graph.add("Sub", graph.constant(_ONE), share),
    )


def with_column(graph: Graph, x: str, keep: str) -> str:
    """The name of the inputs `x`, and behind their features `1 - keep`."""
    return graph.once(
        ("with_column", x, keep),
        lambda: graph.add("Concat", x, rest(graph, keep), axis=-1),
    )


def has_column(graph: Graph, x: str, keep: str, name: str) -> None:
    """Says that a value `name` holds what `with_column` would add."""
    graph.known["with_column", x, keep] = name


def last_step(graph: Graph, y: str, keep: str, reverse: bool = False) -> str:
    """Adds the last step of a direction that is not masked, or zeros.

    Args:
        graph: where to.
        y: of shape `(time, batch, units)`.
        keep: name of the mask, or "".
        reverse: whether the direction's last step is the first of the text.
    """
    if not keep:
        number = graph.constant(np.int64(0 if reverse else -1))
        return graph.add("Gather", y, number, axis=0)
    chosen = graph.add("Mul", y, _ends(graph, keep, reverse))
    return graph.reduce("ReduceSum", chosen, 0)


def _ends(graph, keep, first):
    """1 at the last step of each text, or at its first, as floats."""

    def write():
        neighbour = graph.shifted(keep, 1 if first else -1)
        both = graph.add("Mul", keep, neighbour)
        return graph.add("Sub", keep, both)

    return graph.once(("ends", keep, first), write)


def broken(graph: Graph, keep: str) -> str:
    """Adds whether texts have padding inside, bool of shape `(1, batch)`.

    A text changes once from padding to its tokens, and once back.
    """
    change = graph.add("Sub", keep, graph.shifted(keep))
    changes = graph.reduce("ReduceSumSquare", change, 0, keepdims=True)
    changes = graph.add("Squeeze", changes, graph.constant([2]))
    return graph.add("Greater", changes, graph.constant(np.float32(2)))
