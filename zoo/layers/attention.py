"""Where a decoder looks: weights over the steps of what an encoder read."""

from typing import Any

import keras
from keras import ops

from zoo.argument_checks import one_of
from zoo.choices import ATTENTION_KINDS

# Added to the score of padding: exp of it is 0 in float32 and in bfloat16, and
# float16 can still hold it.
_FAR_BELOW = -30000.0


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Attention(keras.layers.Layer):
    """A weighted mean of a memory, the weights chosen by a query.

    For a query `s` of size `units`, a memory `h_j` and its keys
    `k_j = h_j W_k`, which are made once for all queries:

        e_j = v . tanh(s W_s + k_j)     additive (Bahdanau et al., 2015)
        e_j = s . k_j                   multiplicative (Luong et al., 2015)
        a_j = exp(e_j) / sum_i exp(e_i)
        c   = sum_j a_j h_j             the context

    The sums are over the steps of the memory that are not masked; where all of
    them are, the weights and the context are zeros.

    Args:
        kind: str. `additive` or `multiplicative`. Defaults to `"additive"`.

    Call arguments:
        query: Tensor of shape `(batch, queries, units)`.
        memory: Tensor of shape `(batch, source_time, size)`.
        keys: Tensor of shape `(batch, source_time, units)`.
        mask: boolean tensor of shape `(batch, source_time)`.

    Returns:
        The contexts, of shape `(batch, queries, size)`, and the weights, of
        shape `(batch, queries, source_time)`.

    Raises:
        InputError: for an unknown kind.

    Reference:
        - [Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473), section 3.1
        - [Luong et al., 2015](https://arxiv.org/abs/1508.04025), section 3.1,
          `general`
    """

    def __init__(self, kind: str = "additive", **kwargs: Any):
        super().__init__(**kwargs)
        self.kind = one_of("attention", kind, ATTENTION_KINDS)

    def build(self, query_shape, *other_shapes):
        units = query_shape[-1]
        if self.kind == "additive":
            self.kernel = self.add_weight(
                name="kernel",
                shape=(units, units),
                initializer="glorot_uniform",
            )
            self.score = self.add_weight(
                name="score", shape=(units, 1), initializer="glorot_uniform"
            )

    def call(self, query, memory, keys, mask):
        if self.kind == "additive":
            s = _product(query, self.kernel)
            e = ops.tanh(s[:, :, None] + keys[:, None])
            e = _product(e, self.score)[..., 0]
        else:
            e = ops.matmul(query, ops.swapaxes(keys, 1, 2))
        kept = ops.cast(mask, e.dtype)[:, None]
        e = e + (1 - kept) * _FAR_BELOW
        # Not `softmax`, which warns of a source of one token.
        a = ops.exp(e - ops.max(e, axis=-1, keepdims=True)) * kept
        total = ops.sum(a, axis=-1, keepdims=True)
        a = a / ops.maximum(total, keras.config.epsilon())
        return ops.matmul(a, memory), a

    def get_config(self):
        return {**super().get_config(), "kind": self.kind}


def _product(x, kernel):
    """`x` times a matrix, as two dimensions: XLA compiles their gradient."""
    y = ops.matmul(ops.reshape(x, (-1, x.shape[-1])), kernel)
    return ops.reshape(y, (*ops.shape(x)[:-1], kernel.shape[-1]))
