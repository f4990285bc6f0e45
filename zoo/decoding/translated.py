"""What a translator answers with."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Translation:
    """One translation of a sentence.

    Attributes:
        text: the translation.
        score: of a search, its score (see `BeamSearch`); else the logarithm of
            its probability.
        ids: its units, without the end.
        ended: whether it came to an end before it was cut off.
    """

    text: str
    score: float
    ids: list[int]
    ended: bool
