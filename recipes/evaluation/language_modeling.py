"""How well a language model predicts the parts of a text."""

import math

import keras
import numpy as np

from zoo.decoding.scoring import Reader, text_nats
from zoo.models.language_model import step_form


def scores(
    model: keras.Model,
    splits: dict[str, np.ndarray],
    *,
    unit: str,
    first_halves: dict[str, str],
) -> dict:
    """Nats and bits per token of each split, read as one text.

    Args:
        model: a language model.
        splits: the ids of each part of the text, by its name.
        unit: what a token is: `character` or `byte`.
        first_halves: of a split, the name under which the scores of its first
            half are reported too.
    """
    reader = Reader(step_form(model))
    result: dict[str, float] = {}
    for split, ids in splits.items():
        half = len(ids) // 2
        total, of_half, read = 0.0, 0.0, 0
        for (nats,) in text_nats(reader, ids):
            total += float(nats.sum())
            of_half += float(nats[: max(0, half - 1 - read)].sum())
            read += len(nats)
        result |= _of_split(split, unit, total, len(ids))
        if split in first_halves:
            result |= _of_split(first_halves[split], unit, of_half, half)
    return result


def _of_split(name, unit, nats, tokens):
    mean = nats / (tokens - 1)
    return {
        f"{name}_nats_per_{unit}": round(mean, 5),
        f"{name}_bits_per_{unit}": round(mean / math.log(2), 5),
        f"{name}_perplexity": round(math.exp(mean), 3),
        f"{name}_{unit}s": tokens,
    }


def word_scores(
    reader: Reader, ids: np.ndarray, rows: int = 1, unit: str = "word"
) -> dict:
    """Nats per word of the validation text, and the perplexity.

    Args:
        reader: of a language model of words.
        ids: the text.
        rows: stretches of it that are read side by side.
        unit: what a token is, `word` or another.
    """
    parts = text_nats(reader, ids, rows)
    nats, words = np.sum([(part.sum(), part.size) for part in parts], axis=0)
    return {
        f"validation_nats_per_{unit}": round(nats / words, 5),
        "validation_perplexity": round(math.exp(nats / words), 2),
        f"validation_{unit}s": int(words),
    }
