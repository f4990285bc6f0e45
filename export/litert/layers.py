"""The layers of a model as TensorFlow operations that LiteRT has too.

Only recurrent layers and n-grams are written anew (`export.litert.recurrent`,
`export.litert.ngrams`); any other is called as it is, with the mask that it
would get from Keras.
"""

import dataclasses
import inspect

import keras

from export.errors import ConversionError
from export.litert import ngrams, recurrent
from zoo.backend.tensor import Tensor
from zoo.layers import (
    Bidirectional,
    Recurrent,
    Stacked,
    StatefulRNN,
    WithNgrams,
)


@dataclasses.dataclass(frozen=True)
class _Value:
    x: Tensor
    mask: Tensor | None = None


def logits(model: keras.Model, token_ids: Tensor) -> Tensor:
    """The logits of a functional model with one input.

    Args:
        model: from token ids to `logits`.
        token_ids: int32 tensor of shape `(batch, time)`, its batch known.

    Raises:
        ConversionError: for a model that is not functional, or a recurrent
            layer that is no `Stacked`.
    """
    if not isinstance(model, keras.Model) or not model.inputs:
        raise ConversionError(
            "LiteRT needs a functional Keras model. Received: "
            f"{type(model).__name__}"
        )
    values = {id(model.inputs[0]): _Value(token_ids)}

    def value_of(tensor):
        if id(tensor) not in values:
            layer, call, _ = tensor._keras_history
            node = layer._inbound_nodes[call]
            # A mask is among a layer's inputs too; it goes its own way here.
            inputs = [
                value_of(x)
                for x in node.input_tensors
                if isinstance(x._keras_history.operation, keras.layers.Layer)
            ]
            reverse = node.arguments.kwargs.get("reverse", False)
            values[id(tensor)] = _called(layer, inputs, reverse)
        return values[id(tensor)]

    return value_of(model.outputs[0]).x


def _called(layer, inputs, reverse):
    first = inputs[0]
    if isinstance(layer, Stacked):
        y = recurrent.stack(layer, first.x, first.mask)
        return _Value(y, first.mask if layer.return_sequences else None)
    if isinstance(layer, Bidirectional | Recurrent | StatefulRNN):
        raise ConversionError(
            f"LiteRT has a form of `zoo.layers.Stacked`, not of "
            f"{type(layer).__name__}."
        )
    if isinstance(layer, WithNgrams):
        return _Value(ngrams.mean(layer, *(one.x for one in inputs)))
    if isinstance(layer, keras.layers.Concatenate):
        return _Value(layer([one.x for one in inputs]), first.mask)
    takes = inspect.signature(layer.call).parameters
    options = {}
    if "mask" in takes and first.mask is not None:
        options["mask"] = first.mask
    if reverse:
        options["reverse"] = True
    y = layer(*(one.x for one in inputs), **options)
    return _Value(y, layer.compute_mask(first.x, first.mask))
