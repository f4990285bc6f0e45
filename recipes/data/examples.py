"""Labelled texts as arrays of ids, and batches of like length from them."""

import dataclasses
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import numpy as np

from zoo.errors import InputError
from zoo.io.files import mapped_anew
from zoo.text import TextTokenizer
from zoo.text.ids import pad

# Batches are cut from this many batches' worth of examples sorted by length:
# enough that hardly any padding is left, few enough to stay well mixed.
_BATCHES_SORTED_TOGETHER = 50
_HASHED_TOGETHER = 1 << 22


@dataclasses.dataclass(frozen=True)
class Examples:
    """Texts as ids, end to end, with a label each.

    Attributes:
        token_ids: int32, the ids of all texts, one text behind the other.
        starts: int64, of one more than the number of texts: text `i` is
            `token_ids[starts[i]:starts[i + 1]]`.
        labels: int32, a class for each text; or float32 of shape
            `(texts, classes)`, how probable each class is, from which
            `shuffled` draws one whenever it reads a text.
    """

    token_ids: np.ndarray
    starts: np.ndarray
    labels: np.ndarray

    @classmethod
    def from_texts(
        cls,
        texts: Sequence[str],
        labels: Sequence[int] | np.ndarray | None,
        tokenizer: TextTokenizer,
    ) -> "Examples":
        """Encodes `texts`; without labels, all are of class 0."""
        rows = [np.array(tokenizer.encode(text), "int32") for text in texts]
        starts = np.cumsum([0, *map(len, rows)], dtype="int64")
        token_ids = np.concatenate([np.zeros(0, "int32"), *rows])
        classes = np.asarray([0] * len(texts) if labels is None else labels)
        kind = "int32" if classes.ndim == 1 else "float32"
        return cls(token_ids, starts, classes.astype(kind))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> np.ndarray:
        """Number of tokens of each text."""
        return np.diff(self.starts)

    def batch(
        self, indices: np.ndarray, max_tokens: int = 0
    ) -> tuple[np.ndarray, dict]:
        """The texts at `indices` as a model's input and targets.

        Args:
            indices: int array of shape `(batch,)`.
            max_tokens: how many tokens of each text to take; 0 for all.

        Returns:
            int32 ids of shape `(batch, time)`, and `{"logits": labels}`.
        """
        rows = []
        for start, end in zip(
            self.starts[indices], self.starts[indices + 1], strict=True
        ):
            if max_tokens:
                end = min(end, start + max_tokens)
            rows.append(self.token_ids[start:end])
        return pad(rows), {"logits": self.labels[indices]}


def joined(first: Examples, second: Examples) -> Examples:
    """The texts of both; classes where either has only classes."""
    sides = [first.labels, second.labels]
    if len({side.ndim for side in sides}) > 1:
        sides = [s.argmax(axis=1) if s.ndim == 2 else s for s in sides]
    return Examples(
        np.concatenate([first.token_ids, second.token_ids]),
        np.concatenate([first.starts, second.starts[1:] + first.starts[-1]]),
        np.concatenate(sides),
    )


_Batch = TypeVar("_Batch", bound=tuple)


@dataclasses.dataclass(frozen=True)
class Batches(Generic[_Batch]):
    """Where batches come from, and how many make an epoch.

    Attributes:
        make: function of the number of the epoch to start with to an
            iterator of batches: ids (or a dict of them and more), and a dict
            of targets.
        steps: number of batches in an epoch.
        contents: function of nothing to the arrays that they are made of.
    """

    make: Callable[[int], Iterator[_Batch]]
    steps: int
    contents: Callable[[], Iterable[np.ndarray]] = tuple

    def sha256(self) -> str:
        """The SHA-256 of what the batches are made of."""
        digest = hashlib.sha256()
        for array in self.contents():
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            # Not all at once of what is mapped from a file.
            for start in range(0, len(array), _HASHED_TOGETHER):
                part = mapped_anew(array)[start : start + _HASHED_TOGETHER]
                digest.update(np.ascontiguousarray(part).data)
        return digest.hexdigest()


def set_aside(
    count: int, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Places to keep and places to set aside, at least one of each.

    Args:
        count: number of examples.
        share: how much of them to set aside.
        seed: of the draw.

    Raises:
        InputError: for fewer than 3 examples.
    """
    if count < 3:
        raise InputError(
            f"The training data must have at least 3 texts. Received: {count}"
        )
    order = np.random.default_rng(seed).permutation(count)
    aside = min(count - 1, max(1, round(share * count)))
    return np.sort(order[aside:]), np.sort(order[:aside])


def shuffled(
    examples: Examples, batch_size: int, seed: int, max_tokens: int = 0
) -> Batches[tuple[np.ndarray, dict]]:
    """Batches of like length, epoch after epoch without an end.

    Every epoch takes each example once, in an order that depends on `seed`
    and the number of the epoch only, so a stream that starts at a later
    epoch goes on as the whole one would have.

    Args:
        examples: what to take.
        batch_size: number of examples in a batch; the last one of an epoch's
            batches may be smaller.
        seed: of the order.
        max_tokens: how many tokens of each text to take; 0 for all.
    """

    def make(first_epoch):
        for epoch in itertools.count(first_epoch):
            of_epoch = _with_classes(examples, [seed, epoch, 1])
            for indices in _epoch(examples.lengths, batch_size, [seed, epoch]):
                yield of_epoch.batch(indices, max_tokens)

    def contents():
        # What a model computes may differ in the last digit the next time.
        labels = [examples.labels] if examples.labels.ndim == 1 else []
        return [examples.token_ids, examples.starts, *labels]

    return Batches(make, -(-len(examples) // batch_size), contents)


def _with_classes(examples, seed):
    """The same texts with classes, drawn where there are probabilities."""
    p = examples.labels
    if p.ndim == 1:
        return examples
    share = np.random.default_rng(seed).random((len(p), 1))
    passed = (np.cumsum(p, axis=1) < share).sum(axis=1)
    drawn = np.minimum(passed, p.shape[1] - 1).astype("int32")
    return dataclasses.replace(examples, labels=drawn)


def _epoch(lengths, batch_size, seed):
    random = np.random.default_rng(seed)
    order = random.permutation(len(lengths))
    together = batch_size * _BATCHES_SORTED_TOGETHER
    for start in range(0, len(order), together):
        part = order[start : start + together]
        by_length_order = np.argsort(lengths[part], kind="stable")
        order[start : start + together] = part[by_length_order]
    cuts = range(batch_size, len(order), batch_size)
    batches = np.split(order, cuts)
    random.shuffle(batches)
    return batches


def ordered(
    examples: Examples, batch_size: int
) -> Batches[tuple[np.ndarray, dict]]:
    """Each example once, in `by_length`: for validation and tests."""
    order = by_length(examples)
    parts = np.split(order, range(batch_size, len(order), batch_size))

    def make(first_epoch=0):
        return map(examples.batch, parts)

    return Batches(make, len(parts))


def by_length(examples: Examples) -> np.ndarray:
    """Places of the examples, the shortest first."""
    return np.argsort(examples.lengths, kind="stable")
