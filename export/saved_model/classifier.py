"""A SavedModel with two signatures: texts in, and ids in."""

from pathlib import Path

import tensorflow as tf

from export.errors import ConversionError
from export.saved_model import readme
from export.saved_model.input_checks import at_least_one_step, checked_ids
from export.saved_model.text_ops import graph_of, load
from zoo.backend.quiet_loggers import only_errors
from zoo.tasks import TextClassifier

TEXT, IDS = "serving_default", "token_ids"


def write(trained: TextClassifier, folder: Path) -> None:
    """Writes the SavedModel of a trained classifier.

    Signature `serving_default` takes `text`, strings of shape `(batch,)`;
    signature `token_ids` takes `token_ids`, int32 of shape `(batch, time)`,
    right-padded with 0. Both return `logits` and `probabilities`, float32
    `(batch, classes)`; `labels`, strings of that shape, the names of the
    classes in their order; and `label`, strings of shape `(batch,)`, the name
    of the class with the largest logit.

    Raises:
        ConversionError: as `export.saved_model.text_ops.graph_of`.
    """
    module = tf.Module()
    module.variables_of_model = [v.value for v in trained.model.variables]
    module.text_graph = graph_of(trained.tokenizer)
    names = tf.constant(trained.labels)

    def answers(ids):
        logits = trained.model(ids, training=False)["logits"]
        return {
            "logits": logits,
            "probabilities": tf.nn.softmax(logits),
            "labels": tf.repeat(names[None], tf.shape(ids)[0], axis=0),
            "label": tf.gather(names, tf.argmax(logits, axis=-1)),
        }

    @tf.function(
        input_signature=[tf.TensorSpec([None, None], tf.int32, "token_ids")]
    )
    def from_ids(token_ids):
        ids = checked_ids(token_ids, size=trained.tokenizer.size)
        return answers(at_least_one_step(ids))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")])
    def from_text(text):
        return answers(module.text_graph(text))

    with only_errors("tensorflow"):
        tf.saved_model.save(
            module, str(folder), signatures={TEXT: from_text, IDS: from_ids}
        )
    readme.write(folder)


def read(folder: Path) -> tuple:
    """The two signatures as functions of arrays to logits.

    Returns:
        A function of a list of strings and a function of an array of ids.

    Raises:
        ConversionError: if TensorFlow cannot load it, or it is another's.
    """
    try:
        loaded = load(folder)
        # The signatures hold no reference to what they were loaded from.
        from_text, from_ids = loaded.signatures[TEXT], loaded.signatures[IDS]
    except (OSError, KeyError, AttributeError, tf.errors.OpError) as error:
        raise ConversionError(
            f"TensorFlow cannot load {folder.name}: {error}"
        ) from error
    return (
        lambda texts, _=loaded: from_text(text=tf.constant(texts))[
            "logits"
        ].numpy(),
        lambda ids, _=loaded: from_ids(token_ids=tf.constant(ids))[
            "logits"
        ].numpy(),
    )
