"""What an exported translator is compared with: the Keras model's answers."""

from collections.abc import Iterable

import keras
import numpy as np

from export import verify
from zoo.backend.compile import compiled
from zoo.decoding.token_by_token import greedy_or_sample
from zoo.decoding.translator_step import (
    logit_bias,
    max_target_lengths,
    read,
    stepper,
)
from zoo.tasks import Translator
from zoo.text.ids import END, PADDING, START

# Sentences whose translations must be the same, in batches; and the longest.
SENTENCES, _BATCH, _LONGEST = 256, 64, 16
# Units of a translation whose logits are compared.
_LONGEST_TARGET = 64


class Reference:
    """What the Keras model answers.

    Args:
        trained: a translator.
        encoder: its encoder form.
        step_model: its step form.
    """

    def __init__(
        self,
        trained: Translator,
        encoder: keras.Model,
        step_model: keras.Model,
    ):
        sizes = trained.tokenizer.sizes
        self.source_size = sizes["source_vocabulary_size"]
        self.bias = logit_bias(step_model, unknown=False)

        def greedy(source_ids):
            memory, states = read(encoder, source_ids)
            step = stepper(step_model, memory, self.bias)
            return greedy_or_sample(
                step, states, *max_target_lengths(source_ids)
            )[0]

        def logits(source_ids, target_ids):
            inputs = {"source_ids": source_ids, "target_ids": target_ids}
            return trained.model(inputs, training=False)["logits"]

        self._greedy = compiled(greedy, trained.model)
        self._logits = compiled(logits, trained.model)

    def greedy(self, source_ids: np.ndarray) -> np.ndarray:
        """The tokens that it chooses, padded behind their end."""
        return np.asarray(self._greedy(source_ids))

    def logits(self, ids: tuple) -> np.ndarray:
        """Of pairs of source and target ids, zeros where there is no target."""
        return counted(np.asarray(self._logits(*ids)), ids[1])

    def pairs(
        self, batch_size: int | None = None, length: int | None = None
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Source ids of all shapes that are compared, and their translations.

        Its own translations, because over a long target that no source leads
        to, a state may come to where the least difference decides.

        Args:
            batch_size: as `export.verify.example_ids`, like the next.
            length: of the sources.
        """
        sources = verify.example_ids(self.source_size, batch_size, length)
        return with_targets((ids, self.greedy(ids)) for ids in sources)

    def sentences(
        self, batch_size: int | None = None, length: int | None = None
    ) -> list[np.ndarray]:
        """Batches of random sentences of units, right-padded.

        Args:
            batch_size: of each batch; with one, there are fewer sentences.
            length: to which they are padded or cut off.
        """
        random = np.random.default_rng(5)
        batches = []
        for _ in range(0, SENTENCES, _BATCH):
            ids = random.integers(END + 1, self.source_size, (_BATCH, _LONGEST))
            lengths = random.integers(1, _LONGEST + 1, _BATCH)
            ids[np.arange(_LONGEST) >= lengths[:, None]] = PADDING
            if batch_size is not None:
                ids = ids[np.arange(batch_size) % _BATCH]
            if length is not None:
                missing = max(0, length - _LONGEST)
                ids = np.pad(ids[:, :length], [[0, 0], [0, missing]])
            batches.append(ids.astype("int32"))
        return batches


def with_targets(translated: Iterable) -> list[tuple]:
    """Pairs of source ids and translations: the latter as a model reads them,
    behind a start, and cut off.
    """
    pairs = []
    for source_ids, tokens in translated:
        tokens = np.asarray(tokens)[:, :_LONGEST_TARGET]
        start = np.full((len(tokens), 1), START, "int32")
        pairs.append((source_ids, np.concatenate([start, tokens], axis=1)))
    return pairs


def counted(logits: np.ndarray, target_ids: np.ndarray) -> np.ndarray:
    """Logits, zeros where there is no target."""
    return logits * (target_ids != PADDING)[:, :, None]
