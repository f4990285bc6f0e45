"""A translator as a SavedModel: text in, text out, all of it in the graph."""

from pathlib import Path

import tensorflow as tf

from export.errors import ConversionError
from export.saved_model import readme
from export.saved_model.input_checks import at_least_one_step, checked_ids
from export.saved_model.text_ops import tensorflow_text
from zoo.backend.quiet_loggers import only_errors
from zoo.decoding import BeamSearch
from zoo.decoding.beam_search import search_beams
from zoo.decoding.token_by_token import greedy_or_sample
from zoo.decoding.translator_step import (
    logit_bias,
    max_target_lengths,
    read,
    stepper,
)
from zoo.models.translator import encoder_form, step_form
from zoo.tasks import Translator
from zoo.text.ids import END, PADDING

IDS, GREEDY, BEAM = "token_ids", "greedy", "beam"
SEARCH = BeamSearch()


def write(trained: Translator, folder: Path) -> None:
    """Writes the SavedModel of a translator.

    Signature `greedy` (also `translate`, and the default): `text`, strings of
    shape `(batch,)`, to `translation`, strings of shape `(batch,)`.
    Signature `beam`: the same to `translations`, strings of shape
    `(batch, 5)`, best first, and `scores`, float32 of that shape, as
    `zoo.decoding.beam_search.finalize_beams` has them: one below -1e6 is of a
    translation that did not end, and one below -1e8 of none at all.
    Signature `token_ids`: `source_ids` and `target_ids`, int32 of shape
    `(batch, time)`, to `logits`, float32
    `(batch, target_time, target_vocabulary_size)`.

    The units come from operations of tensorflow-text, which has to be imported
    before the file is loaded.

    Raises:
        ConversionError: where tensorflow-text is not installed.
    """
    text_package = tensorflow_text()
    encoder, step_model = encoder_form(trained.model), step_form(trained.model)
    bias = logit_bias(step_model, unknown=False)
    module = tf.Module()
    module.variables_of_model = [v.value for v in trained.model.variables]
    module.source, module.target = (
        text_package.SentencepieceTokenizer(side.content, out_type=tf.int32)
        for side in (trained.tokenizer.source, trained.tokenizer.target)
    )

    sizes = trained.tokenizer.sizes

    def source_ids_of(text):
        ids = module.source.tokenize(text).to_tensor(PADDING)
        return at_least_one_step(ids)

    def text_of(tokens, source_ids):
        kept = tf.logical_and(tokens != PADDING, tokens != END)
        texts = module.target.detokenize(tf.ragged.boolean_mask(tokens, kept))
        empty = tf.reduce_all(source_ids == PADDING, axis=1)
        return tf.where(empty, "", texts)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")])
    def greedy(text):
        source_ids = source_ids_of(text)
        memory, states = read(encoder, source_ids)
        step = stepper(step_model, memory, bias)
        tokens, _ = greedy_or_sample(
            step, states, *max_target_lengths(source_ids)
        )
        return {"translation": text_of(tokens, source_ids)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")])
    def beam(text):
        source_ids = source_ids_of(text)
        memory, states = read(encoder, source_ids)
        step = stepper(step_model, memory, bias)
        room, length = max_target_lengths(source_ids)
        tokens, scores = search_beams(step, states, room, length, SEARCH)
        flat = tf.reshape(tokens, (-1, length))
        repeated_ids = tf.repeat(source_ids, SEARCH.beams, axis=0)
        texts = text_of(flat, repeated_ids)
        return {
            "translations": tf.reshape(texts, tf.shape(scores)),
            "scores": scores,
        }

    def spec(name):
        return tf.TensorSpec([None, None], tf.int32, name)

    @tf.function(input_signature=[spec("source_ids"), spec("target_ids")])
    def from_ids(source_ids, target_ids):
        inputs = {
            "source_ids": checked_ids(
                source_ids, target_ids, size=sizes["source_vocabulary_size"]
            ),
            "target_ids": checked_ids(
                target_ids, size=sizes["target_vocabulary_size"]
            ),
        }
        inputs = {name: at_least_one_step(ids) for name, ids in inputs.items()}
        logits = trained.model(inputs, training=False)["logits"]
        return {"logits": logits[:, : tf.shape(target_ids)[1]]}

    with only_errors("tensorflow"):
        tf.saved_model.save(
            module,
            str(folder),
            signatures={
                "serving_default": greedy,
                "translate": greedy,
                GREEDY: greedy,
                BEAM: beam,
                IDS: from_ids,
            },
        )
    readme.write(folder)


def read_back(folder: Path) -> tuple:
    """The signatures `token_ids`, `greedy` and `beam` as functions.

    Returns:
        A function of two arrays of ids to logits; one of a list of texts to a
        list of texts; and one to a list of lists of pairs of a text and its
        score.

    Raises:
        ConversionError: if TensorFlow cannot load it, or it is another's.
    """
    tensorflow_text()
    try:
        loaded = tf.saved_model.load(str(folder))
        # The signatures hold no reference to what they were loaded from.
        ids, greedy, beam = (loaded.signatures[n] for n in (IDS, GREEDY, BEAM))
    except (OSError, KeyError, AttributeError, tf.errors.OpError) as error:
        raise ConversionError(
            f"TensorFlow cannot load {folder.name}: {error}"
        ) from error

    def logits(source_ids, target_ids, _=loaded):
        return ids(
            source_ids=tf.constant(source_ids),
            target_ids=tf.constant(target_ids),
        )["logits"].numpy()

    def decoded(strings):
        return [one.decode("utf-8", "replace") for one in strings.numpy()]

    def best(texts, _=loaded):
        return decoded(
            greedy(text=tf.constant(texts, tf.string))["translation"]
        )

    def ranked(texts, _=loaded):
        found = beam(text=tf.constant(texts, tf.string))
        rows = zip(found["translations"], found["scores"].numpy(), strict=True)
        return [
            list(zip(decoded(row), scores.tolist(), strict=True))
            for row, scores in rows
        ]

    return logits, best, ranked
