"""Recurrent layers on top of each other."""

from typing import Any

import keras

from zoo import cells
from zoo.argument_checks import fraction, within
from zoo.backend.tensor import Tensor
from zoo.choices import MOST_LAYERS, MOST_UNITS
from zoo.layers.bidirectional import Bidirectional
from zoo.layers.recurrent import Recurrent


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Stacked(keras.layers.Layer):
    """A stack of recurrent layers, each reading the outputs of the one below.

    Args:
        cell: str. Name of the cell, one of `zoo.cells.names()`.
        units: int. Size of the state of each layer and direction.
        layers: int. Number of layers. Defaults to `1`.
        bidirectional: bool. Whether each layer runs in both directions; the
            next one then reads `2 * units` features. Defaults to `False`.
        dropout: float in [0, 1). Dropout between the layers (none below the
            first or above the last). Defaults to `0.0`.
        recurrent_dropout: float in [0, 1). Variational dropout of the
            states, see `Recurrent`. Defaults to `0.0`.
        use_bias: bool. Whether the cells have biases. Defaults to `True`.
        return_sequences: bool. Whether the top layer returns every step or
            its last output only. Defaults to `False`.
        return_state: bool. Whether to return the final states of all layers
            too. Defaults to `False`.

    Call arguments:
        inputs: Tensor of shape `(batch, time, features)`.
        initial_state: Optional flat list of tensors of shape
            `(batch, units)`: from the lowest layer up, forward before
            backward, in the cell's order.
        mask: Optional boolean tensor of shape `(batch, time)`.
        training: bool. Whether dropout is on.

    Returns:
        A tensor of shape `(batch, time, directions * units)` if
        `return_sequences`, else `(batch, directions * units)`. With
        `return_state`, a list of that and the final states, in the order of
        `initial_state`.

    Raises:
        InputError: for an unknown cell, sizes below 1, or a dropout outside
            [0, 1).

    Example:
        >>> stack = Stacked("lstm", 8, layers=2, bidirectional=True)
        >>> stack(keras.random.normal((2, 5, 3))).shape
        (2, 16)
    """

    def __init__(
        self,
        cell: str,
        units: int,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        use_bias: bool = True,
        return_sequences: bool = False,
        return_state: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        within(1, MOST_UNITS, units=units)
        within(1, MOST_LAYERS, layers=layers)
        fraction(dropout=dropout, recurrent_dropout=recurrent_dropout)
        self.arguments: dict[str, Any] = {
            "cell": cell,
            "units": units,
            "layers": layers,
            "bidirectional": bidirectional,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "use_bias": use_bias,
            "return_sequences": return_sequences,
            "return_state": return_state,
        }
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.recurrent_layers = []
        for depth in range(layers):
            layer = Recurrent(
                cells.get(cell, units, use_bias=use_bias, name=cell),
                return_sequences=return_sequences or depth < layers - 1,
                return_state=True,
                recurrent_dropout=recurrent_dropout,
                name=f"layer_{depth}",
            )
            if bidirectional:
                layer = Bidirectional(layer, name=f"layer_{depth}_both")
            self.recurrent_layers.append(layer)
        self.between = keras.layers.Dropout(dropout, name="between")
        self.supports_masking = True

    def build(self, inputs_shape, initial_state_shape=None):
        directions = 2 if self.arguments["bidirectional"] else 1
        above = (*inputs_shape[:2], directions * self.arguments["units"])
        for depth, layer in enumerate(self.recurrent_layers):
            layer.build(above if depth else inputs_shape)

    def call(self, inputs, initial_state=None, mask=None, training=False):
        states = []
        x = inputs
        for depth, layer in enumerate(self.recurrent_layers):
            own_state = None
            if initial_state is not None:
                each = len(initial_state) // len(self.recurrent_layers)
                own_state = initial_state[depth * each : (depth + 1) * each]
            if depth:
                x = self.between(x, training=training)
            x, *final = layer(
                x, initial_state=own_state, mask=mask, training=training
            )
            states.extend(final)
        return [x, *states] if self.return_state else x

    def initial_state(self, batch_size: int) -> list[Tensor]:
        """A flat list of zero states, in the order of the call argument."""
        return [
            state
            for layer in self.recurrent_layers
            for state in layer.initial_state(batch_size)
        ]

    def compute_mask(self, inputs, mask=None):
        output_mask = mask if self.return_sequences else None
        if self.return_state:
            return [output_mask] + [None for _ in self.initial_state(1)]
        return output_mask

    def get_config(self):
        return {**super().get_config(), **self.arguments}
