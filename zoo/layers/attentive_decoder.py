"""A decoder that looks back at its source at every step."""

from typing import Any

import keras
from keras import ops

from zoo import cells
from zoo.argument_checks import fraction, within
from zoo.backend.time_loop import time_loop
from zoo.choices import MOST_LAYERS, MOST_UNITS
from zoo.layers.attention import Attention
from zoo.layers.recurrent import Recurrent


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class AttentiveDecoder(keras.layers.Layer):
    """A stack of cells whose top output asks a memory where to look.

    For the vector `x_t` of the last token of the target and the memory `h`:

        s_t = cells([x_t ; y_{t-1}], ...)    with input feeding; else of x_t
        c_t = attention(s_t, h)              the context
        y_t = tanh([c_t ; s_t] W + b)        what the next token is told from

    Input feeding tells the cells where they looked last; without it nothing
    that they do depends on the attention, so all steps look at once, and a
    linear cell runs as one scan. Without attention, `y_t` is `s_t`.

    Its states are those of the cells, from the lowest up, and, with input
    feeding, `y` behind them.

    Args:
        cell: str. Name of the cell, one of `zoo.cells.names()`.
        units: int. Size of the state of each cell, and of `y`.
        layers: int. Number of cells on top of each other. Defaults to `1`.
        attention: str. `additive`, `multiplicative` or `none`.
        input_feeding: bool. See above. Defaults to `True`.
        dropout: float in [0, 1). Dropout between the cells, of the same units
            at every step. Defaults to `0.0`.

    Call arguments:
        inputs: Tensor of shape `(batch, time, features)`.
        initial_state: List of tensors of shape `(batch, size)`, for each of
            `state_size`.
        memory: Tensor of shape `(batch, source_time, size)`, or with a row for
            several rows of the inputs, those behind one another; `None`
            without attention, like the next two.
        keys: Tensor of shape `(batch, source_time, units)`, see `Attention`.
        mask: boolean tensor of shape `(batch, source_time)`, false where the
            memory is of padding.
        training: bool. Whether dropout is on.

    Returns:
        A list of `y`, of shape `(batch, time, units)`; with attention, its
        weights, of shape `(batch, time, source_time)`; and the final states.

    Raises:
        InputError: for an unknown cell or attention, sizes below 1, or a
            dropout outside [0, 1).

    Reference:
        - [Luong et al., 2015](https://arxiv.org/abs/1508.04025), equation 5
          and section 3.3
    """

    def __init__(
        self,
        cell: str,
        units: int,
        layers: int = 1,
        attention: str = "additive",
        input_feeding: bool = True,
        dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        within(1, MOST_UNITS, units=units)
        within(1, MOST_LAYERS, layers=layers)
        fraction(dropout=dropout)
        self.arguments = {
            "cell": cell,
            "units": units,
            "layers": layers,
            "attention": attention,
            "input_feeding": input_feeding,
            "dropout": dropout,
        }
        self.units = units
        self.dropout = dropout
        self.seed_generator = keras.random.SeedGenerator()
        self.recurrent_layers = [
            Recurrent(
                cells.get(cell, units, name=cell),
                return_sequences=True,
                return_state=True,
                name=f"layer_{depth}",
            )
            for depth in range(layers)
        ]
        # Nothing asks for it where there is none.
        self.attention: Any = None
        if attention != "none":
            self.attention = Attention(attention, name="attention")
            self.combine = keras.layers.Dense(units, "tanh", name="combine")
        self.feeds = bool(input_feeding and self.attention)
        self.cell_sizes = [
            layer.cell.state_size for layer in self.recurrent_layers
        ]
        self.state_size = [size for sizes in self.cell_sizes for size in sizes]
        if self.feeds:
            self.state_size.append(units)

    def build(
        self,
        inputs_shape,
        initial_state_shape=None,
        memory_shape=None,
        keys_shape=None,
        mask_shape=None,
    ):
        features = inputs_shape[-1] + (self.units if self.feeds else 0)
        for depth, layer in enumerate(self.recurrent_layers):
            size = self.units if depth else features
            layer.build((inputs_shape[0], None, size))
        if self.attention is not None:
            self.attention.build((inputs_shape[0], None, self.units))
            both = self.units + memory_shape[-1]
            self.combine.build((None, both))

    def call(
        self,
        inputs,
        initial_state,
        memory=None,
        keys=None,
        mask=None,
        training=False,
    ):
        states = [ops.cast(s, self.compute_dtype) for s in initial_state]
        dropped = self._dropped(states[0], training)

        def look(s):
            # Rows that share a row of the memory are as many queries of it.
            rows, steps, _ = ops.shape(s)
            queries = ops.reshape(s, (ops.shape(memory)[0], -1, self.units))
            c, a = self.attention(queries, memory, keys, mask)
            c = ops.reshape(c, (rows, steps, c.shape[-1]))
            a = ops.reshape(a, (rows, steps, ops.shape(a)[-1]))
            # A product of two dimensions, whose gradient XLA can compile.
            both = ops.concatenate([c, s], axis=-1)
            y = self.combine(ops.reshape(both, (-1, both.shape[-1])))
            return ops.reshape(y, (rows, steps, self.units)), a

        if not self.feeds:
            s, states = self._all_steps(inputs, states, dropped, training)
            if self.attention is None:
                return [s, *states]
            return [*look(s), *states]

        def step(x, states):
            *states, y = states
            x = ops.concatenate([x, y], axis=-1)
            s, states = self._one_step(x, states, dropped, training)
            y, a = look(s[:, None])
            both = ops.concatenate([y[:, 0], a[:, 0]], axis=-1)
            return both, [*states, y[:, 0]]

        both, states = time_loop(step, inputs, states, training=training)
        return [both[:, :, : self.units], both[:, :, self.units :], *states]

    def _dropped(self, like, training):
        """What the inputs of each layer but the lowest are multiplied by."""
        above = self.recurrent_layers[1:]
        if not (training and self.dropout):
            return [None for _ in self.recurrent_layers]
        return [None] + [
            keras.random.dropout(
                ops.ones_like(like[:, : self.units]),
                self.dropout,
                seed=self.seed_generator,
            )
            for _ in above
        ]

    def _own(self, states):
        """The states of each layer."""
        states = iter(states)
        return [
            [next(states) for _ in layer.cell.state_size]
            for layer in self.recurrent_layers
        ]

    def _one_step(self, x, states, dropped, training):
        new = []
        for depth, own in enumerate(self._own(states)):
            if dropped[depth] is not None:
                x = x * dropped[depth]
            cell = self.recurrent_layers[depth].cell
            x, own = cell.call(x, own, training=training)
            new.extend(own)
        return x, new

    def _all_steps(self, x, states, dropped, training):
        new = []
        for depth, own in enumerate(self._own(states)):
            if dropped[depth] is not None:
                x = x * dropped[depth][:, None]
            layer = self.recurrent_layers[depth]
            x, *own = layer(x, initial_state=own, training=training)
            new.extend(own)
        return x, new

    def compute_output_spec(
        self,
        inputs,
        initial_state,
        memory=None,
        keys=None,
        mask=None,
        training=False,
    ):
        batch, time = inputs.shape[:2]

        def tensor(*shape):
            return keras.KerasTensor(shape, dtype=self.compute_dtype)

        result = [tensor(batch, time, self.units)]
        if self.attention is not None:
            result.append(tensor(batch, time, memory.shape[1]))
        return result + [tensor(batch, size) for size in self.state_size]

    def compute_mask(self, *inputs, **masks):
        # Padding of the target stands behind all that counts.
        return None

    def get_config(self):
        return {**super().get_config(), **self.arguments}
