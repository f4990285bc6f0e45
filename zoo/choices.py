"""What a configuration may choose from, and its bounds; readable without Keras.

The layers and models that offer the choices take them from here.
"""

from zoo.argument_checks import at_least
from zoo.errors import InputError

# How a classifier makes one vector of all states.
POOLINGS = ("last", "mean", "max", "mean_max", "attention")
# How a decoder scores what it looks at; a translator may have none.
ATTENTION_KINDS = ("additive", "multiplicative")
ATTENTIONS = ("none", *ATTENTION_KINDS)
# Of a model: ids and classes, numbers side by side, and layers. Far above what
# is trained, and low enough that one model fits into memory. What is kept
# in a folder is bounded further, by `zoo.pretrained.limits`.
MOST_IDS, MOST_UNITS, MOST_LAYERS = 10_000_000, 1 << 16, 64
# Of a table of n-grams: the longest sequence, the largest table, and as many
# ids as there may be for their products to fit into 31 bits.
LONGEST_NGRAM = 3
MOST_NGRAM_SLOTS = 2**20
MOST_NGRAM_IDS = 100_000


def check_ngrams(
    ngrams: int, ngram_slots: int, vocabulary_size: int = 0
) -> None:
    """Checks the sizes of a table of n-grams.

    Args:
        ngrams: tokens of the longest one; 0 for no table.
        ngram_slots: size of the table.
        vocabulary_size: number of ids.

    Raises:
        InputError: for more than 3 tokens, 2 ** 20 slots or 100,000 ids.
    """
    at_least(0, ngrams=ngrams)
    at_least(1, ngram_slots=ngram_slots)
    most = {"ngrams": LONGEST_NGRAM, "ngram_slots": MOST_NGRAM_SLOTS}
    received = {"ngrams": ngrams, "ngram_slots": ngram_slots}
    if ngrams:
        most["vocabulary_size"] = MOST_NGRAM_IDS
        received["vocabulary_size"] = vocabulary_size
    for name, value in received.items():
        if value > most[name]:
            raise InputError(
                f"`{name}` must be at most {most[name]}"
                f"{' with `ngrams`' * (name == 'vocabulary_size')}. "
                f"Received: {value}"
            )
