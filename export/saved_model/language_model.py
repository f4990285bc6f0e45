"""A language model as a SavedModel: logits, one step, and text out of text."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from export.errors import ConversionError
from export.saved_model import readme
from export.saved_model.generate import LENGTH, SEED, TEMPERATURE, generate
from export.saved_model.input_checks import at_least_one_step, checked_ids
from export.saved_model.text_ops import load
from export.saved_model.token_ops import TokenGraph
from zoo.backend.quiet_loggers import only_errors
from zoo.tasks import LanguageModel

DEFAULT, IDS, STEP = "serving_default", "token_ids", "step"
TEXT = "generate"


def write(
    trained: LanguageModel, step_model: keras.Model, axes: dict, folder: Path
) -> None:
    """Writes the SavedModel of a trained language model.

    Signature `token_ids`: `token_ids`, int32 `(batch, time)`, to `logits`,
    float32 `(batch, time, vocabulary)`.
    Signature `step`: `token_ids`, int32 `(batch, 1)`, and the states, to
    `logits`, float32 `(batch, vocabulary)`, and the next states.
    Signature `generate`: `prompt`, strings of shape `(batch,)`, `length` and
    `seed`, int32, and `temperature`, float32 (0: greedy), of that shape or of
    `(1,)`, which stands for all rows, to `text`, strings of shape `(batch,)`:
    what follows each prompt. A row is written as if it were alone.
    Signature `serving_default`: the same of `prompt` alone.

    Args:
        trained: a language model.
        step_model: its step form.
        axes: names and axes of that form.
        folder: where to.
    """
    module = tf.Module()
    module.variables_of_model = [v.value for v in trained.model.variables]
    module.tokens = TokenGraph(trained.tokenizer)
    states = [name for name in axes["inputs"] if name != IDS]
    sizes = [axes["inputs"][name][1] for name in states]
    size = trained.tokenizer.size

    def spec(kind, shape, name):
        free = [None if axis == "batch" else axis for axis in shape]
        return tf.TensorSpec(free, kind, name)

    @tf.function(input_signature=[spec(tf.int32, ["batch"] * 2, IDS)])
    def from_ids(token_ids):
        ids = at_least_one_step(checked_ids(token_ids, size=size))
        logits = trained.model(ids, training=False)["logits"]
        return {"logits": logits[:, : tf.shape(token_ids)[1]]}

    def one_step(token_ids, states_before):
        inputs = dict(zip(states, states_before, strict=True))
        outputs = step_model({IDS: token_ids, **inputs}, training=False)
        return outputs["logits"], [outputs[name] for name in states]

    @tf.function(
        input_signature=[
            spec(tf.int32 if name == IDS else tf.float32, shape, name)
            for name, shape in axes["inputs"].items()
        ]
    )
    def step(token_ids, *before):
        ids = checked_ids(token_ids, *before, size=size)
        logits, after = one_step(ids, before)
        named = zip(states, after, strict=True)
        return {
            "logits": logits[:, 0],
            **{f"next_{name}": state for name, state in named},
        }

    def written(prompt, length, temperature, seed):
        return {
            "text": generate(
                module.tokens,
                one_step,
                sizes,
                prompt,
                length,
                temperature,
                seed,
            )
        }

    prompts = spec(tf.string, ["batch"], "prompt")
    by_request = tf.function(
        written,
        input_signature=[
            prompts,
            spec(tf.int32, ["batch"], "length"),
            spec(tf.float32, ["batch"], "temperature"),
            spec(tf.int32, ["batch"], "seed"),
        ],
    )

    @tf.function(input_signature=[prompts])
    def by_default(prompt):
        return written(prompt, [LENGTH], [TEMPERATURE], [SEED])

    with only_errors("tensorflow"):
        tf.saved_model.save(
            module,
            str(folder),
            signatures={
                DEFAULT: by_default,
                IDS: from_ids,
                STEP: step,
                TEXT: by_request,
            },
        )
    readme.write(folder)


def read(folder: Path) -> tuple:
    """The signatures `token_ids`, `step` and `generate` as functions.

    Returns:
        A function of an array of ids to logits, one of a dict to a dict, and
        one of a prompt, a length, a temperature and a seed to a text; of a
        list of prompts to a list of texts.

    Raises:
        ConversionError: if TensorFlow cannot load it, or it is another's.
    """
    try:
        loaded = load(folder)
        # The signatures hold no reference to what they were loaded from.
        whole, step, text = (loaded.signatures[n] for n in (IDS, STEP, TEXT))
    except (OSError, KeyError, AttributeError, tf.errors.OpError) as error:
        raise ConversionError(
            f"TensorFlow cannot load {folder.name}: {error}"
        ) from error

    def generated(prompt, length, temperature, seed, _=loaded):
        single = isinstance(prompt, str)
        found = text(
            prompt=tf.constant([prompt] if single else prompt, tf.string),
            length=tf.constant(length, tf.int32, np.shape(length) or [1]),
            temperature=tf.constant(
                temperature, tf.float32, np.shape(temperature) or [1]
            ),
            seed=tf.constant(seed, tf.int32, np.shape(seed) or [1]),
        )
        texts = [
            one.decode("utf-8", "replace") for one in found["text"].numpy()
        ]
        return texts[0] if single else texts

    def stepped(inputs, _=loaded):
        named = {name: tf.constant(value) for name, value in inputs.items()}
        return {name: value.numpy() for name, value in step(**named).items()}

    return (
        lambda ids, _=loaded: whole(token_ids=tf.constant(ids))[
            "logits"
        ].numpy(),
        stepped,
        generated,
    )
