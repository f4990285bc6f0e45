"""The next token: greedy or drawn, from what is left after filters."""

import math
from collections.abc import Callable, Sequence

import keras
import numpy as np
from keras import ops

from zoo.backend.compile import compiled
from zoo.backend.tensor import Tensor
from zoo.backend.time_loop import time_loop
from zoo.decoding.search_settings import Sampling as Sampling

# Tokens that a repetition penalty looks back on.
REPETITION_WINDOW = 64
# Below this, a temperature is as good as none.
_COLDEST = 1e-6


def filtered(logits: Tensor, sampling: Sampling) -> Tensor:
    """Logits after temperature and filters, minus infinity where dropped.

    Args:
        logits: Tensor of shape `(rows, vocabulary)`.
        sampling: its temperature must be above 0.
    """
    # From the highest one down, so that a tiny temperature does not overflow.
    logits = logits - ops.max(logits, axis=-1, keepdims=True)
    logits = logits / max(sampling.temperature, _COLDEST)
    vocabulary = logits.shape[-1]
    if 0 < sampling.top_k < vocabulary:
        highest, _ = ops.top_k(logits, sampling.top_k)
        logits = ops.where(logits < highest[:, -1:], -np.inf, logits)
    if sampling.top_p < 1:
        highest, _ = ops.top_k(logits, vocabulary)
        p = ops.softmax(highest)
        # A token stays if those before it do not make up `top_p` already.
        stays = ops.cumsum(p, axis=-1) - p < sampling.top_p
        # The first always does, however the sum is rounded.
        stays = ops.logical_or(stays, ops.arange(vocabulary) == 0)
        least = ops.min(
            ops.where(stays, highest, np.inf), axis=-1, keepdims=True
        )
        logits = ops.where(logits < least, -np.inf, logits)
    if sampling.min_p > 0:
        highest = ops.max(logits, axis=-1, keepdims=True)
        least = highest + math.log(sampling.min_p)
        logits = ops.where(logits < least, -np.inf, logits)
    return logits


def penalised(logits: Tensor, recent: Tensor, penalty: float) -> Tensor:
    """Logits with those of recent tokens made smaller.

    Args:
        logits: Tensor of shape `(rows, vocabulary)`.
        recent: int tensor of shape `(rows, REPETITION_WINDOW)`, padded with
            -1.
        penalty: see `Sampling`.
    """
    tokens = ops.arange(logits.shape[-1], dtype="int32")
    seen = ops.any(recent[:, :, None] == tokens, axis=1)
    smaller = ops.where(logits > 0, logits / penalty, logits * penalty)
    return ops.where(seen, smaller, logits)


def writer(
    step_model: keras.Model, sampling: Sampling, banned: Sequence[int]
) -> Callable:
    """A compiled function that writes as many tokens as it gets noise for.

    Drawing is `argmax(logits + noise)` with Gumbel noise, which is a draw
    from the softmax; so the noise, made outside, is all that is random, and
    a greedy choice is one without it.

    Args:
        step_model: what `zoo.models.language_model.step_form` returned.
        sampling: how to choose.
        banned: ids that are never written.

    Returns:
        A function of `noise`, of shape `(rows, time, vocabulary)`, `logits`
        for the first token, `recent` tokens as in `penalised`, and the
        states; to the tokens, float32 `(rows, time, 1)`, and the `logits`,
        `recent` and states behind them.
    """
    names = [name for name in step_model.output if name != "logits"]
    vocabulary = step_model.output["logits"].shape[-1]
    bias = np.zeros((1, vocabulary), "float32")
    bias[0, list(banned)] = -np.inf

    def step(noise, carried):
        logits, recent, *states = carried
        logits = logits + bias
        if sampling.repetition_penalty != 1:
            logits = penalised(logits, recent, sampling.repetition_penalty)
        if sampling.temperature > 0:
            logits = filtered(logits, sampling) + noise
        token = ops.cast(ops.argmax(logits, axis=-1), "int32")[:, None]
        recent = ops.concatenate([recent[:, 1:], token], axis=1)
        inputs = dict(zip(names, states, strict=True))
        outputs = step_model({"token_ids": token, **inputs}, training=False)
        states = [outputs[name] for name in names]
        carried = [outputs["logits"][:, 0], recent, *states]
        return ops.cast(token, "float32"), carried

    def write(noise, *carried):
        tokens, after = time_loop(step, noise, list(carried))
        return tokens, *after

    return compiled(write, step_model)


def gumbel(generator: np.random.Generator, shape: tuple) -> np.ndarray:
    """Gumbel noise, float32: its arg max with logits is a draw of them."""
    uniform = generator.random(shape, "float32")
    # Of [0, 1) this is the one value that has no logarithm.
    return -np.log(-np.log(np.maximum(uniform, np.finfo("float32").tiny)))
