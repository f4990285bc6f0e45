"""Both contexts of every step: one layer forwards, one backwards."""

from typing import Any

import keras
from keras import ops

from zoo.backend.tensor import Tensor


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Bidirectional(keras.layers.Layer):
    """Runs a layer over a sequence in both directions and concatenates.

    Step `t` of the output holds what the forward layer knows of steps
    `0..t` and what the backward layer knows of steps `t..end`. Without
    `return_sequences` each direction gives the output of its own last step:
    the end of the sequence for the forward layer, its beginning for the
    backward one. Masked (right-padded) steps change neither.

    Args:
        layer: A `Recurrent` layer with `reverse=False`; the backward one is
            made from its configuration, with weights of its own.

    Call arguments:
        inputs: Tensor of shape `(batch, time, features)`.
        initial_state: Optional list of tensors: the states of the forward
            layer, then those of the backward layer.
        mask: Optional boolean tensor of shape `(batch, time)`.
        training: bool. Whether dropout is on.

    Returns:
        A tensor of shape `(batch, time, 2 * units)` or `(batch, 2 * units)`,
        forward half first. With `return_state`, a list of that, the final
        states of the forward layer and those of the backward layer.

    Raises:
        ValueError: for a layer that runs backwards already.

    Example:
        >>> forward = Recurrent(zoo.cells.GRUCell(8))
        >>> Bidirectional(forward)(keras.random.normal((2, 5, 3))).shape
        (2, 16)

    Reference:
        - [Schuster and Paliwal, 1997](https://doi.org/10.1109/78.650093)
    """

    def __init__(self, layer: keras.layers.Layer, **kwargs: Any):
        super().__init__(**kwargs)
        if layer.reverse:
            raise ValueError(
                "`layer` must run forwards (`reverse=False`). "
                "Received a layer with reverse=True"
            )
        self.forward_layer = layer
        backward = layer.get_config()
        backward["name"] = f"{layer.name}_backward"
        backward["reverse"] = True
        if layer.seed is not None:
            backward["seed"] = layer.seed + 1
        self.backward_layer = type(layer).from_config(backward)
        self.supports_masking = True

    def build(self, inputs_shape, initial_state_shape=None):
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(inputs_shape)

    def call(self, inputs, initial_state=None, mask=None, training=False):
        forward_state = backward_state = None
        if initial_state is not None:
            half = len(initial_state) // 2
            forward_state = initial_state[:half]
            backward_state = initial_state[half:]
        forward = self.forward_layer(
            inputs, initial_state=forward_state, mask=mask, training=training
        )
        backward = self.backward_layer(
            inputs, initial_state=backward_state, mask=mask, training=training
        )
        if not self.forward_layer.return_state:
            return ops.concatenate([forward, backward], axis=-1)
        output = ops.concatenate([forward[0], backward[0]], axis=-1)
        return [output, *forward[1:], *backward[1:]]

    def initial_state(self, batch_size: int) -> list[Tensor]:
        """A list of zero states, those of the forward layer first."""
        return self.forward_layer.initial_state(
            batch_size
        ) + self.backward_layer.initial_state(batch_size)

    def compute_mask(self, inputs, mask=None):
        one = self.forward_layer.compute_mask(inputs, mask)
        if isinstance(one, list):
            return one + one[1:]
        return one

    def get_config(self):
        config = super().get_config()
        config["layer"] = keras.saving.serialize_keras_object(
            self.forward_layer
        )
        return config

    @classmethod
    def from_config(cls, config):
        layer = keras.saving.deserialize_keras_object(config["layer"])
        return cls(**{**config, "layer": layer})
