"""A model, run so that every state of every layer can be seen."""

import dataclasses
import inspect
from collections.abc import Iterable

import keras
from keras import ops
from numpy.typing import ArrayLike

from zoo import layers
from zoo.backend.tensor import Tensor
from zoo.errors import InputError


@dataclasses.dataclass
class Observed:
    """One direction of one recurrent layer, while a batch went through.

    Time runs in the order of the layer: backwards for a backward layer.

    Attributes:
        name: which layer, and which direction if there are two.
        cell: its cell.
        inputs: tensor of shape `(batch, time, features)`.
        states: tensor of shape `(batch, time, size)`: all states of the cell
            side by side, after each step.
        mask: bool tensor of shape `(batch, time)`.
        reverse: whether time runs from the last step to the first.
    """

    name: str
    cell: keras.layers.Layer
    inputs: Tensor
    states: Tensor
    mask: Tensor
    reverse: bool


def run(
    model: keras.Model,
    token_ids: ArrayLike,
    nudges: Iterable[Tensor] | None = None,
) -> tuple[Tensor, list[Observed]]:
    """Runs a model layer by layer, recurrent layers step by step.

    Args:
        model: a `classifier` or a `language_model`.
        token_ids: int array of shape `(batch, time)`, right-padded with 0.
        nudges: for each direction of each layer, what is added to the states
            after each step: a tensor of shape `(batch, time, size)` in the
            order of the layer. Zeros by default.

    Returns:
        The logits, and a list of `Observed`.

    Raises:
        InputError: for a model without a recurrent layer, or with a cell
            whose output is not its first state and that has no `terms`.
    """
    seen: list[Observed] = []
    nudges = iter(nudges) if nudges is not None else None
    values = {id(model.inputs[0]): ops.convert_to_tensor(token_ids)}
    mask = ops.not_equal(values[id(model.inputs[0])], 0)

    def value_of(tensor):
        if id(tensor) in values:
            return values[id(tensor)]
        layer, place, _ = tensor._keras_history
        node = layer._inbound_nodes[place]
        # A mask is among a layer's inputs too; it goes its own way here.
        inputs = [
            value_of(x)
            for x in node.input_tensors
            if isinstance(x._keras_history.operation, keras.layers.Layer)
        ]
        if isinstance(layer, layers.Stacked):
            output = _stacked(layer, inputs[0], mask, seen, nudges)
        else:
            # Of Keras's own; tried with Keras 3.14 and 3.15.
            arguments, named = node.arguments.fill_in(values)
            if "mask" in inspect.signature(layer.call).parameters:
                named["mask"] = mask
            output = layer(*arguments, **named)
        values[id(tensor)] = output
        return output

    logits = value_of(model.outputs[0])
    if not seen:
        raise InputError(f"Model {model.name!r} has no recurrent layer.")
    return logits, seen


def _stacked(stack, x, mask, seen, nudges):
    for depth, layer in enumerate(stack.recurrent_layers):
        ways = {"": layer}
        if isinstance(layer, layers.Bidirectional):
            ways = {
                " forward": layer.forward_layer,
                " backward": layer.backward_layer,
            }
        outputs = []
        for direction, way in ways.items():
            name = f"layer {depth}{direction}"
            nudge = None if nudges is None else next(nudges)
            outputs.append(_one_way(way, name, x, mask, seen, nudge))
        last = depth == len(stack.recurrent_layers) - 1
        if last and not stack.return_sequences:
            outputs = [
                _last(y, mask, way.reverse)
                for y, way in zip(outputs, ways.values(), strict=True)
            ]
        x = ops.concatenate(outputs, axis=-1)
    return x


def _one_way(way, name, x, mask, seen, nudge):
    if way.reverse:
        x, mask = ops.flip(x, axis=1), ops.flip(mask, axis=1)
    states = way.initial_state(x.shape[0])
    all_states, outputs = [], []
    for t in range(x.shape[1]):
        keep = mask[:, t, None]
        new, output = _step(way.cell, x[:, t], states)
        states = [
            ops.where(keep, n, s) for n, s in zip(new, states, strict=True)
        ]
        if nudge is not None:
            moved = ops.concatenate(states, axis=-1) + nudge[:, t]
            states = split_states(way.cell, moved)
        outputs.append(ops.where(keep, output(states[0]), 0))
        all_states.append(ops.concatenate(states, axis=-1))
    seen.append(
        Observed(name, way.cell, x, ops.stack(all_states, 1), mask, way.reverse)
    )
    y = ops.stack(outputs, axis=1)
    return ops.flip(y, axis=1) if way.reverse else y


def split_states(cell: keras.layers.Layer, joined: Tensor) -> list[Tensor]:
    """The states of a cell, side by side in `joined`, one by one."""
    states, start = [], 0
    for size in cell.state_size:
        states.append(joined[..., start : start + size])
        start += size
    return states


def _step(cell, x, states):
    """The new states, and the output as a function of the first of them."""
    step_output, new = cell.call(x, states)
    if hasattr(cell, "terms"):
        *_, output, _ = cell.terms(x, states, lambda x, first: first)
        return new, output
    # A state that is nudged must be seen in the output.
    if step_output is not new[0]:
        raise InputError(
            f"Gradients are followed through cells whose output is their first "
            f"state. That of {type(cell).__name__} is another tensor: return "
            "one tensor as both, or give the cell `terms`."
        )
    return new, lambda h: h


def _last(y, mask, reverse):
    if reverse:
        return y[:, 0]
    lengths = ops.sum(ops.cast(mask, "int32"), axis=1)
    places = ops.maximum(lengths - 1, 0)[:, None, None]
    return ops.take_along_axis(y, places, axis=1)[:, 0]
