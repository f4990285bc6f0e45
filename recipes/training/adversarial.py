"""Training that withstands small changes of what the words of a text say.

Each text is read twice in a step: as it is, and with its words' vectors moved a
little in the direction that makes its loss grow fastest; what is made small is
the mean of both losses. The move `r` of a text whose vectors are `x`, of which
padding is no part, has a size in proportion to theirs, so that longer vectors
are no way out:

    g = gradient of the text's loss by x
    r = size * |x| * g / |g|

    Reference: [Miyato et al., 2017](https://arxiv.org/abs/1605.07725), equation
    5, with vectors of any length in place of normalised ones
"""

from collections.abc import Callable

import keras
from keras import ops

from zoo.backend.tensor import Tensor
from zoo.models.layer_names import EMBEDDING


def halves(model: keras.Model) -> tuple[Callable, Callable]:
    """A classifier in two, with the vectors of the words between.

    Args:
        model: has a layer `embedding`.

    Returns:
        A function from ids to vectors and which of them count, and one from
        ids and vectors to what the model gives in training.
    """
    layer = model.get_layer(EMBEDDING)
    rest = keras.Model([*model.inputs, layer.output], model.output)

    def vectors(token_ids):
        # The mask that the layer attaches is found again from the ids.
        return ops.copy(layer(token_ids)), layer.compute_mask(token_ids)

    def judge(token_ids, x):
        return rest([token_ids, x], training=True)

    return vectors, judge


def move(x: Tensor, mask: Tensor, g: Tensor, size: float) -> Tensor:
    """The change `r` of the vectors.

    Args:
        x: vectors, of shape `(batch, time, features)`.
        mask: which of them count, bool of shape `(batch, time)`.
        g: gradient of the loss by `x`; that of each text at any scale.
        size: how long `r` is, of a text, relative to its vectors.

    Returns:
        Of the shape and type of `x`.
    """
    counts = ops.cast(mask, "float32")[..., None]
    length = _norm(ops.cast(x, "float32") * counts)
    g = ops.cast(g, "float32") * counts
    # A text without a word has no direction.
    direction = ops.divide_no_nan(g, _norm(g))
    return ops.stop_gradient(ops.cast(size * length * direction, x.dtype))


def _norm(rows):
    """Of each text, over its steps and features."""
    return ops.sqrt(ops.sum(ops.square(rows), axis=(1, 2), keepdims=True))
