"""What the ONNX form of a cell is given, and what it gives back.

A form is a function `form(graph, directions, x, lengths, keep, states=None)`:
it adds one recurrent layer in all its directions to the graph.

    graph       the `Graph`
    directions  a list of `Direction`: the forward one, and perhaps a backward
    x           name of the inputs, of shape `(time, batch, features)`
    lengths     name of the int32 lengths of the rows, or ""
    keep        name of the mask, float of shape `(time, batch, 1)`, or ""
    states      names of the states before the first step, in the cell's order,
                each of shape `(batch, size)`; `None` for zeros

It returns the name of the outputs, of shape `(time, batch, directions *
units)`, zeros where masked; and the names of the final states, each of shape
`(batch, size)`, those of one direction behind those of the other, or `None`
where it does not know them. Padding is on the right.

With `states` the layer runs for one step, forwards and without a mask: `x` is
of shape `(batch, features)`, and the outputs are of shape `(batch, units)`.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from export.onnx.graph import Graph

# Its last argument may be left out, which this cannot say.
Form = Callable[..., tuple[str, list[str] | None]]


@dataclasses.dataclass(frozen=True)
class Direction:
    """One direction of a recurrent layer.

    Attributes:
        weights: of its cell, by the names that the cell gives them.
        units: size of its output.
        reverse: whether time runs from the last step to the first.
    """

    weights: dict[str, np.ndarray]
    units: int
    reverse: bool

    @classmethod
    def of(cls, layer: Any) -> "Direction":
        """That of a `zoo.layers.Recurrent`."""
        weights = {w.name: np.asarray(w) for w in layer.cell.weights}
        return cls(weights, layer.cell.output_size, layer.reverse)


def each_direction(write: Callable) -> Form:
    """The form of a cell whose directions are written one by one.

    Args:
        write: a function of the graph, the weights by name, the names of the
            inputs and of the mask, whether time runs backwards, and the
            `states`; it returns the outputs of this direction, and its final
            states or `None`.
    """

    @functools.wraps(write)
    def form(graph, directions, x, lengths, keep, states=None):
        if states is not None:
            (one,) = directions
            return write(graph, one.weights, x, "", False, states)
        written = [
            write(graph, one.weights, x, keep, one.reverse, None)
            for one in directions
        ]
        outputs = [output for output, _ in written]
        finals: list[str] | None = []
        for _, final in written:
            finals = None if None in (finals, final) else finals + final
        return graph.add("Concat", *outputs, axis=-1), finals

    return form


def bias_of(weights: dict, *shape: int) -> np.ndarray:
    """A cell's biases, zeros where it has none."""
    return weights.get("bias", np.zeros(shape, "float32"))


def last_step(graph: Graph, y: str, keep: str, reverse: bool = False) -> str:
    """Adds the last step of a direction that is not masked, or zeros.

    Args:
        graph: where to.
        y: of shape `(time, batch, units)`, zeros where masked.
        keep: name of the mask, or "".
        reverse: whether the direction's last step is the first of the
            sequence.
    """
    if reverse:
        return graph.add("Gather", y, graph.constant(np.int64(0)), axis=0)
    if not keep:
        return graph.add("Gather", y, graph.constant(-1), axis=0)
    # 1 where the next step is masked and this one is not.
    last = graph.add("Sub", keep, graph.shifted(keep, reverse=True))
    chosen = graph.add("Mul", y, last)
    return graph.add("ReduceSum", chosen, graph.constant([0]), keepdims=0)
