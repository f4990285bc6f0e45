"""Sentences and their translations as ids, and batches of like length."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from recipes.data.examples import Batches
from zoo.errors import InputError
from zoo.text import PairTokenizer, WordTokenizer
from zoo.text.ids import END, START, UNKNOWN

_HASHED_TOGETHER = 1024


class Bitext(Protocol):
    """What `by_tokens` makes batches of.

    Attributes:
        lengths: steps of encoder and decoder, of shape `(sentences, 2)`.
    """

    def __len__(self) -> int: ...

    @property
    def lengths(self) -> np.ndarray: ...

    def batch(self, indices: Sequence[int] | np.ndarray) -> tuple[dict, dict]:
        """The sentences at `indices` as a model's inputs and targets."""


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Sentences and their translations as ids.

    Attributes:
        source: of each pair, its source as an int32 array.
        target: of each pair, its target, without start and end.
    """

    source: list[np.ndarray]
    target: list[np.ndarray]

    @classmethod
    def from_texts(
        cls,
        texts: Sequence[tuple[str, str]],
        tokenizer: PairTokenizer,
        longest: int = 0,
    ) -> "Pairs":
        """Encodes pairs of texts.

        Args:
            texts: sources and targets.
            tokenizer: of both sides.
            longest: pairs with a longer side are left out, as are those with
                an empty one; 0 for no such limit.
        """
        source = tokenizer.source.encode_batch([text for text, _ in texts])
        target = tokenizer.target.encode_batch([text for _, text in texts])
        kept = [
            (np.array(s, "int32"), np.array(t, "int32"))
            for s, t in zip(source, target, strict=True)
            if s and t and (not longest or max(len(s), len(t)) <= longest)
        ]
        return cls([s for s, _ in kept], [t for _, t in kept])

    def __len__(self) -> int:
        return len(self.source)

    @property
    def lengths(self) -> np.ndarray:
        """Steps of encoder and decoder, of shape `(pairs, 2)`."""
        return np.array(
            [
                (len(s), len(t) + 1)
                for s, t in zip(self.source, self.target, strict=True)
            ],
            "int64",
        ).reshape(-1, 2)

    def batch(self, indices: Sequence[int] | np.ndarray) -> tuple[dict, dict]:
        """The pairs at `indices` as a model's inputs and targets.

        Returns:
            A dict of `source_ids` and `target_ids`, int32 of shape
            `(batch, time)`, the target led by `START`; and `{"logits": ids}`,
            the target followed by `END`.
        """
        targets = [self.target[index] for index in indices]
        return {
            "source_ids": WordTokenizer.pad([self.source[i] for i in indices]),
            "target_ids": WordTokenizer.pad([[START, *t] for t in targets]),
        }, {"logits": WordTokenizer.pad([[*t, END] for t in targets])}


def not_too_long(
    texts: Sequence[tuple[str, str]],
    tokenizer: PairTokenizer,
    longest: int,
    progress: bool,
) -> Pairs:
    """The pairs of texts of which no side has more than `longest` units.

    Args:
        texts: sources and targets.
        tokenizer: of both sides.
        longest: number of units.
        progress: whether to print how many are left out.

    Raises:
        InputError: if all are.
    """
    pairs = Pairs.from_texts(texts, tokenizer, longest)
    if not len(pairs):
        raise InputError(
            f"Not one of {len(texts):,} training pairs has at most "
            f"`longest` {longest} units."
        )
    if progress and len(pairs) < len(texts):
        left_out = len(texts) - len(pairs)
        print(f"{left_out:,} training pairs are too long; left out.")
    return pairs


def by_tokens(
    pairs: Bitext,
    batch_tokens: int,
    seed: int,
    dropout: float = 0.0,
) -> Batches[tuple[dict, dict]]:
    """Batches of like length, epoch after epoch without an end.

    A batch has as many pairs as fit into `batch_tokens` units of either side,
    padding included, so a long sentence takes no more memory than a few short
    ones, and every step learns from about as many words. Each epoch takes each
    pair once, in an order that depends on `seed` and the epoch only.

    Args:
        pairs: what to take.
        batch_tokens: units of either side in a batch; one pair that has more
            is a batch of its own.
        seed: of the order.
        dropout: share of the units of both sides that are read as unknown,
            others in each epoch; what is to be written stays as it is.
    """
    lengths = pairs.lengths
    widths = lengths.max(axis=1)

    def order(epoch):
        random = np.random.default_rng([seed, epoch])
        mixed = random.permutation(len(pairs))
        # Pairs of the same lengths change places; where batches are cut does
        # not depend on the epoch.
        sort = np.lexsort((lengths[mixed, 0], lengths[mixed, 1]))
        return random, mixed[sort]

    cuts = _cuts(widths[order(0)[1]], batch_tokens)

    def make(first_epoch):
        for epoch in itertools.count(first_epoch):
            random, indices = order(epoch)
            batches = np.split(indices, cuts)
            random.shuffle(batches)
            for indices in batches:
                inputs, targets = pairs.batch(indices)
                for ids in inputs.values() if dropout else ():
                    hidden = random.random(ids.shape) < dropout
                    ids[hidden & (ids > END)] = UNKNOWN
                yield inputs, targets

    def contents():
        for start in range(0, len(pairs), _HASHED_TOGETHER):
            some = range(start, min(start + _HASHED_TOGETHER, len(pairs)))
            for arrays in pairs.batch(some):
                yield from arrays.values()

    return Batches(make, len(cuts) + 1, contents)


def in_order(pairs: Pairs, batch_tokens: int) -> Batches[tuple[dict, dict]]:
    """Each pair once, by length: for validation."""
    lengths = pairs.lengths
    order = np.lexsort((lengths[:, 0], lengths[:, 1]))
    parts = np.split(order, _cuts(lengths.max(axis=1)[order], batch_tokens))

    def make(first_epoch=0):
        return map(pairs.batch, parts)

    return Batches(make, len(parts))


def _cuts(widths: np.ndarray, batch_tokens: int) -> list[int]:
    """Where to cut rows of these widths."""
    cuts, start, widest = [], 0, 0
    for index, width in enumerate(widths):
        widest = max(widest, width)
        if index > start and widest * (index + 1 - start) > batch_tokens:
            cuts.append(index)
            start, widest = index, width
    return cuts
