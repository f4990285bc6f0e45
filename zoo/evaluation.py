"""What a trained model's other forms are scored on."""

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Validation:
    """Examples that were not trained on, and how well something answers them.

    Attributes:
        score: its name: `accuracy`, `nats_per_character`, `bleu`, ...
        measure: the score of a function that answers: for classifiers and
            language models from ids to logits, for translators from source ids
            to target ids, padded behind their end.
        more_is_better: whether a higher score is a better one.
        largest_loss: by how much it may get worse, unless the user says
            otherwise.
        examples: how many there are.
        unit: what they are, in the plural.
        split: where they are from.
    """

    score: str
    measure: Callable[[Callable], float]
    more_is_better: bool
    largest_loss: float
    examples: int
    unit: str
    split: str
