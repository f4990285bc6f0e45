"""A text in, scores for its classes out, through a recurrent network."""

import keras

from zoo.argument_checks import fraction, one_of, within
from zoo.choices import MOST_IDS, MOST_UNITS, POOLINGS, check_ngrams
from zoo.layers import (
    AttentionPooling,
    MaxPooling,
    MeanPooling,
    Stacked,
    WithNgrams,
)
from zoo.models.layer_names import (
    DROPOUT,
    EMBEDDING,
    EMBEDDING_DROPOUT,
    LOGITS,
    NGRAMS,
    RECURRENT,
)


def classifier(
    vocabulary_size: int,
    classes: int,
    cell: str = "gru",
    units: int = 64,
    layers: int = 1,
    bidirectional: bool = True,
    pooling: str = "mean_max",
    embedding_size: int = 64,
    embedding_dropout: float = 0.0,
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
    use_bias: bool = True,
    ngrams: int = 0,
    ngram_slots: int = 131_071,
) -> keras.Model:
    """A recurrent text classifier.

    Embedding -> `layers` recurrent layers -> one vector for the text ->
    dropout -> a logit for each class. Two classes have two logits.

    Args:
        vocabulary_size: number of token ids, padding (0) included.
        classes: number of classes.
        cell: name of the cell, one of `zoo.cells.names()`.
        units: size of the state of each layer and direction.
        layers: depth of the stack.
        bidirectional: whether each layer reads both contexts.
        pooling: what becomes of the states of all steps: `last` (the last
            output of each direction), `mean`, `max`, `mean_max` (both, side
            by side) or `attention` (a learned weighted mean).
        embedding_size: size of a word's vector.
        embedding_dropout: share of a text's embedding features dropped in
            training, the same ones at every step.
        dropout: dropout between layers and before the logits.
        recurrent_dropout: variational dropout of the states.
        use_bias: whether the cells have biases.
        ngrams: tokens of the longest n-gram that is judged beside the states
            (`zoo.layers.WithNgrams`), up to 3; 0 for none.
        ngram_slots: size of the table of n-grams.

    Returns:
        A `keras.Model` from `token_ids`, int32 of shape `(batch, time)`,
        right-padded with 0, to `{"logits": (batch, classes)}`, float32.

    Raises:
        InputError: for an unknown cell or pooling, a size below its
            minimum, a dropout outside [0, 1), or a size of n-grams above its
            maximum.
    """
    within(2, MOST_IDS, vocabulary_size=vocabulary_size, classes=classes)
    within(1, MOST_UNITS, embedding_size=embedding_size)
    fraction(embedding_dropout=embedding_dropout)
    one_of("pooling", pooling, POOLINGS)
    check_ngrams(ngrams, ngram_slots, vocabulary_size)

    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    x = keras.layers.Embedding(
        vocabulary_size,
        embedding_size,
        mask_zero=True,
        name=EMBEDDING,
    )(token_ids)
    x = keras.layers.SpatialDropout1D(
        embedding_dropout, name=EMBEDDING_DROPOUT
    )(x)
    x = Stacked(
        cell,
        units,
        layers=layers,
        bidirectional=bidirectional,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        use_bias=use_bias,
        return_sequences=pooling != "last",
        name=RECURRENT,
    )(x)
    if pooling == "mean":
        x = MeanPooling(name="mean")(x)
    elif pooling == "max":
        x = MaxPooling(name="max")(x)
    elif pooling == "mean_max":
        both = [MeanPooling(name="mean")(x), MaxPooling(name="max")(x)]
        x = keras.layers.Concatenate(name="mean_max")(both)
    elif pooling == "attention":
        x = AttentionPooling(name="attention")(x)
    x = keras.layers.Dropout(dropout, name=DROPOUT)(x)
    # In mixed precision the logits are float32, as the weights are.
    wide = keras.config.dtype_policy().variable_dtype
    logits = keras.layers.Dense(classes, dtype=wide, name=LOGITS)(x)
    if ngrams:
        beside = WithNgrams(ngrams, ngram_slots, dtype=wide, name=NGRAMS)
        logits = beside(logits, token_ids)
    return keras.Model(token_ids, {"logits": logits}, name="classifier")
