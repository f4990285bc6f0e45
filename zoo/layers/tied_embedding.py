"""One table for what is read and for what is written."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class TiedEmbedding(keras.layers.Layer):
    """An embedding whose vectors also score the tokens that may come next.

    With `E` of shape `(vocabulary_size, size)`:

        x      = E[token]                 token ids to vectors
        logits = y E^T + bias             vectors to logits, `reverse=True`

    The logits are given in float32 whatever the policy.

    Args:
        vocabulary_size: int. Number of token ids.
        size: int. Size of a token's vector.

    Call arguments:
        inputs: int tensor of token ids, of any shape; with `reverse`, a
            tensor of shape `(..., size)`.
        reverse: bool. Whether vectors become logits. Defaults to `False`.

    Reference:
        - [Press and Wolf, 2017](https://aclanthology.org/E17-2025)
    """

    def __init__(self, vocabulary_size: int, size: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.size = size

    def build(self, input_shape=None):
        self.embeddings = self.add_weight(
            name="embeddings",
            shape=(self.vocabulary_size, self.size),
            # Vectors of length 1, so that logits begin neither flat nor far.
            initializer=keras.initializers.RandomNormal(stddev=self.size**-0.5),
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.vocabulary_size,), initializer="zeros"
        )

    def call(self, inputs, reverse=False):
        if not reverse:
            return ops.take(self.embeddings, inputs, axis=0)
        logits = ops.matmul(inputs, ops.transpose(self.embeddings)) + self.bias
        return ops.cast(logits, self.variable_dtype)

    def compute_output_spec(self, inputs, reverse=False):
        if not reverse:
            shape, dtype = (*inputs.shape, self.size), self.compute_dtype
        else:
            shape = (*inputs.shape[:-1], self.vocabulary_size)
            dtype = self.variable_dtype
        return keras.KerasTensor(shape, dtype=dtype)

    def get_config(self):
        config = super().get_config()
        config.update(
            {"vocabulary_size": self.vocabulary_size, "size": self.size}
        )
        return config
