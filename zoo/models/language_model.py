"""Which token comes next? A recurrent language model in four forms.

They share their layers, and so their weights:

`language_model`  token ids -> logits: a whole text, from states of zeros
`step_form`       token ids and states -> logits and states: any part of a
                  text, or one token; what writes, streams and is exported
`stateful_form`    token ids -> logits, the states kept in variables from batch
                  to batch: what is trained
`sampled_form`    the same, with logits of some words instead of all: what is
                  trained where the words are many
"""

import keras

from zoo.argument_checks import fraction, within
from zoo.choices import MOST_IDS, MOST_UNITS
from zoo.deprecation import renamed
from zoo.errors import InputError
from zoo.layers import SampledLogits, Stacked, StatefulRNN, TiedEmbedding
from zoo.models.layer_names import (
    DROPOUT,
    EMBEDDING,
    EMBEDDING_DROPOUT,
    LOGITS,
    PROJECTION,
    RECURRENT,
)

__getattr__ = renamed(
    __name__, {"carried_form": "zoo.models.language_model:stateful_form"}
)


def language_model(
    vocabulary_size: int,
    cell: str = "lstm",
    units: int = 256,
    layers: int = 1,
    embedding_size: int = 64,
    tied: bool = False,
    embedding_dropout: float = 0.0,
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
    use_bias: bool = True,
) -> keras.Model:
    """A recurrent language model.

    Embedding -> `layers` recurrent layers, from left to right -> dropout -> at
    every step a logit for each token that may come next. Unlike a
    classifier's, its answer is needed at each token, so nothing is pooled,
    and no layer may look ahead.

    Args:
        vocabulary_size: number of token ids, padding (0) included.
        cell: name of the cell, one of `zoo.cells.names()`.
        units: size of the state of each layer.
        layers: depth of the stack.
        embedding_size: size of a token's vector.
        tied: whether the vectors of the embedding score the next token too
            (Press and Wolf, 2017), behind a projection where `units` is not
            `embedding_size`.
        embedding_dropout: share of the embedding features dropped in
            training, the same ones at every step of a batch.
        dropout: dropout between layers and before the logits, drawn anew at
            every step.
        recurrent_dropout: variational dropout of the states: the same units
            at every step of a batch.
        use_bias: whether the cells have biases.

    Returns:
        A `keras.Model` from `token_ids`, int32 of shape `(batch, time)`,
        right-padded with 0, to `{"logits": (batch, time, vocabulary_size)}`,
        float32: at each step, what comes after it. Padding is read like any
        token, which changes nothing before it.

    Raises:
        InputError: for an unknown cell, a size below its minimum, or a
            dropout outside [0, 1).

    Reference:
        - [Press and Wolf, 2017](https://aclanthology.org/E17-2025)
        - Variational dropout: [Gal and Ghahramani, 2016](
          https://arxiv.org/abs/1512.05287)
    """
    within(2, MOST_IDS, vocabulary_size=vocabulary_size)
    within(1, MOST_UNITS, embedding_size=embedding_size)
    fraction(embedding_dropout=embedding_dropout, dropout=dropout)

    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    embedding = TiedEmbedding if tied else keras.layers.Embedding
    embedding = embedding(vocabulary_size, embedding_size, name=EMBEDDING)
    x = embedding(token_ids)
    x = keras.layers.SpatialDropout1D(
        embedding_dropout, name=EMBEDDING_DROPOUT
    )(x)
    x, *_ = Stacked(
        cell,
        units,
        layers=layers,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        use_bias=use_bias,
        return_sequences=True,
        return_state=True,
        name=RECURRENT,
    )(x)
    x = keras.layers.Dropout(dropout, name=DROPOUT)(x)
    if tied:
        if units != embedding_size:
            x = keras.layers.Dense(embedding_size, name=PROJECTION)(x)
        logits = embedding(x, reverse=True)
    else:
        # In mixed precision the logits are float32, as the weights are.
        wide = keras.config.dtype_policy().variable_dtype
        logits = keras.layers.Dense(vocabulary_size, dtype=wide, name=LOGITS)(x)
    return keras.Model(token_ids, {"logits": logits}, name="language_model")


def step_form(model: keras.Model) -> keras.Model:
    """The form of a language model with its states as inputs and outputs.

    Args:
        model: what `language_model` returned; weights are shared with it.

    Returns:
        A `keras.Model` from a dict to a dict. In: `token_ids`, int32 of shape
        `(batch, time)`, and `state_0`, `state_1`, ..., float32 of shape
        `(batch, size)`, from the lowest layer up, in the order of the cell's
        states. Out: `logits`, of shape `(batch, time, vocabulary_size)`, and
        the states behind the last step under the same names.

    Raises:
        InputError: for a model that is not one.
    """
    names = [value.name for value in model.inputs]
    if names != ["token_ids"] or len(model.output["logits"].shape) != 3:
        raise InputError(f"The model `{model.name}` is no language model.")
    ids = keras.Input((None,), dtype="int32", name="token_ids")
    inputs = {"token_ids": ids}
    stacked = model.get_layer(RECURRENT)
    for place, state in enumerate(stacked.initial_state(1)):
        name = f"state_{place}"
        inputs[name] = keras.Input((state.shape[-1],), name=name)
    _, *states = inputs.values()
    x = model.get_layer(EMBEDDING)(ids)
    x, *final = stacked(x, initial_state=states)
    outputs = {"logits": _logits(model, x)}
    names = list(inputs)[1:]
    outputs.update(zip(names, final, strict=True))
    return keras.Model(inputs, outputs, name="language_model_step")


def stateful_form(model: keras.Model, rows: int) -> keras.Model:
    """The form of a language model that is trained on windows of long rows.

    Args:
        model: what `language_model` returned; weights are shared with it.
        rows: number of rows of every batch.

    Returns:
        A `keras.Model` from a dict of `token_ids`, int32 of shape
        `(rows, time)`, and `carry`, float32 of shape `(rows, 1)` (see
        `zoo.layers.StatefulRNN`), to `{"logits": ...}` as `language_model`.
    """
    inputs, x = _stateful_inputs(model, rows)
    logits = _logits(model, x)
    return keras.Model(inputs, {"logits": logits}, name="stateful_form")


def sampled_form(
    model: keras.Model, rows: int, frequent: int, drawn: int
) -> keras.Model:
    """The carried form with logits of some words instead of all.

    Args:
        model: what `language_model(tied=True)` returned, whose ids are ordered
            by frequency; weights are shared with it.
        rows: number of rows of every batch.
        frequent: number of words that always have a logit.
        drawn: number of the other words that are drawn for a batch.

    Returns:
        A `keras.Model` from a dict of `token_ids` and `carry`, as of
        `stateful_form`, and `next_ids`, int32 of shape `(rows, time)`, to
        `{"logits": (rows, time, frequent + 1 + drawn)}`, of which the column
        `min(next_ids, frequent)` is the right one; see `SampledLogits`.

    Raises:
        InputError: for a model whose embedding does not score.
    """
    embedding = model.get_layer(EMBEDDING)
    if not isinstance(embedding, TiedEmbedding):
        raise InputError("Sampled words need a model that is `tied`.")
    inputs, x = _stateful_inputs(model, rows)
    next_ids = keras.Input((None,), dtype="int32", name="next_ids")
    inputs["next_ids"] = next_ids
    sampled = SampledLogits(embedding, frequent, drawn, name="sampled")
    logits = sampled(_projected(model, x), next_ids)
    return keras.Model(inputs, {"logits": logits}, name="sampled_form")


def _stateful_inputs(model, rows):
    """Inputs of a form that is trained, and its states at every step."""
    inputs = {
        "token_ids": keras.Input((None,), dtype="int32", name="token_ids"),
        "carry": keras.Input((1,), name="carry"),
    }
    x = model.get_layer(EMBEDDING)(inputs["token_ids"])
    x = model.get_layer(EMBEDDING_DROPOUT)(x)
    stacked = model.get_layer(RECURRENT)
    x = StatefulRNN(stacked, rows, name="stateful")(x, inputs["carry"])
    return inputs, model.get_layer(DROPOUT)(x)


def _projected(model, x):
    """States in the size of a token's vector."""
    if PROJECTION in {layer.name for layer in model.layers}:
        return model.get_layer(PROJECTION)(x)
    return x


def _logits(model, x):
    """The layers above the recurrent ones and their dropout."""
    if LOGITS in {layer.name for layer in model.layers}:
        return model.get_layer(LOGITS)(x)
    return model.get_layer(EMBEDDING)(_projected(model, x), reverse=True)
