"""How much may be asked for at once, before memory is taken for it.

Readable without Keras, so a command refuses more in no time.
"""

from zoo.argument_checks import within
from zoo.errors import InputError

# Tokens of a text; a `Stream` may be asked again to go on.
MOST_TOKENS = 1_000_000
# Texts that are written side by side, and their tokens in all.
MOST_SAMPLES, MOST_WRITTEN = 10_000, 10_000_000
# Texts that a search keeps, their tokens, and their logits at a step.
MOST_BEAMS, MOST_SEARCHED, MOST_LOGITS = 1_024, 1 << 22, 1 << 24
# The same of a translator, each with its attention.
MOST_TRANSLATION_BEAMS = 200
LARGEST_SEED = 2**63 - 1


def check_samples(
    count: int, length: int, seed: int, counted: str = "count"
) -> None:
    """Checks how many texts are to be drawn, and how long they are.

    Args:
        count: number of texts.
        length: tokens of each.
        seed: of the draws.
        counted: what `count` is called in messages.

    Raises:
        InputError: for a number that is none, or too large.
    """
    within(1, MOST_SAMPLES, **{counted: count})
    within(1, MOST_TOKENS, length=length)
    within(0, LARGEST_SEED, seed=seed)
    if count * length > MOST_WRITTEN:
        raise InputError(
            f"All samples together may have {MOST_WRITTEN:,} tokens. Received: "
            f"{count:,} of {length:,}"
        )


def check_beams(beams: int, length: int, vocabulary: int = 1) -> None:
    """Checks how many texts a search is to keep, and how long they are.

    Args:
        beams: number of texts.
        length: tokens of each.
        vocabulary: how many tokens there are, once that is known.

    Raises:
        InputError: for a number that is none, or too large.
    """
    most = min(MOST_BEAMS, max(1, MOST_LOGITS // vocabulary))
    within(1, most, beams=beams)
    within(1, MOST_TOKENS, length=length)
    if beams * length > MOST_SEARCHED:
        raise InputError(
            f"All beams together may have {MOST_SEARCHED:,} tokens. Received: "
            f"{beams:,} of {length:,}"
        )
