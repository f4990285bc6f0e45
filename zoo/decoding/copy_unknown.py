"""Words that a translator does not know, taken over from the source."""

from collections.abc import Sequence

import numpy as np

from zoo.text import PairTokenizer
from zoo.text.ids import UNKNOWN
from zoo.text.subwords import SPACE


def copy_unknown(
    tokenizer: PairTokenizer,
    text: str,
    ids: Sequence[int],
    attention: np.ndarray,
) -> str:
    """A translation whose unknown words are those of the source.

    A word with an unknown character becomes the word of the source that this
    character looked at most (Luong et al., 2015b). What has no spaces is one
    word, so this is for languages that have them.

    Args:
        tokenizer: of both sides.
        text: the source.
        ids: units of the translation.
        attention: weights of shape `(target_time, source_time)`.

    Reference:
        - [Luong et al., 2015b](https://arxiv.org/abs/1410.8206)
    """
    source = tokenizer.source.split(text)
    source_words = words(source)
    word_of = {place: word for word in source_words for place in range(*word)}
    pieces = tokenizer.target.pieces
    target = [pieces[one] for one in ids]
    written = []
    for start, end in words(target):
        unknown = [t for t in range(start, end) if ids[t] == UNKNOWN]
        if not unknown:
            written.append(tokenizer.target.join(target[start:end]))
            continue
        looked_at = int(attention[unknown[0]].argmax())
        first, last = word_of[looked_at]
        written.append(tokenizer.source.join(source[first:last]))
    return " ".join(written)


def words(pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Where each word of a list of units begins and ends."""
    starts = [
        place
        for place, piece in enumerate(pieces)
        if place == 0 or piece.startswith(SPACE)
    ]
    return list(zip(starts, [*starts[1:], len(pieces)], strict=True))
