"""How a translation is searched for; readable without Keras."""

import dataclasses

from zoo.argument_checks import at_least
from zoo.errors import InputError

_MOST_BEAMS = 200


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
        at_least(1, beams=self.beams)
        if self.beams > _MOST_BEAMS:
            raise InputError(
                f"`beams` must be at most {_MOST_BEAMS}. Received: {self.beams}"
            )
        for name in ("length_penalty", "coverage_penalty"):
            value = getattr(self, name)
            number = isinstance(value, (int, float))
            # So that no score comes near `CUT_OFF`.
            if not number or not 0 <= value <= 10:
                raise InputError(
                    f"`{name}` must be from 0 to 10. Received: {value!r}"
                )
