"""How tokens are chosen and translations searched for; without Keras."""

import dataclasses

from zoo.argument_checks import finite, within
from zoo.decoding.bounds import MOST_TRANSLATION_BEAMS
from zoo.errors import InputError

# As many as an int32; beyond the vocabulary it filters nothing.
_LARGEST_TOP_K = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class BeamSearch:
    """How a translation is searched for.

    For a translation `y` of length `n`, its end included, of a source `x` with
    attention weights `a`:

        score = log p(y | x) / ((5 + n) / 6) ** length_penalty
                + coverage_penalty * sum_j log(min(sum_t a_tj, 1))

    At every step the `beams` most probable ways to go on are kept. One that
    ends is set aside with its score; when as many as `beams` are, the search
    is over. Without a length penalty short translations win; with a coverage
    penalty, those that leave nothing of the source out.

    Args:
        beams: number of translations that are kept at every step.
        length_penalty: see above; 0 for none.
        coverage_penalty: see above; 0 for none. It needs attention.

    Raises:
        InputError: for a value outside its range.

    Reference:
        - [Wu et al., 2016](https://arxiv.org/abs/1609.08144), equation 14
    """

    beams: int = 5
    length_penalty: float = 1.0
    coverage_penalty: float = 0.0

    def __post_init__(self):
        within(1, MOST_TRANSLATION_BEAMS, beams=self.beams)
        # So that no score comes near `CUT_OFF`.
        finite(0, 10, length_penalty=self.length_penalty)
        finite(0, 10, coverage_penalty=self.coverage_penalty)


@dataclasses.dataclass(frozen=True)
class Sampling:
    """How the next token is chosen from the logits.

    In this order: the repetition penalty, the temperature, then each filter
    on what the one before it left; then one of what is left is drawn.

    Not KerasHub's samplers: they know neither `min_p` nor a penalty, and do
    not give tokens out while they go on.

    Args:
        temperature: what logits are divided by; 0 takes the most probable
            token (greedy). At most 1,000,000.
        top_k: only so many of the most probable tokens; 0 for all.
        top_p: only the most probable tokens that together have at least this
            probability (Holtzman et al., 2020); 1 for all.
        min_p: only tokens at least this share as probable as the most
            probable one (Nguyen et al., 2024); 0 for all.
        repetition_penalty: positive logits of tokens among the last 64 are
            divided by it, negative ones multiplied (Keskar et al., 2019);
            1 for none. From 0.001 to 1,000.

    Raises:
        InputError: for a value outside its range.

    Reference:
        - [Holtzman et al., 2020](https://arxiv.org/abs/1904.09751)
        - [Nguyen et al., 2024](https://arxiv.org/abs/2407.01082)
        - [Keskar et al., 2019](https://arxiv.org/abs/1909.05858), section 4.1
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    def __post_init__(self):
        within(0, _LARGEST_TOP_K, top_k=self.top_k)
        # Within what a float32 of a logit is multiplied by without harm.
        finite(0, 1_000_000, temperature=self.temperature)
        finite(1e-12, 1, top_p=self.top_p)
        finite(0, 1, min_p=self.min_p)
        finite(0.001, 1_000, repetition_penalty=self.repetition_penalty)


def check_search(how: object) -> None:
    """Refuses what no translation is searched for with.

    Raises:
        InputError: for anything but a `BeamSearch`, a `Sampling` or `None`.
    """
    if how is not None and not isinstance(how, (BeamSearch, Sampling)):
        raise InputError(
            "A translation is searched for with a BeamSearch, drawn with a "
            f"Sampling, or neither. Received: {type(how).__name__}"
        )
