"""States that go on from one batch to the next, for training."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class StatefulRNN(keras.layers.Layer):
    """Runs a stack from the states in which the last training batch left it.

    Truncated back-propagation through time: row `r` of every batch goes on
    where row `r` of the batch before it stopped; gradients stop at the edge
    between the two. The states are variables, so a backup of all variables
    holds them too. Rows never mix.

    Args:
        stacked: A `Stacked` with `return_sequences` and `return_state`.
        rows: int. Number of rows of a batch, over all replicas.

    Call arguments:
        inputs: Tensor of shape `(rows, time, features)`.
        carry: float tensor of shape `(rows, 1)`: 1 where a row goes on, 0
            where it starts anew, from zeros.
        training: bool. Whether the final states are kept for the next batch.

    Returns:
        A tensor of shape `(rows, time, units)`.

    Reference:
        - [Williams and Peng, 1990](https://doi.org/10.1162/neco.1990.2.4.490)
    """

    def __init__(self, stacked: keras.layers.Layer, rows: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.stacked = stacked
        self.rows = rows

    def build(self, inputs_shape, carry_shape=None):
        if not self.stacked.built:
            self.stacked.build(inputs_shape)
        self.carried = [
            self.add_weight(
                name=f"state_{place}",
                shape=(self.rows, state.shape[-1]),
                initializer="zeros",
                trainable=False,
                # Each replica writes its own rows, and zeros for the others.
                aggregation="sum",
            )
            for place, state in enumerate(self.stacked.initial_state(1))
        ]

    def call(self, inputs, carry, training=False):
        rows = ops.shape(inputs)[0]
        first = _replica() * rows
        states = [
            ops.cast(state[first : first + rows], self.compute_dtype)
            * ops.cast(carry, self.compute_dtype)
            for state in self.carried
        ]
        outputs, *final = self.stacked(
            inputs, initial_state=states, training=training
        )
        if training:
            for variable, state in zip(self.carried, final, strict=True):
                state = ops.cast(state, variable.dtype)
                behind = self.rows - first - rows
                variable.assign(ops.pad(state, [[first, behind], [0, 0]]))
        return outputs

    def compute_output_shape(self, inputs_shape, carry_shape=None):
        return (*inputs_shape[:2], self.stacked.arguments["units"])

    def get_config(self):
        config = super().get_config()
        stacked = keras.saving.serialize_keras_object(self.stacked)
        config.update({"stacked": stacked, "rows": self.rows})
        return config

    @classmethod
    def from_config(cls, config):
        stacked = keras.saving.deserialize_keras_object(config["stacked"])
        return cls(**{**config, "stacked": stacked})


def _replica():
    """Number of this replica: 0 where there is only one."""
    if keras.backend.backend() != "tensorflow":
        return 0
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return 0
    return context.replica_id_in_sync_group
