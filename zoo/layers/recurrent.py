"""A cell, run over time."""

import inspect
from typing import Any

import keras
from keras import ops

from zoo.argument_checks import fraction
from zoo.backend.tensor import Tensor
from zoo.backend.time_loop import time_loop
from zoo.backend.whole_sequence import whole_sequence
from zoo.errors import InputError
from zoo.layers.cell_scan import cell_scan
from zoo.layers.recurrence_form import pays_to_compile, step_gradient


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Recurrent(keras.layers.Layer):
    """Runs any cell over a sequence, with the same weights at every step.

    Where a step is masked, the states stay as they were and the output is
    zeros, so a right-padded sequence ends in the state of its last real
    step; the last output is that of this step (zeros where there is none).

    A cell whose recurrence is linear (it has `terms`) runs as one scan over
    the whole sequence, any other step by step.

    Args:
        cell: A layer that follows the cell contract: `state_size` (a list of
            ints), `output_size` and `call(inputs, states, training)` that
            returns the output and the list of new states.
        return_sequences: bool. Whether to return the output of every step
            or of the last one only. Defaults to `False`.
        return_state: bool. Whether to return the final states too. Defaults
            to `False`.
        reverse: bool. Whether time runs from the last step to the first.
            Outputs keep the order of the inputs; "the last" is then the
            first of the sequence. Defaults to `False`.
        recurrent_dropout: float in [0, 1). Share of the state's units hidden
            from the recurrent product in training, the same ones at every
            step of a sequence (variational dropout). Defaults to `0.0`.
        seed: int or `None`. Seed of that dropout.

    Call arguments:
        inputs: Tensor of shape `(batch, time, features)`.
        initial_state: Optional list of tensors of shape `(batch, size)`, one
            for each entry of the cell's `state_size`. Zeros by default.
        mask: Optional boolean tensor of shape `(batch, time)`.
        training: bool. Whether dropout is on.

    Returns:
        A tensor of shape `(batch, time, units)` if `return_sequences`, else
        `(batch, units)`. With `return_state`, a list of that and the final
        states.

    Raises:
        ValueError: for a cell without the contract's attributes, a dropout
            outside [0, 1) or one that the cell cannot do, and a wrong number
            of initial states.

    Example:
        >>> layer = Recurrent(zoo.cells.GRUCell(8), return_sequences=True)
        >>> layer(keras.random.normal((2, 5, 3))).shape
        (2, 5, 8)

    Reference:
        - Variational dropout: [Gal and Ghahramani, 2016](
          https://arxiv.org/abs/1512.05287)
    """

    def __init__(
        self,
        cell: keras.layers.Layer,
        return_sequences: bool = False,
        return_state: bool = False,
        reverse: bool = False,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        for name in ("state_size", "output_size", "call"):
            if not hasattr(cell, name):
                raise ValueError(
                    f"`cell` must have `{name}`; see zoo.cells for the "
                    f"contract. Received: {cell!r}"
                )
        fraction(recurrent_dropout=recurrent_dropout)
        takes = inspect.signature(cell.call).parameters
        if recurrent_dropout and "recurrent_mask" not in takes:
            raise InputError(
                "`recurrent_dropout` needs a cell whose `call` takes "
                f"`recurrent_mask`. Received: {type(cell).__name__}"
            )
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.reverse = reverse
        self.recurrent_dropout = recurrent_dropout
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, inputs_shape, initial_state_shape=None):
        # A layer read from a file brings its cell built already.
        if not self.cell.built:
            self.cell.build((inputs_shape[0], inputs_shape[-1]))

    def call(self, inputs, initial_state=None, mask=None, training=False):
        states = initial_state
        if states is None:
            states = self.initial_state(ops.shape(inputs)[0])
        if len(states) != len(self.cell.state_size):
            raise ValueError(
                f"`initial_state` must be a list of "
                f"{len(self.cell.state_size)} tensors. "
                f"Received: {len(states)}"
            )
        states = [ops.cast(s, self.compute_dtype) for s in states]
        if inputs.shape[1] == 0:
            # Nothing to run over; not every backend's loop can say that.
            units = self.cell.output_size
            outputs = ops.zeros((*ops.shape(inputs)[:2], units), inputs.dtype)
            output = (
                outputs
                if self.return_sequences
                else ops.zeros((ops.shape(inputs)[0], units), inputs.dtype)
            )
            return [output, *states] if self.return_state else output
        if mask is not None:
            mask = ops.cast(mask, "bool")
        if self.reverse:
            # Reversed here, not by counting down in a loop: tf2onnx stacks
            # what a loop writes in the order of its steps, not by index.
            inputs = ops.flip(inputs, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
        outputs, states = self._run(inputs, states, mask, bool(training))
        if mask is not None:
            outputs = ops.where(mask[:, :, None], outputs, 0)
        if not self.return_sequences:
            output = _last(outputs, mask)
        elif self.reverse:
            output = ops.flip(outputs, axis=1)
        else:
            output = outputs
        return [output, *states] if self.return_state else output

    def _run(self, inputs, states, mask, training):
        if hasattr(self.cell, "terms"):
            return cell_scan(self.cell, inputs, states, mask, training)
        drop = None
        if training and self.recurrent_dropout:
            drop = keras.random.dropout(
                ops.ones_like(states[0]),
                self.recurrent_dropout,
                seed=self.seed_generator,
            )
        cell = self.cell
        gradient = step_gradient(cell) if training else None
        if gradient is not None and inputs.shape[1] != 1:
            weights = [cell.kernel, cell.recurrent_kernel]
            weights += [cell.bias] if hasattr(cell, "bias") else []
            compiled = pays_to_compile(cell, inputs)
            return whole_sequence(
                gradient, inputs, weights, states, mask, drop, compiled
            )
        extra = {} if drop is None else {"recurrent_mask": drop}

        def step(x, states):
            return cell.call(x, states, training=training, **extra)

        return time_loop(step, inputs, states, mask, training)

    def initial_state(self, batch_size: int) -> list[Tensor]:
        """A list of zero states for a batch of `batch_size` sequences."""
        return [
            ops.zeros((batch_size, size), self.compute_dtype)
            for size in self.cell.state_size
        ]

    def compute_mask(self, inputs, mask=None):
        output_mask = mask if self.return_sequences else None
        if self.return_state:
            return [output_mask] + [None for _ in self.cell.state_size]
        return output_mask

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "cell": keras.saving.serialize_keras_object(self.cell),
                "return_sequences": self.return_sequences,
                "return_state": self.return_state,
                "reverse": self.reverse,
                "recurrent_dropout": self.recurrent_dropout,
                "seed": self.seed,
            }
        )
        return config

    @classmethod
    def from_config(cls, config):
        cell = keras.saving.deserialize_keras_object(config["cell"])
        return cls(**{**config, "cell": cell})


def _last(outputs, mask):
    """The output of the last step of each row that is not masked."""
    if mask is None:
        return outputs[:, -1]
    steps = ops.arange(1, ops.shape(mask)[1] + 1, dtype="int32")
    last = ops.max(ops.where(mask, steps, 1), axis=1) - 1
    return ops.take_along_axis(outputs, last[:, None, None], axis=1)[:, 0]
