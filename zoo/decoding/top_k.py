"""The most probable of very many ways to go on, without sorting them."""

from keras import ops

from zoo.backend.tensor import Tensor

# Tokens of a group, at most. So many groups have to be looked into as are
# wanted; the more there are in each, the fewer groups there are to choose from.
_GROUP = 64
# Stands behind the last token, and is never chosen.
_NOTHING = -1e9


def top_tokens(
    total: Tensor, logits: Tensor, count: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The best of all tokens of all beams of each sentence.

    Exactly those that `top_k` of `total + log_softmax(logits)` finds, in half
    the time: of `count` values, none can be outside the `count` groups whose
    highest values are highest.

    Args:
        total: log-probabilities of the beams so far, of shape
            `(sentences, beams)`.
        logits: Tensor of shape `(sentences * beams, vocabulary)`.
        count: how many.

    Returns:
        Their log-probabilities, best first, their beams and their tokens, each
        of shape `(sentences, count)`.
    """
    sentences, beams = ops.shape(total)[0], total.shape[1]
    vocabulary = logits.shape[-1]
    size = _size(vocabulary, min(_GROUP, -(-beams * vocabulary // count)))
    groups = -(-vocabulary // size)
    if vocabulary % size:
        behind = [0, groups * size - vocabulary]
        logits = ops.pad(logits, [[0, 0], behind], constant_values=_NOTHING)
    padded = ops.reshape(logits, (sentences, beams, groups, size))
    highest = ops.max(padded, axis=-1)
    # `log_softmax`, but for what is the same for all tokens of a beam.
    most = ops.max(highest, axis=-1, keepdims=True)
    rest = ops.sum(ops.exp(padded - most[..., None]), axis=(-2, -1))
    offset = total - most[..., 0] - ops.log(rest)
    highest = ops.reshape(highest + offset[..., None], (sentences, -1))
    _, group = ops.top_k(highest, count)
    group = ops.cast(group, "int32")
    first = ops.arange(sentences, dtype="int32")[:, None] * (beams * groups)
    within = ops.take(
        ops.reshape(padded, (-1, size)), ops.reshape(group + first, (-1,)), 0
    )
    within = ops.reshape(within, (sentences, count, size))
    of_group = ops.take_along_axis(offset, group // groups, axis=1)
    within = ops.reshape(within + of_group[..., None], (sentences, -1))
    best, place = ops.top_k(within, count)
    place = ops.cast(place, "int32")
    group = ops.take_along_axis(group, place // size, axis=1)
    return best, group // groups, group % groups * size + place % size


def _size(vocabulary: int, most: int) -> int:
    """How many tokens of a group leave none over, if not far fewer than most.

    What is left over would cost a copy of all logits.
    """
    for size in range(most, most // 2, -1):
        if vocabulary % size == 0:
            return size
    return most
