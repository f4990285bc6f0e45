"""One step of recurrent layers on top of each other, as ONNX nodes."""

from collections.abc import Iterable
from typing import Any

from export.onnx.directions import Direction
from export.onnx.graph import Graph
from export.onnx.recurrent import form_of
from export.onnx.values import Unknown
from zoo import cells


def add(
    graph: Graph, recurrent_layers: Iterable[Any], x: str, states: list[str]
) -> tuple[str, list[str]]:
    """Adds one step of all layers, by the forms of their cells.

    Args:
        graph: where to.
        recurrent_layers: `zoo.layers.Recurrent`s of one direction, from the
            lowest up.
        x: name of the inputs, of shape `(batch, features)`.
        states: names of the states of all layers, each of shape
            `(batch, size)`, from the lowest up, in the order of each cell.

    Returns:
        The name of the outputs of the top layer, of shape `(batch, units)`,
        and the names of the next states.

    Raises:
        Unknown: for a cell without a form, or whose form gives no states.
    """
    waiting, following = iter(states), []
    for layer in recurrent_layers:
        own = [next(waiting) for _ in layer.cell.state_size]
        name, form = form_of(layer.cell)
        x, new = form(graph, [Direction.of(layer)], x, "", own)
        if new is None:
            if not cells.registration(name).output_is_state:
                raise Unknown(f"the states of the cell {name}")
            new = [x]
        following += new
    return x, following
