"""Settings for a user's own text, or texts, that a language model learns.

The published settings were tuned for a million characters and for 75,000
reviews; by them a text of 15,000 words would be read two thousand times. What
is chosen here was compared on parts of War and Peace and of the Penn Treebank,
one seed each.
"""

import argparse
import collections
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipes.config import char_lm, own_files, word_lm
from recipes.datasets import documents
from zoo.errors import InputError
from zoo.text import scripts, word_rules

# Share of letters in scripts without spaces from which subwords are read.
_MOSTLY_UNSPACED = 0.3
# Bytes of a text that are looked at, and texts.
_LOOKED_AT, _TEXTS = 1 << 20, 2_000
# Steps that training has about, and passes over a text at least and at most.
_STEPS, _FEWEST_PASSES, _MOST_PASSES = 3_000, 2, 60
_WINDOW = 64
# Epochs without progress to stop after.
_PATIENCE = 4
# Tokens to choose the best epoch by, and the share of all that they may take.
_CHARACTERS, _WORDS = 100_000, 20_000
_LEAST_SHARE, _LARGEST_SHARE = 0.02, 0.1
# Tokens of which a score says little.
_FEW = 1_000
_MOST_WORDS, _SUBWORDS = 20_000, (2_000, 8_000)


def char_settings(length: int) -> dict[str, Any]:
    """The fields `char_lm.FITTED` that suit a text of so many tokens."""
    size = _size(length, 150_000, 600_000)
    share = _validation_share(length, _CHARACTERS)
    rows = _rows(length, (32, 32, 64)[size])
    steps = length * (1 - share) / (rows * _WINDOW)
    return {
        "validation_share": share,
        "units": (256, 256, 384)[size],
        "dropout": (0.4, 0.4, 0.3)[size],
        "batch_size": rows,
        "epochs": _epochs(steps),
        "patience": _PATIENCE,
    }


def word_settings(
    tokens: str, length: int, often: int, characters: int
) -> dict[str, Any]:
    """The fields `word_lm.FITTED` that suit texts.

    Args:
        tokens: what they are made of.
        length: how many words there are, or characters.
        often: different words that come at least twice.
        characters: different characters.
    """
    size = _size(length, 100_000, 2_000_000)
    share = _validation_share(length, _WORDS)
    rows = _rows(length, (16, 32, 128)[size])
    steps = length * (1 - share) / (rows * _WINDOW)
    if tokens == "subwords":
        vocabulary = max(_SUBWORDS[size > 0], 2 * characters + 100)
    elif tokens == "words":
        # A word that comes once would never be unknown in training.
        vocabulary = max(3, min(_MOST_WORDS, often + 2))
    else:
        vocabulary = characters + 2
    return {
        "tokens": tokens,
        "word_rules": word_rules.CURRENT,
        "vocabulary_size": vocabulary,
        "validation_share": share,
        "units": (256, 256, 512)[size],
        "embedding_size": (128, 256, 256)[size],
        "embedding_dropout": (0.4, 0.3, 0.1)[size],
        "dropout": (0.5, 0.4, 0.1)[size],
        "frequent_words": min(vocabulary, 4_096),
        "batch_size": rows,
        "epoch_windows": 0,
        "epochs": _epochs(steps),
        "patience": _PATIENCE,
    }


def _size(length, some, many):
    """0 for few tokens, 1 for some, 2 for many."""
    return (length >= some) + (length >= many)


def _validation_share(length, wanted):
    share = wanted / max(1, length)
    return round(min(_LARGEST_SHARE, max(_LEAST_SHARE, share)), 2)


def _rows(length, rows):
    """Rows of which a short text has twenty windows each, if it can be."""
    while rows > 1 and length < 20 * rows * _WINDOW:
        rows //= 2
    return rows


def _epochs(steps):
    """Passes over a text of which each has so many steps."""
    passes = round(_STEPS / max(1, steps))
    return min(_MOST_PASSES, max(_FEWEST_PASSES, passes))


def char_fitted(
    config: char_lm.Config, values: argparse.Namespace, run_dir: Path
) -> tuple[char_lm.Config, list[str]]:
    """What the command line of `char_lm` asks for.

    Args, Returns and Raises: as `recipes.config.own_files.asked_for`.
    """

    def fit(config, given):
        length = _length(Path(config.train_file), config.tokens == "bytes")
        found = own_files.replaced(config, char_settings(length), given)
        said = f"about {length:,} {config.tokens}"
        return found, _lines(found, said, length, config.tokens)

    return own_files.asked_for(
        config,
        values,
        run_dir,
        recipe="char_lm",
        files=[config.train_file],
        fit=fit,
    )


def word_fitted(
    config: word_lm.Config, values: argparse.Namespace, run_dir: Path
) -> tuple[word_lm.Config, list[str]]:
    """What the command line of `word_lm` asks for.

    Args, Returns and Raises: as `recipes.config.own_files.asked_for`.
    """

    def fit(config, given):
        texts = documents.texts(
            None, train_file=config.train_file, **config.file_form
        )
        some = texts[:: max(1, len(texts) // _TEXTS)]
        unspaced = sum(scripts.shares(some).values())
        apart = unspaced < _MOSTLY_UNSPACED
        tokens = "words" if apart else "subwords"
        if config.source or "tokens" in given:
            tokens = config.tokens
        of_words = apart and tokens in ("words", "subwords")
        length, often = _counted(texts, of_words)
        characters = len(set().union(*texts))
        settings = word_settings(tokens, length, often, characters)
        # A model to start from has tokens and sizes of its own.
        keeps = word_lm.OF_THE_START if config.source else ()
        found = own_files.replaced(config, settings, (*given, *keeps))
        said = f"{len(texts):,} texts, {length:,} "
        said += "words" if of_words else "characters"
        if of_words:
            said += f", {often:,} different ones more than once"
        if not apart:
            said += f"; {100 * unspaced:.0f} % of letters need no spaces"
        return found, _lines(found, said, length, found.tokens)

    return own_files.asked_for(
        config,
        values,
        run_dir,
        recipe="word_lm",
        files=[config.train_file],
        fit=fit,
    )


def _counted(texts, of_words):
    """Words of all texts, or characters, and how many come at least twice."""
    counts: collections.Counter[str] = collections.Counter()
    for text in texts:
        counts.update(
            word_rules.split(text, word_rules.CURRENT) if of_words else text
        )
    return counts.total(), sum(count > 1 for count in counts.values())


def _lines(config: Any, what: str, length: int, unit: str) -> Sequence[str]:
    held_out = round(length * config.validation_share)
    few = [
        f"Only about {held_out:,} {unit} will choose and score the model: that "
        "says little."
    ] * (held_out < _FEW)
    share = f"{100 * config.validation_share:.0f} %"
    return [
        f"Chosen: {config.units} units, batches of {config.batch_size} "
        f"stretches, at most {config.epochs} passes, {share} of the text to "
        f"choose the best one by, {unit}.",
        f"Why: {what}. Flags given by hand win.",
        *few,
    ]


def _length(path: Path, of_bytes: bool) -> int:
    """Bytes of a text, or about so many characters."""
    if not path.is_file():
        raise InputError(f"There is no text file {path}.")
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as file:
                start = file.read(_LOOKED_AT)
                size = len(start)
                while part := file.read(_LOOKED_AT):
                    size += len(part)
        else:
            size = path.stat().st_size
            with open(path, "rb") as file:
                start = file.read(_LOOKED_AT)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if not size:
        raise InputError(f"{path} is empty.")
    if of_bytes:
        return size
    return round(size * len(start.decode("utf-8", "replace")) / len(start))
