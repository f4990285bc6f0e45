"""Prompts to the texts that follow them, the loop inside the graph."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from export.saved_model.input_checks import for_each_row
from export.saved_model.token_ops import TokenGraph
from zoo.backend.time_loop import time_loop

# What is written where only a prompt is given: as much of words as of
# characters, while generate.py writes 100 words.
LENGTH, TEMPERATURE, SEED = 300, 0.8, 0


def generate(
    tokens: TokenGraph,
    one_step: Callable,
    sizes: list[int],
    prompt: tf.Tensor,
    length: Any,
    temperature: Any,
    seed: Any,
) -> tf.Tensor:
    """Strings of shape `(batch,)` that follow the prompts.

    A row is written as if it were alone: with its own seed, and as many tokens
    as it was asked for.

    Args:
        tokens: of the model.
        one_step: from ids of shape `(batch, time)` and states to logits of
            each step and the next states.
        sizes: of the states.
        prompt: strings of shape `(batch,)`.
        length: int32 of shape `(batch,)` or `(1,)`.
        temperature: float32 likewise; 0 is greedy.
        seed: int32 likewise.
    """
    ids, lengths = tokens.encode(prompt)
    rows = tf.shape(ids)[0]
    length = for_each_row(length, rows, "length")
    temperature = for_each_row(temperature, rows, "temperature")[:, None]
    carried = _read(one_step, ids, lengths, sizes)
    steps = tf.maximum(1, tf.reduce_max(length))
    numbers = _uniform(for_each_row(seed, rows, "seed"), steps)

    def write_one(number, carried):
        logits, *states = carried
        logits = logits + tokens.logit_bias
        likely = tf.argmax(logits, axis=-1, output_type=tf.int32)
        drawn = _drawn(logits / tf.maximum(temperature, 1e-6), number)
        chosen = tf.where(temperature > 0, drawn[:, None], likely[:, None])
        logits, states = one_step(chosen, states)
        # The loop carries one kind of numbers; no id is past 2^24.
        return tf.cast(chosen, tf.float32), [logits[:, 0], *states]

    written, _ = time_loop(write_one, numbers[:, :, None], carried)
    return tokens.decode(tf.cast(written[:, :, 0], tf.int32), length)


def _read(one_step, ids, lengths, sizes):
    """The logits behind each prompt, and the states.

    What all prompts are long enough for is read at once; the rest step by
    step, as a row ends where it ends.
    """
    shortest = tf.minimum(tf.reduce_min(lengths), tf.shape(ids)[1])
    # Of no rows there may be no column; and with one behind what is read at
    # once, no loop is empty.
    ids = tf.pad(ids, [[0, 0], [0, 2]])
    begin = tf.maximum(1, shortest)
    zeros = [tf.zeros((tf.shape(ids)[0], size)) for size in sizes]
    logits, states = one_step(ids[:, :begin], zeros)

    def read_one(token, carried):
        logits, states = one_step(token, carried[1:])
        return token, [logits[:, 0], *states]

    rest = ids[:, begin:, None]
    places = begin + tf.range(tf.shape(rest)[1])
    mask = places[None] < lengths[:, None]
    _, carried = time_loop(read_one, rest, [logits[:, -1], *states], mask=mask)
    return carried


def _uniform(seeds, steps):
    """Numbers in [0, 1) of shape `(batch, steps)`: a row is by its seed."""
    numbers = tf.map_fn(
        lambda seed: tf.random.stateless_uniform([steps], tf.stack([seed, 0])),
        # One row more: of none, the shape would not be known.
        tf.pad(seeds, [[0, 1]]),
        fn_output_signature=tf.TensorSpec([None], tf.float32),
    )
    return numbers[:-1]


def _drawn(logits, numbers):
    """For each row the token in whose share of the probability a number is.

    Args:
        logits: of shape `(batch, vocabulary)`.
        numbers: in [0, 1), of shape `(batch, 1)`.
    """
    shares = tf.cumsum(tf.nn.softmax(logits), axis=-1)
    # The last share is 1 but for rounding.
    below = shares <= numbers * shares[:, -1:]
    return tf.reduce_sum(tf.cast(below, tf.int32), axis=-1)
