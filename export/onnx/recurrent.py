"""Recurrent layers in ONNX: a stack, by the registered form of its cell."""

import dataclasses

import keras

from export.onnx.directions import Direction, Form
from export.onnx.graph import Graph
from export.onnx.padding import last_step
from export.onnx.values import Unknown, Value
from zoo import cells
from zoo.layers import Bidirectional, Stacked
from zoo.registry import load


def stacked(graph: Graph, layer: Stacked, x: Value) -> Value:
    """Adds a stack: the outputs of its top layer at every step, or the last.

    Raises:
        Unknown: for a cell without a form.
    """
    *_, top = _layers(graph, layer, x)
    if layer.return_sequences:
        return dataclasses.replace(x, name=top.y)
    last = top.final if top.output_is_state and top.final else _last(graph, top)
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
    found: list[str] = []
    for one in _layers(graph, layer, x):
        final = one.final
        if final is None:
            if not one.output_is_state:
                raise Unknown(f"the final states of the cell {one.cell}")
            final = _last(graph, one)
        found += final
    return dataclasses.replace(x, name=one.y), found


@dataclasses.dataclass(frozen=True)
class _Layer:
    """One layer of a stack that was added.

    Attributes:
        cell: its name.
        directions: of it.
        y: name of its outputs.
        keep: name of the mask.
        final: what its form says of the final states.
    """

    cell: str
    directions: list[Direction]
    y: str
    keep: str
    final: list[str] | None

    @property
    def output_is_state(self) -> bool:
        return cells.registration(self.cell).output_is_state


def _layers(graph: Graph, layer: Stacked, x: Value) -> list[_Layer]:
    y, added = x.name, []
    for recurrent in layer.recurrent_layers:
        layers = [recurrent]
        if isinstance(recurrent, Bidirectional):
            layers = [recurrent.forward_layer, recurrent.backward_layer]
        directions = [Direction.of(one) for one in layers]
        name, form = form_of(layers[0].cell)
        y, final = form(graph, directions, y, x.keep)
        added.append(_Layer(name, directions, y, x.keep, final))
    return added


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


def _last(graph: Graph, layer: _Layer) -> list[str]:
    """The last output of each direction."""
    directions = layer.directions
    parts = [layer.y]
    if len(directions) > 1:
        parts = graph.split(layer.y, len(directions))
    return [
        last_step(graph, part, layer.keep, one.reverse)
        for one, part in zip(directions, parts, strict=True)
    ]
