"""What becomes a LiteRT file: functions with names, of a fixed batch.

A step runs no loop, so it is the Keras model's own; what runs over time is
built from the layers (`export.litert.layers`, `export.litert.recurrent`).
"""

import dataclasses
from collections.abc import Callable

import keras

from export.litert import layers, recurrent
from zoo.models.layer_names import (
    BRIDGE,
    DECODER,
    ENCODER,
    KEYS,
    SOURCE_EMBEDDING,
    TARGET_EMBEDDING,
)
from zoo.models.translator import MEMORY
from zoo.text.ids import PADDING

TOKENS, SOURCE, TARGET = "token_ids", "source_ids", "target_ids"
# Of no vocabulary.
_TOO_LARGE = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class Form:
    """A function that is converted.

    Attributes:
        function: of a tensor for each input, by its name, to a dict of tensors.
        axes: of each input, by its name, sizes; `None` for any.
        model: whose weights it reads.
    """

    function: Callable
    axes: dict[str, list[int | None]]
    model: keras.Model


def whole(model: keras.Model, batch: int, length: int | None) -> Form:
    """From `token_ids` to `logits`."""
    has_time = len(model.outputs[0].shape) > 2

    def run(token_ids):
        logits = layers.logits(model, _ids(token_ids))
        return {"logits": _cut(logits, token_ids) if has_time else logits}

    return Form(run, {TOKENS: [batch, length]}, model)


def language_model_step(
    step_model: keras.Model, axes: dict, batch: int
) -> Form:
    """From a token and states to logits and states.

    Args:
        step_model: `zoo.models.language_model.step_form`.
        axes: `export.tasks.language_model.step_axes` of it.
        batch: number of rows.
    """
    return _step(step_model, axes, {"batch": batch})


def decoder_step(
    step_model: keras.Model, axes: dict, batch: int, length: int | None
) -> Form:
    """From a token, states and the memory to logits, states and attention.

    Args:
        step_model: `zoo.models.translator.step_form`.
        axes: `export.onnx.translator.step_axes` of it.
        batch: number of rows.
        length: of the source.
    """
    sizes = {"batch": batch, "source_time": length}
    return _step(step_model, axes, sizes)


def encoder(model: keras.Model, batch: int, length: int | None) -> Form:
    """From `source_ids` to what `zoo.models.translator.encoder_form` gives."""
    import tensorflow as tf

    names = {layer.name for layer in model.layers}
    # Source and target may share one.
    table = SOURCE_EMBEDDING if SOURCE_EMBEDDING in names else TARGET_EMBEDDING
    sizes = model.get_layer(DECODER).state_size

    def run(source_ids):
        ids = _ids(source_ids)
        mask = tf.not_equal(ids, PADDING)
        x = model.get_layer(table)(ids)
        stacked = model.get_layer(ENCODER)
        memory, states = recurrent.with_states(stacked, x, mask)
        start = model.get_layer(BRIDGE)(tf.concat(states, axis=-1))
        outputs = {}
        if KEYS in names:
            keys = model.get_layer(KEYS)(memory)
            for name, value in zip(MEMORY, (memory, keys, mask), strict=True):
                value = tf.cast(value, "float32")
                outputs[name] = _cut(value, source_ids)
        for place, state in enumerate(tf.split(start, sizes, axis=-1)):
            outputs[f"state_{place}"] = state
        return outputs

    return Form(run, {SOURCE: [batch, length]}, model)


def _step(step_model, axes, sizes):
    names = list(axes["inputs"])

    def run(*values):
        inputs = dict(zip(names, values, strict=True))
        inputs[names[0]] = _not_negative(inputs[names[0]])
        outputs = step_model(inputs, training=False)
        result = {"logits": outputs["logits"][:, 0]}
        for name, value in outputs.items():
            if name == "attention":
                result[name] = value[:, 0]
            elif name != "logits":
                result[f"next_{name}"] = value
        return result

    shapes = {
        name: [sizes.get(size, size) for size in shape]
        for name, shape in axes["inputs"].items()
    }
    return Form(run, shapes, step_model)


def _ids(ids):
    """Ids that are not negative, of one step more where any length may come:
    there is no recurrence over no step at all.
    """
    import tensorflow as tf

    if ids.shape[1] is None:
        ids = tf.pad(ids, [[0, 0], [0, 1]], constant_values=PADDING)
    return _not_negative(ids)


def _not_negative(ids):
    """Ids of which a negative one, which would be counted from the end of the
    vocabulary, is an error, as one above it is.
    """
    import tensorflow as tf

    return tf.where(ids < 0, _TOO_LARGE, ids)


def _cut(value, ids):
    """A value at every step, without the step that `_ids` adds."""
    return value[:, :-1] if ids.shape[1] is None else value
