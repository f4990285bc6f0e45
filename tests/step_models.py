"""Small language models and translators, what goes into a step of them, and
what it must answer.
"""

import functools
import importlib

import numpy as np

from export.onnx import edges, language_model_step, translator
from export.tasks.language_model import step_axes
from zoo import models

# Functions of the same names stand in front of these modules.
_LANGUAGE_MODEL = importlib.import_module("zoo.models.language_model")
_TRANSLATOR = importlib.import_module("zoo.models.translator")
# A table of this many vectors is large enough to be shared in a loop.
VOCABULARY, SIZE = 40, 32


@functools.cache
def language_model(**arguments):
    """A step as an `onnx.ModelProto`, its Keras model, and its axes."""
    model = _random("language_model", vocabulary_size=VOCABULARY, **arguments)
    step = _LANGUAGE_MODEL.step_form(model)
    axes = step_axes(step)
    proto = language_model_step.native(step, axes)
    return edges.checked_step(proto, "token_ids", axes["inputs"]), step, axes


@functools.cache
def translator_forms(**arguments):
    """A translator, its encoder form, its step form, and the step's axes."""
    sizes = dict.fromkeys(
        ("source_vocabulary_size", "target_vocabulary_size"), VOCABULARY
    )
    model = _random("translator", **sizes, **arguments)
    encoder = _TRANSLATOR.encoder_form(model)
    step = _TRANSLATOR.step_form(model)
    return model, encoder, step, translator.step_axes(encoder, step)


def decoder_step(**arguments):
    """A step as an `onnx.ModelProto`, its Keras model, and its axes."""
    _, _, step, axes = translator_forms(**arguments)
    proto = translator.step_proto(step, axes)
    return edges.checked_step(proto, "target_ids", axes["inputs"]), step, axes


def _random(builder, **arguments):
    sizes = {"units": 5, "embedding_size": SIZE}
    model = models.build(builder, {**sizes, **arguments})
    random = np.random.default_rng(2)
    for weight in model.trainable_weights:
        weight.assign(random.normal(0, 0.5, weight.shape))
    return model


def inputs_of(axes, rows, source_time=4):
    """Random ids, states and memory; of several rows, one is all padding."""
    random = np.random.default_rng(3)
    found = {}
    for name, shape in axes["inputs"].items():
        sizes = {"batch": rows, "source_time": source_time}
        shape = [sizes.get(axis, axis) for axis in shape]
        if name.endswith("_ids"):
            found[name] = random.integers(0, VOCABULARY, shape).astype("int32")
        elif name == "source_mask":
            found[name] = np.ones(shape, "float32")
            found[name][:, 3:] = 0
            found[name][1:2] = 0
        else:
            found[name] = random.normal(size=shape).astype("float32")
    return found


def answers(step, inputs):
    """What the Keras model answers, by the names of the file."""
    found = {}
    for name, value in step(inputs, training=False).items():
        if name in ("logits", "attention"):
            found[name] = np.asarray(value[:, 0])
        else:
            found[f"next_{name}"] = np.asarray(value)
    return found
