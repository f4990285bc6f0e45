"""What the ONNX form of a cell is given, and what it gives back.

A form is a function `form(graph, directions, x, keep, states=None)`: it adds
one recurrent layer in all its directions to the graph.

    graph       the `Graph`
    directions  a list of `Direction`: the forward one, and perhaps a backward
    x           name of the inputs, of shape `(time, batch, features)`
    keep        name of the mask, float of shape `(time, batch, 1)`, or ""
    states      names of the states before the first step, in the cell's order,
                each of shape `(batch, size)`; `None` for zeros

It returns the name of the outputs, of shape `(time, batch, directions *
units)`; and the names of the final states, each of shape `(batch, size)`,
those of one direction behind those of the other, or `None` where it does not
know them.

The mask is 1 at the steps of a text, which follow one another, and 0 at the
padding before and behind them. There inputs and outputs mean nothing, but are
finite. In the padding that a direction reads first the states must stay as
they were; the final states are those behind the last step that counts.

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
            inputs and of the mask, and the `states`; it returns the outputs of
            this direction, and its final states or `None`. Of a backward
            direction it is given everything the other way round.
    """

    @functools.wraps(write)
    def form(graph, directions, x, keep, states=None):
        if states is not None:
            (one,) = directions
            return write(graph, one.weights, x, "", states)
        outputs = []
        finals: list[str] | None = []
        for one in directions:
            own_x, own_keep = in_order(graph, one, x, keep)
            y, final = write(graph, one.weights, own_x, own_keep, None)
            outputs.append(graph.flipped(y) if one.reverse else y)
            finals = None if None in (finals, final) else finals + final
        return joined(graph, outputs), finals

    return form


def in_order(
    graph: Graph, direction: Direction, x: str, keep: str
) -> tuple[str, str]:
    """Inputs and mask in the order in which a direction reads them.

    By a flip, as some runtimes know a `Scan` in one direction only.
    """
    if not direction.reverse:
        return x, keep
    return graph.flipped(x), keep and graph.flipped(keep)


def joined(graph: Graph, outputs: list[str]) -> str:
    """Adds what puts the outputs of all directions side by side."""
    if len(outputs) == 1:
        return outputs[0]
    return graph.add("Concat", *outputs, axis=-1)


def bias_of(weights: dict, *shape: int) -> np.ndarray:
    """A cell's biases, zeros where it has none."""
    return weights.get("bias", np.zeros(shape, "float32"))
