"""Recurrent layers in ONNX: a stack, by the registered form of its cell."""

import dataclasses

import keras

from export.onnx.directions import Direction, Form, last_step
from export.onnx.graph import Graph
from export.onnx.values import Unknown, Value
from zoo import cells
from zoo.layers import Bidirectional, Stacked
from zoo.registry import load


def stacked(graph: Graph, layer: Stacked, x: Value) -> Value:
    """Adds a stack: the outputs of its top layer at every step, or the last.

    Raises:
        Unknown: for a cell without a form.
    """
    y, keep, directions, _ = _time_first(graph, layer, x)
    if layer.return_sequences:
        y = graph.add("Transpose", y, perm=[1, 0, 2])
        return dataclasses.replace(x, name=y)
    last = _last_steps(graph, y, keep, directions)
    if len(last) > 1:
        return Value(graph.add("Concat", *last, axis=-1))
    return Value(last[0])


def with_states(
    graph: Graph, layer: Stacked, x: Value
) -> tuple[Value, list[str]]:
    """Adds a stack that returns sequences.

    Returns:
        Its outputs, and the names of its final states, in its own order.

    Raises:
        Unknown: for a cell without a form, or one whose final states are
            neither known to its form nor its outputs.
    """
    y, _, _, states = _time_first(graph, layer, x, states=True)
    y = graph.add("Transpose", y, perm=[1, 0, 2])
    return dataclasses.replace(x, name=y), states


def _time_first(
    graph: Graph, layer: Stacked, x: Value, states: bool = False
) -> tuple[str, str, list[Direction], list[str]]:
    """The top outputs and the mask, time first, as ONNX's operators have it.

    Behind them the directions of the layers, and with `states` the final
    states of all layers.
    """
    y = graph.add("Transpose", x.name, perm=[1, 0, 2])
    keep = x.keep and graph.add("Transpose", x.keep, perm=[1, 0, 2])
    found: list[str] = []
    directions: list[Direction] = []
    for recurrent in layer.recurrent_layers:
        layers = [recurrent]
        if isinstance(recurrent, Bidirectional):
            layers = [recurrent.forward_layer, recurrent.backward_layer]
        directions = [Direction.of(one) for one in layers]
        name, form = form_of(layers[0].cell)
        y, final = form(graph, directions, y, x.lengths, keep)
        if states and final is None:
            if not cells.registration(name).output_is_state:
                raise Unknown(f"the final states of the cell {name}")
            final = _last_steps(graph, y, keep, directions)
        found.extend(final or [])
    return y, keep, directions, found


def form_of(cell: keras.layers.Layer) -> tuple[str, Form]:
    """The name and the registered form of a cell.

    Raises:
        Unknown: for a cell without one.
    """
    name = cells.name_of(cell)
    if name is None:
        raise Unknown(f"the cell {type(cell).__name__}, which has no name")
    form = load(cells.registration(name).onnx)
    if form is None:
        raise Unknown(f"the cell {name}")
    return name, form


def _last_steps(graph, y, keep, directions) -> list[str]:
    """The last output of each direction."""
    if len(directions) == 1:
        return [last_step(graph, y, keep, directions[0].reverse)]
    forward, backward = graph.add("Split", y, axis=-1, num_outputs=2, outputs=2)
    # Backwards, the last step is the first of the sequence.
    first = last_step(graph, backward, keep, reverse=True)
    return [last_step(graph, forward, keep), first]
