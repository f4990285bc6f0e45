"""One table for what is read and for what is written."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class TiedEmbedding(keras.layers.Embedding):
    """An embedding whose vectors also score the tokens that may come next.

    With `E` of shape `(vocabulary, size)`:

        x      = E[token]                 token ids to vectors
        logits = y E^T + bias             vectors to logits, `reverse=True`

    The logits are given in float32 whatever the policy.

    Call arguments:
        inputs: int tensor of token ids, of any shape; with `reverse`, a
            tensor of shape `(..., size)`.
        reverse: bool. Whether vectors become logits. Defaults to `False`.

    Reference:
        - [Press and Wolf, 2017](https://aclanthology.org/E17-2025)
    """

    def build(self, input_shape=None):
        super().build(input_shape)
        self.bias = self.add_weight(
            name="bias", shape=(self.input_dim,), initializer="zeros"
        )

    def call(self, inputs, reverse=False):
        if not reverse:
            return super().call(inputs)
        logits = ops.matmul(inputs, ops.transpose(self.embeddings)) + self.bias
        return ops.cast(logits, self.variable_dtype)

    def compute_output_shape(self, input_shape, reverse=False):
        last = self.input_dim if reverse else self.output_dim
        before = input_shape[:-1] if reverse else input_shape
        return (*before, last)

    def compute_output_spec(self, inputs, reverse=False):
        return keras.KerasTensor(
            self.compute_output_shape(inputs.shape, reverse),
            dtype=self.variable_dtype if reverse else self.compute_dtype,
        )
