"""From texts to classes: what classifiers do alike, whatever computes.

Each kind of classifier takes these methods as its own. None needs Keras.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from zoo.argument_checks import list_of_texts, within
from zoo.decoding.finite_answers import check_finite
from zoo.text import TextTokenizer
from zoo.text.ids import pad
from zoo.text.tokenizer import unknown_share

# Texts are read in batches of like length, of at most so many texts, and of so
# many tokens with padding: memory does not grow with the longest text.
TEXTS, TOKENS = 512, 1 << 14
_MOST_AT_ONCE = 1_000_000


class _Classifier(Protocol):
    """What these methods need."""

    @property
    def tokenizer(self) -> TextTokenizer: ...

    @property
    def labels(self) -> list[str]: ...

    @property
    def name(self) -> str: ...

    @property
    def _logits(self) -> Callable[[np.ndarray], np.ndarray]: ...


def logits(classifier: _Classifier, texts: Sequence[str]) -> np.ndarray:
    """Logits of shape `(len(texts), classes)`, float32.

    Raises:
        InputError: for anything but a list of texts, and for a model whose
            numbers are not finite.
    """
    texts = list_of_texts("texts", texts)
    rows = [classifier.tokenizer.encode(text) for text in texts]
    return _of_ids(classifier, rows)


def predict(classifier: _Classifier, texts: Sequence[str]) -> list[dict]:
    """For each text `label`, `probability` and all `probabilities`.

    Raises:
        InputError: as `logits`.
    """
    return _answers(classifier, logits(classifier, texts))


def predict_in_bulk(
    classifier: _Classifier, texts: Iterable[str], at_once: int = 4_096
) -> Iterator[dict]:
    """The same for any number of texts, read and answered as they come.

    Args:
        texts: they need not fit into memory.
        at_once: texts that are sorted by length together.

    Yields:
        For each text what `predict` gives it, and `unknown_share`: how much of
        it the tokenizer does not know.

    Raises:
        InputError: as `logits`, and for a number that cannot be.
    """
    # Now, and not when the first answer is asked for.
    within(1, _MOST_AT_ONCE, at_once=at_once)
    single = isinstance(texts, (str, bytes, Mapping))
    if single or not isinstance(texts, Iterable):
        list_of_texts("texts", texts)
    return _in_bulk(classifier, iter(texts), at_once)


def _in_bulk(
    classifier: _Classifier, waiting: Iterator[str], at_once: int
) -> Iterator[dict]:
    tokenizer = classifier.tokenizer
    while some := list(itertools.islice(waiting, at_once)):
        some = list_of_texts("texts", some)
        rows = [tokenizer.encode(text) for text in some]
        answers = _answers(classifier, _of_ids(classifier, rows))
        for ids, answer in zip(rows, answers, strict=True):
            yield {**answer, "unknown_share": unknown_share(tokenizer, ids)}


def _of_ids(classifier: _Classifier, rows: list) -> np.ndarray:
    result = np.zeros((len(rows), len(classifier.labels)), "float32")
    for indices in _batches([len(row) for row in rows]):
        ids = pad([rows[index] for index in indices])
        result[indices] = classifier._logits(ids)
    return check_finite(result, classifier.name)


def _answers(classifier: _Classifier, logits: np.ndarray) -> list[dict]:
    labels = classifier.labels
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    return [
        {
            "label": labels[best],
            "probability": row[best],
            "probabilities": dict(zip(labels, row, strict=True)),
        }
        for best, row in zip(p.argmax(axis=1).tolist(), p.tolist(), strict=True)
    ]


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Indices of texts of like length, few enough to be read at once."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        # The newest is the longest.
        padded = (len(batch) + 1) * max(1, lengths[index])
        if batch and (padded > TOKENS or len(batch) == TEXTS):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
