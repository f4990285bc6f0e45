"""Settings for a user's own sentences and their translations.

The published settings are those of dates, 60,000 short lines without words.
What is chosen here was compared on parts of Multi30k, one seed each.
"""

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipes.config import own_files
from recipes.config.translation import FITTED, Config
from recipes.datasets import own_pairs
from zoo.text import scripts

_MOSTLY_UNSPACED = 0.3
# Characters in a unit, with spaces between words and without.
_IN_A_UNIT, _IN_A_UNIT_UNSPACED = 3.0, 1.3
# Steps that training has about, and passes at least and at most: few pairs
# are read in seconds.
_STEPS, _FEWEST_PASSES, _MOST_PASSES = 3_000, 4, (150, 60, 60)
# Pairs to choose the best epoch by, and as many for the test.
_VALIDATION, _LEAST_SHARE, _LARGEST_SHARE = 1_000, 0.02, 0.1
# Pairs of which chrF says little.
_FEW = 500
# Units of a side, at least and at most. The most that a translator reads is
# more; a few long pairs would make all batches wait.
_SHORTEST, _LONGEST = 100, 400
_MOST_UNITS = 8_000
# With a model to start from, its tokens and sizes hold, and what its training
# needs is to be said.
_OF_THE_DATA = ("longest", "validation_share", "patience", "best_by")


def settings(
    pairs: Sequence[tuple[str, str]], tokens: str = "bpe"
) -> dict[str, Any]:
    """The fields `FITTED` of a `Config` that suit pairs of sentences.

    Args:
        pairs: sources and targets.
        tokens: what they are cut into.
    """
    count = len(pairs)
    size = (count >= 2_000) + (count >= 20_000)
    sides = [side for pair in pairs for side in pair]
    unspaced = sum(scripts.shares(sides).values()) >= _MOSTLY_UNSPACED
    in_a_unit = _IN_A_UNIT_UNSPACED if unspaced else _IN_A_UNIT
    in_a_unit = 1.0 if tokens == "characters" else in_a_unit
    longer = [max(map(len, pair)) for pair in pairs]
    batch_tokens = (400, 1_000, 1_500)[size]
    steps = count * statistics.mean(longer) / in_a_unit / batch_tokens
    most = _MOST_PASSES[size]
    epochs = min(most, max(_FEWEST_PASSES, round(_STEPS / steps)))
    share = _VALIDATION / count
    share_of_all = round(min(_LARGEST_SHARE, max(_LEAST_SHARE, share)), 2)
    # As many units as Multi30k has had for 29,000 pairs, fewer for fewer.
    units = min(_MOST_UNITS, round(100 * count**0.38))
    return {
        "tokens": tokens,
        "normalisation": "nfc",
        "vocabulary_size": max(units, 2 * len(set().union(*sides)) + 100),
        "longest": min(_LONGEST, max(_SHORTEST, max(longer))),
        "validation_share": share_of_all,
        "units": (96, 128, 192)[size],
        "embedding_size": (96, 128, 192)[size],
        "embedding_dropout": 0.2,
        "dropout": (0.4, 0.3, 0.3)[size],
        "label_smoothing": 0.1,
        "batch_tokens": batch_tokens,
        "learning_rate": 0.002,
        "epochs": epochs,
        "patience": max(5, epochs // 4),
        # The chrF of few translations goes up and down while the loss falls.
        "best_by": "loss" if count * share_of_all < _FEW else "chrf",
    }


def fitted(
    config: Config, values: argparse.Namespace, run_dir: Path
) -> tuple[Config, list[str]]:
    """What the command line asks for, with settings that suit one's own pairs.

    Args, Returns and Raises: as `recipes.config.own_files.asked_for`.
    """

    def fit(config, given):
        pairs = own_pairs.load(*config.files[:3])
        keeps: list[str] = []
        if config.source:
            keeps = [name for name in FITTED if name not in _OF_THE_DATA]
        tokens = config.tokens if "tokens" in given else "bpe"
        suits = settings(pairs, tokens)
        found = own_files.replaced(config, suits, (*given, *keeps))
        longest = max(len(side) for pair in pairs for side in pair)
        return found, [
            f"Chosen: {found.tokens}, {found.vocabulary_size:,} units of text "
            f"at most, {found.units} units of state, at most {found.epochs} "
            f"passes, {100 * found.validation_share:.0f} % of the pairs to "
            "choose the best one by"
            + (", as many for the test." if not any(config.files[3:]) else "."),
            f"Why: {len(pairs):,} pairs, the longest side has {longest:,} "
            "characters. Flags given by hand win.",
        ]

    return own_files.asked_for(
        config,
        values,
        run_dir,
        recipe="translation",
        files=config.files,
        fit=fit,
    )
