"""The counterpart: a network without a memory, over a window of words."""

import keras

from zoo.argument_checks import fraction, within
from zoo.choices import MOST_IDS, MOST_LAYERS, MOST_UNITS
from zoo.layers import LastWindow


def feedforward(
    vocabulary_size: int,
    classes: int,
    window: int = 5,
    units: int = 64,
    layers: int = 1,
    embedding_size: int = 64,
    embedding_dropout: float = 0.0,
    dropout: float = 0.0,
) -> keras.Model:
    """A multi-layer perceptron over the last `window` words of a text.

    Its history is engineered by hand: how far back it looks is an argument,
    every place of the window has weights of its own, and what lies further
    back does not exist for it. A recurrent classifier learns all of this,
    and shares its weights over time.

    Args:
        vocabulary_size: number of token ids, padding (0) included.
        classes: number of classes.
        window: number of words it sees.
        units: size of each hidden layer.
        layers: number of hidden layers.
        embedding_size: size of a word's vector.
        embedding_dropout: share of the embedding features dropped in
            training, the same ones at every word.
        dropout: dropout behind each hidden layer.

    Returns:
        A `keras.Model` from `token_ids`, int32 of shape `(batch, time)`,
        right-padded with 0, to `{"logits": (batch, classes)}`: the interface
        of `classifier`.

    Raises:
        InputError: for a size below its minimum, or a dropout outside
            [0, 1).
    """
    within(2, MOST_IDS, vocabulary_size=vocabulary_size, classes=classes)
    within(
        1,
        MOST_UNITS,
        window=window,
        units=units,
        embedding_size=embedding_size,
    )
    within(1, MOST_LAYERS, layers=layers)
    fraction(embedding_dropout=embedding_dropout, dropout=dropout)

    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    x = LastWindow(window, name="last_window")(token_ids)
    x = keras.layers.Embedding(
        vocabulary_size, embedding_size, name="embedding"
    )(x)
    x = keras.layers.SpatialDropout1D(
        embedding_dropout, name="embedding_dropout"
    )(x)
    x = keras.layers.Flatten(name="flatten")(x)
    for depth in range(layers):
        x = keras.layers.Dense(units, "relu", name=f"hidden_{depth}")(x)
        x = keras.layers.Dropout(dropout, name=f"dropout_{depth}")(x)
    # In mixed precision the logits are float32, as the weights are.
    wide = keras.config.dtype_policy().variable_dtype
    logits = keras.layers.Dense(classes, dtype=wide, name="logits")(x)
    return keras.Model(token_ids, {"logits": logits}, name="feedforward")
