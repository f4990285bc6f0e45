"""How well a language model predicts the parts of a text."""

import math

import numpy as np

from zoo.decoding.scoring import Reader, text_nats
from zoo.models.language_model import step_form


def unit(config) -> str:
    """What a token of `recipes.char_lm` is."""
    return "byte" if config.tokens == "bytes" else "character"


def scores(net, splits: dict[str, np.ndarray], config) -> dict:
    """Nats and bits per character of the splits but the training part.

    Args:
        net: a language model.
        splits: the ids of each part of the text, by its name.
        config: a `recipes.char_lm.Config`.
    """
    reader = Reader(step_form(net))
    result = {}

    def state(name, nats, tokens):
        mean = nats / (tokens - 1)
        result[f"{name}_nats_per_{unit(config)}"] = round(mean, 5)
        result[f"{name}_bits_per_{unit(config)}"] = round(mean / math.log(2), 5)
        result[f"{name}_perplexity"] = round(math.exp(mean), 3)
        result[f"{name}_{unit(config)}s"] = tokens

    for split, ids in splits.items():
        if split == "train":
            continue
        # The first half of nanoGPT's validation text is tfds's.
        half = len(ids) // 2
        total, of_half, read = 0.0, 0.0, 0
        for (nats,) in text_nats(reader, ids):
            total += float(nats.sum())
            of_half += float(nats[: max(0, half - 1 - read)].sum())
            read += len(nats)
        state(split, total, len(ids))
        if split == "validation" and _is_nanogpt_split(config):
            state("tfds_validation", of_half, half)
    return result


def _is_nanogpt_split(config):
    return (
        (config.train_file or config.data) == "tiny_shakespeare"
        and config.tokens == "characters"
        and (config.validation_share, config.test_share) == (0.1, 0.0)
    )
