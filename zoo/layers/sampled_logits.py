"""The softmax over a large vocabulary, estimated from a part of it."""

import math
from typing import Any

import keras
from keras import ops

from zoo.argument_checks import at_least
from zoo.errors import InputError


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class SampledLogits(keras.layers.Layer):
    """Logits of some words instead of all, for training alone.

    With vectors `e_k` and biases `b_k` of `V` words, the most frequent first,
    and a state `h`, the logit of word `k` is `z_k = h e_k + b_k`. The `F` most
    frequent ones are all there; of the others, `R` are drawn anew for each
    batch, with probability `q_k`, by importance sampling:

        q_k = log((k + 1) / k) / log(V / F)           k in [F, V), Zipf's law
        Z   = sum_{k < F} exp(z_k) + exp(z_t)
              + sum_{k drawn} exp(z_k - log(R q_k))   an estimate of sum_k

    where `t` is the word that comes; it has a place of its own if it is not
    frequent, and does not count again if it is drawn. `softmax` over the
    columns `[frequent | t | drawn]` is then an estimate of the softmax over
    all words, and the right column is `min(t, F)`.

    Args:
        embedding: A `TiedEmbedding`, whose ids are ordered by frequency.
        frequent: int. Number of words that are always there, `F`.
        drawn: int. Number of words that are drawn, `R`.
        seed: int or `None`. Seed of the draws.

    Call arguments:
        inputs: Tensor of shape `(batch, time, size)`.
        next_ids: int tensor of shape `(batch, time)`: the word that comes.

    Returns:
        A float32 tensor of shape `(batch, time, frequent + 1 + drawn)`.

    Raises:
        InputError: for `frequent` or `drawn` below 1, or so many frequent words
            that there is nothing to draw.

    Reference:
        - [Bengio and Senecal, 2008](https://doi.org/10.1109/TNN.2007.912312)
        - [Jean et al., 2015](https://aclanthology.org/P15-1001), section 3
    """

    def __init__(
        self,
        embedding: keras.layers.Layer,
        frequent: int,
        drawn: int,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        at_least(1, frequent=frequent, drawn=drawn)
        if frequent >= embedding.vocabulary_size:
            raise InputError(
                "`frequent` must be below the number of words, "
                f"{embedding.vocabulary_size}. Received: {frequent}"
            )
        self.embedding = embedding
        self.frequent = frequent
        self.drawn = drawn
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, inputs_shape, next_ids_shape=None):
        if not self.embedding.built:
            self.embedding.build()

    def call(self, inputs, next_ids):
        words, frequent = self.embedding.vocabulary_size, self.frequent
        e, b = self.embedding.embeddings, self.embedding.bias
        share = keras.random.uniform((self.drawn,), seed=self.seed_generator)
        spread = math.log(words / frequent)
        k = ops.cast(ops.floor(frequent * ops.exp(share * spread)), "int32")
        k = ops.minimum(k, words - 1)
        place = ops.cast(k, "float32")
        often = ops.log((place + 1) / place) * (self.drawn / spread)

        def wide(values):
            return ops.cast(values, self.variable_dtype)

        def logits(vectors, biases):
            return wide(ops.matmul(inputs, ops.transpose(vectors))) + wide(
                biases
            )

        always = logits(e[:frequent], b[:frequent])
        others = logits(ops.take(e, k, axis=0), ops.take(b, k)) - ops.log(often)
        true = ops.sum(wide(inputs * ops.take(e, next_ids, axis=0)), axis=-1)
        true = true + wide(ops.take(b, next_ids))
        never = -1e9
        true = ops.where(next_ids < frequent, never, true)
        others = ops.where(next_ids[:, :, None] == k, never, others)
        return ops.concatenate([always, true[:, :, None], others], axis=-1)

    def compute_output_spec(self, inputs, next_ids):
        shape = (*inputs.shape[:2], self.frequent + 1 + self.drawn)
        return keras.KerasTensor(shape, dtype=self.variable_dtype)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "embedding": keras.saving.serialize_keras_object(
                    self.embedding
                ),
                "frequent": self.frequent,
                "drawn": self.drawn,
                "seed": self.seed,
            }
        )
        return config

    @classmethod
    def from_config(cls, config):
        embedding = keras.saving.deserialize_keras_object(config["embedding"])
        return cls(**{**config, "embedding": embedding})
