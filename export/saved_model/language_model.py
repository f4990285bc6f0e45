"""A language model as a SavedModel: logits, one step, and text out of text."""

from pathlib import Path

import keras
import tensorflow as tf
from keras import ops

from export.errors import ConversionError
from export.saved_model.input_checks import checked_ids
from export.saved_model.text_ops import load
from export.saved_model.token_ops import TokenGraph
from zoo.backend.quiet_loggers import only_errors
from zoo.backend.time_loop import time_loop
from zoo.tasks import LanguageModel

IDS, STEP, TEXT = "token_ids", "step", "generate"


def write(
    trained: LanguageModel, step_model: keras.Model, axes: dict, folder: Path
) -> None:
    """Writes the SavedModel of a trained language model.

    Signature `token_ids`: `token_ids`, int32 `(batch, time)`, to `logits`,
    float32 `(batch, time, vocabulary)`.
    Signature `step`: `token_ids`, int32 `(batch, 1)`, and the states, to
    `logits`, float32 `(batch, vocabulary)`, and the next states.
    Signature `generate` (also the default): scalars `prompt`, a string,
    `length` and `seed`, int32, and `temperature`, float32 (0: greedy), to
    `text`, the string that follows the prompt.

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

    def spec(kind, shape, name):
        free = [None if axis == "batch" else axis for axis in shape]
        return tf.TensorSpec(free, kind, name)

    @tf.function(input_signature=[spec(tf.int32, ["batch"] * 2, IDS)])
    def from_ids(token_ids):
        ids = checked_ids(token_ids)
        return {"logits": trained.model(ids, training=False)["logits"]}

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
        logits, after = one_step(checked_ids(token_ids, *before), before)
        named = zip(states, after, strict=True)
        return {
            "logits": logits[:, 0],
            **{f"next_{name}": state for name, state in named},
        }

    @tf.function(
        input_signature=[
            spec(tf.string, [], "prompt"),
            spec(tf.int32, [], "length"),
            spec(tf.float32, [], "temperature"),
            spec(tf.int32, [], "seed"),
        ]
    )
    def generate(prompt, length, temperature, seed):
        ids = module.tokens.encode(prompt)
        zeros = [tf.zeros((1, axes["inputs"][name][1])) for name in states]
        logits, before = one_step(ids[None], zeros)
        noise = _gumbel((1, length, trained.tokenizer.size), seed)

        def write_one(noise, carried):
            logits, *before = carried
            logits = logits + module.tokens.logit_bias
            drawn = logits / tf.maximum(temperature, 1e-6) + noise
            chosen = tf.argmax(
                tf.where(temperature > 0, drawn, logits),
                axis=-1,
                output_type=tf.int32,
            )
            logits, after = one_step(chosen[:, None], before)
            token = tf.cast(chosen[:, None], tf.float32)
            return token, [logits[:, 0], *after]

        tokens, _ = time_loop(write_one, noise, [logits[:, -1], *before])
        tokens = ops.cast(tokens[0, :, 0], "int32")
        return {"text": module.tokens.decode(tokens)}

    with only_errors("tensorflow"):
        tf.saved_model.save(
            module,
            str(folder),
            signatures={
                "serving_default": generate,
                IDS: from_ids,
                STEP: step,
                TEXT: generate,
            },
        )


def _gumbel(shape, seed):
    uniform = tf.random.stateless_uniform(shape, tf.stack([seed, 0]))
    # Of [0, 1) this is the one value that has no logarithm.
    tiny = uniform.dtype.as_numpy_dtype(1.2e-38)
    return -tf.math.log(-tf.math.log(tf.maximum(uniform, tiny)))


def read(folder: Path) -> tuple:
    """The signatures `token_ids`, `step` and `generate` as functions.

    Returns:
        A function of an array of ids to logits, one of a dict to a dict, and
        one of a prompt, a length, a temperature and a seed to a text.

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

    def generate(prompt, length, temperature, seed, _=loaded):
        written = text(
            prompt=tf.constant(prompt),
            length=tf.constant(length),
            temperature=tf.constant(temperature, tf.float32),
            seed=tf.constant(seed),
        )
        return written["text"].numpy().decode("utf-8", "replace")

    def stepped(inputs, _=loaded):
        named = {name: tf.constant(value) for name, value in inputs.items()}
        return {name: value.numpy() for name, value in step(**named).items()}

    return (
        lambda ids, _=loaded: whole(token_ids=tf.constant(ids))[
            "logits"
        ].numpy(),
        stepped,
        generate,
    )
