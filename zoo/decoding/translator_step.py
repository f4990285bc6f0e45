"""The forms of a translator as functions, which decoding and exports run."""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from zoo.backend.tensor import Tensor
from zoo.models.translator import MEMORY
from zoo.text.ids import PADDING, START, UNKNOWN


def max_target_length(units: Tensor) -> Tensor:
    """Most units of a translation of so many; one without end is cut off."""
    return 3 * units + 30


def max_target_lengths(source_ids: Tensor) -> tuple[Tensor, Tensor]:
    """The same of each row, and the highest there can be."""
    units = ops.sum(ops.cast(source_ids != PADDING, "int32"), axis=1)
    return max_target_length(units), max_target_length(ops.shape(source_ids)[1])


def read(
    encoder: keras.Model, source_ids: Tensor
) -> tuple[dict[str, Tensor], list[Tensor]]:
    """What the decoder reads again at every step, and its first states."""
    answer = encoder(source_ids, training=False)
    memory = {name: answer[name] for name in MEMORY if name in answer}
    return memory, [answer[name] for name in answer if name not in memory]


def logit_bias(step_model: keras.Model, unknown: bool) -> np.ndarray:
    """What to add to the logits so that only units of text are written."""
    vocabulary = step_model.output["logits"].shape[-1]
    bias = np.zeros((1, vocabulary), "float32")
    bias[0, [PADDING, START] + [UNKNOWN] * (not unknown)] = -1e9
    return bias


def stepper(
    step_model: keras.Model, memory: dict, bias: np.ndarray
) -> Callable:
    """One step of the decoder, for `greedy_or_sample` and `search_beams`.

    Args:
        step_model: the step form.
        memory: of each sentence, once for all its beams.
        bias: what to add to the logits.
    """
    names = [n for n in step_model.output if n not in ("logits", "attention")]

    def step(tokens, states):
        inputs = {"target_ids": tokens, **memory}
        inputs.update(zip(names, states, strict=True))
        outputs = step_model(inputs, training=False)
        weights = outputs.get("attention")
        weights = None if weights is None else ops.squeeze(weights, axis=1)
        logits = ops.squeeze(outputs["logits"], axis=1) + bias
        return logits, weights, [outputs[name] for name in names]

    return step
