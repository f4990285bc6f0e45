"""A text in one language in, the same in another out: encoder and decoder.

Three forms share their layers, and so their weights:

`translator`    source and target so far -> logits for what comes next, at
                every step at once: what is trained
`encoder_form`  source -> memory and the decoder's first states: once for each
                text
`step_form`     one token of the target, states and memory -> logits and
                states: what translates and is exported
"""

import keras
from keras import ops

from zoo.argument_checks import fraction, one_of, within
from zoo.choices import ATTENTIONS, MOST_IDS, MOST_UNITS
from zoo.errors import InputError
from zoo.layers import AttentiveDecoder, Stacked, TiedEmbedding
from zoo.models.layer_names import (
    BRIDGE,
    DECODER,
    DROPOUT,
    ENCODER,
    KEYS,
    LOGITS,
    PROJECTION,
    SOURCE_EMBEDDING,
    TARGET_EMBEDDING,
)
from zoo.text.ids import END, PADDING

# What of the encoder's answer every step of the decoder reads again.
MEMORY = ("memory", "keys", "source_mask")


def translator(
    source_vocabulary_size: int,
    target_vocabulary_size: int,
    cell: str = "gru",
    units: int = 256,
    encoder_layers: int = 1,
    decoder_layers: int = 1,
    bidirectional: bool = True,
    attention: str = "additive",
    input_feeding: bool = True,
    embedding_size: int = 256,
    shared: bool = False,
    tied: bool = True,
    embedding_dropout: float = 0.0,
    dropout: float = 0.0,
) -> keras.Model:
    """A recurrent encoder and a decoder that looks back at it.

    A translation needs each word of its source, so the encoder gives its
    output at every step (the memory), of both directions side by side; the
    decoder starts from what a layer makes of its final states, and its
    attention chooses at every step what of the memory it reads. Without
    attention, the final states are all that it ever learns of the source.

    Args:
        source_vocabulary_size: number of token ids, padding (0) included.
        target_vocabulary_size: the like, of the other language.
        cell: name of the cell, one of `zoo.cells.names()`.
        units: size of the state of each layer and direction.
        encoder_layers: depth of the encoder.
        decoder_layers: depth of the decoder.
        bidirectional: whether the encoder reads both contexts.
        attention: `none`, `additive` or `multiplicative`.
        input_feeding: whether the decoder is told what it last looked at.
        embedding_size: size of a token's vector.
        shared: whether source and target have one vocabulary, and so one
            table of vectors.
        tied: whether the vectors of the target's tokens score the next token
            too, behind a projection where `units` is not `embedding_size`.
        embedding_dropout: share of the features of all tokens of a text
            dropped in training.
        dropout: dropout of the memory, between layers, and before the logits.

    Returns:
        A `keras.Model` from a dict of `source_ids`, int32 of shape
        `(batch, source_time)`, and `target_ids`, int32 of shape
        `(batch, target_time)`, both right-padded with 0, the target led by
        `zoo.text.ids.START`; to `{"logits": (batch, target_time,
        target_vocabulary_size)}`, float32: at each step, what comes after it.

    Raises:
        InputError: for an unknown cell or attention, a size below its
            minimum, a dropout outside [0, 1), or `shared` with vocabularies of
            two sizes.

    Reference:
        - [Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473)
        - [Luong et al., 2015](https://arxiv.org/abs/1508.04025)
        - [Press and Wolf, 2017](https://aclanthology.org/E17-2025)
    """
    sizes = (source_vocabulary_size, target_vocabulary_size)
    within(2, MOST_IDS, source_vocabulary_size=source_vocabulary_size)
    # It begins and ends with tokens of their own.
    within(END + 1, MOST_IDS, target_vocabulary_size=target_vocabulary_size)
    within(1, MOST_UNITS, embedding_size=embedding_size)
    fraction(embedding_dropout=embedding_dropout, dropout=dropout)
    one_of("attention", attention, ATTENTIONS)
    if shared and len(set(sizes)) > 1:
        raise InputError(
            "`shared` needs vocabularies of one size. Received: "
            f"{source_vocabulary_size} and {target_vocabulary_size}"
        )

    source_ids = keras.Input((None,), dtype="int32", name="source_ids")
    target_ids = keras.Input((None,), dtype="int32", name="target_ids")
    table = TiedEmbedding if tied else keras.layers.Embedding
    target_table = table(
        target_vocabulary_size,
        embedding_size,
        name=TARGET_EMBEDDING,
    )
    source_table = target_table
    if not shared:
        source_table = keras.layers.Embedding(
            source_vocabulary_size,
            embedding_size,
            name=SOURCE_EMBEDDING,
        )
    mask = ops.not_equal(source_ids, PADDING)
    x = source_table(source_ids)
    x = keras.layers.SpatialDropout1D(embedding_dropout, name="source_dropout")(
        x
    )
    memory, *states = Stacked(
        cell,
        units,
        layers=encoder_layers,
        bidirectional=bidirectional,
        dropout=dropout,
        return_sequences=True,
        return_state=True,
        name=ENCODER,
    )(x, mask=mask)
    decoder = AttentiveDecoder(
        cell,
        units,
        layers=decoder_layers,
        attention=attention,
        input_feeding=input_feeding,
        dropout=dropout,
        name=DECODER,
    )
    bridge = keras.layers.Dense(sum(decoder.state_size), "tanh", name=BRIDGE)
    start = _split(bridge(_joined(states)), decoder.state_size)
    y = target_table(target_ids)
    y = keras.layers.SpatialDropout1D(embedding_dropout, name="target_dropout")(
        y
    )
    looked_at = {}
    if attention != "none":
        memory = keras.layers.Dropout(dropout, name="memory_dropout")(memory)
        keys = keras.layers.Dense(units, use_bias=False, name=KEYS)(memory)
        looked_at = {"memory": memory, "keys": keys, "mask": mask}
    y, *_ = decoder(y, start, **looked_at)
    y = keras.layers.Dropout(dropout, name=DROPOUT)(y)
    if tied:
        if units != embedding_size:
            y = keras.layers.Dense(embedding_size, name=PROJECTION)(y)
        logits = target_table(y, reverse=True)
    else:
        # In mixed precision the logits are float32, as the weights are.
        wide = keras.config.dtype_policy().variable_dtype
        logits = keras.layers.Dense(
            target_vocabulary_size, dtype=wide, name=LOGITS
        )(y)
    inputs = {"source_ids": source_ids, "target_ids": target_ids}
    return keras.Model(inputs, {"logits": logits}, name="translator")


def _joined(states):
    return states[0] if len(states) == 1 else ops.concatenate(states, axis=-1)


def _split(state, sizes):
    """A joined state as a list of states."""
    if len(sizes) == 1:
        return [state]
    places = [sum(sizes[:place]) for place in range(1, len(sizes))]
    return list(ops.split(state, places, axis=-1))


def encoder_form(model: keras.Model) -> keras.Model:
    """The form of a translator that reads the source.

    Args:
        model: what `translator` returned; weights are shared with it.

    Returns:
        A `keras.Model` from `source_ids` to a dict: with attention, `memory`,
        of shape `(batch, source_time, size)`, `keys`, of shape
        `(batch, source_time, units)`, and `source_mask`, of shape
        `(batch, source_time)`, 1 where there is a token, else 0; and
        `state_0`, `state_1`, ..., of shape `(batch, size)`: the states from
        which the decoder starts. All float32.

    Raises:
        InputError: for a model that is not one.
    """
    if {value.name for value in model.inputs} != {"source_ids", "target_ids"}:
        raise InputError(f"The model `{model.name}` is no translator.")
    decoder = model.get_layer(DECODER)
    ids = keras.Input((None,), dtype="int32", name="source_ids")
    mask = ops.not_equal(ids, PADDING)
    x = _layer(model, SOURCE_EMBEDDING, TARGET_EMBEDDING)(ids)
    memory, *states = model.get_layer(ENCODER)(x, mask=mask)
    start = model.get_layer(BRIDGE)(_joined(states))
    outputs = {}
    if decoder.attention is not None:
        keys = model.get_layer(KEYS)(memory)
        outputs = dict(zip(MEMORY, (memory, keys, mask), strict=True))
    for place, state in enumerate(_split(start, decoder.state_size)):
        outputs[f"state_{place}"] = state
    # A copy, because Keras's mask of the memory must not go with it.
    outputs = {n: ops.copy(ops.cast(x, "float32")) for n, x in outputs.items()}
    return keras.Model(ids, outputs, name="translator_encoder")


def step_form(model: keras.Model) -> keras.Model:
    """The form of a translator that goes on with the target.

    Args:
        model: what `translator` returned; weights are shared with it.

    Returns:
        A `keras.Model` from a dict of `target_ids`, int32 of shape
        `(batch, time)`, and all that `encoder_form` gives; to a dict of
        `logits`, of shape `(batch, time, target_vocabulary_size)`, the states
        behind the last step under the names they came in by, and, with
        attention, `attention`, of shape `(batch, time, source_time)`: how much
        each step looked at each token of the source. All float32.
    """
    decoder = model.get_layer(DECODER)
    ids = keras.Input((None,), dtype="int32", name="target_ids")
    inputs = {"target_ids": ids}
    looked_at = {}
    if decoder.attention is not None:
        width = model.get_layer(ENCODER).output[0].shape[-1]
        for name, shape in zip(
            MEMORY, ((None, width), (None, decoder.units), (None,)), strict=True
        ):
            inputs[name] = keras.Input(shape, name=name)
        looked_at = {
            "memory": inputs["memory"],
            "keys": inputs["keys"],
            "mask": inputs["source_mask"],
        }
    states = {
        f"state_{place}": keras.Input((size,), name=f"state_{place}")
        for place, size in enumerate(decoder.state_size)
    }
    inputs.update(states)
    x = model.get_layer(TARGET_EMBEDDING)(ids)
    y, *rest = decoder(x, list(states.values()), **looked_at)
    outputs = {"logits": _logits(model, y)}
    if looked_at:
        outputs["attention"] = rest.pop(0)
    outputs.update(zip(states, rest, strict=True))
    outputs = {n: ops.cast(x, "float32") for n, x in outputs.items()}
    return keras.Model(inputs, outputs, name="translator_step")


def _layer(model, *names):
    """The first of these layers that the model has."""
    known = {layer.name for layer in model.layers}
    return model.get_layer(next(name for name in names if name in known))


def _logits(model, y):
    """The layers above the decoder and its dropout."""
    names = {layer.name for layer in model.layers}
    if LOGITS in names:
        return model.get_layer(LOGITS)(y)
    if PROJECTION in names:
        y = model.get_layer(PROJECTION)(y)
    return model.get_layer(TARGET_EMBEDDING)(y, reverse=True)
