"""A text classifier: a model, its tokenizer and the names of its classes."""

import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np

import zoo.tasks.shared as shared
from zoo.argument_checks import list_of_texts, within
from zoo.backend.compile import logits_function
from zoo.decoding.finite_answers import check_finite
from zoo.tasks.kinds import KINDS
from zoo.text import TextTokenizer
from zoo.text.ids import pad
from zoo.text.tokenizer import unknown_share

# Texts are read in batches of like length, of at most so many texts, and of so
# many tokens with padding: memory does not grow with the longest text.
_TEXTS, _TOKENS = 512, 1 << 14
_MOST_AT_ONCE = 1_000_000


@dataclasses.dataclass(frozen=True, repr=False)
class TextClassifier:
    """Says which class a text belongs to; made by `zoo.load`, or by hand.

    Attributes:
        model: Keras model from `token_ids`, int32 of shape `(batch, time)`,
            to `{"logits": (batch, classes)}`.
        tokenizer: text to ids.
        labels: names of the classes, in the order of the logits.
        name: of the pretrained model, or of the run folder.
        folder: where it was loaded from.
        builder: name of the function of `zoo.models` that built it.
        arguments: the builder's plain arguments.
        about: what else is known: recipe, command, data, scores.

    Example:
        >>> classifier = zoo.load("imdb_gru_base")
        >>> classifier.predict(["a quiet, moving film"])[0]["label"]
        'pos'
    """

    model: keras.Model
    tokenizer: TextTokenizer
    labels: list[str]
    name: str = ""
    folder: Path | None = None
    builder: str = "classifier"
    arguments: dict = dataclasses.field(default_factory=dict)
    about: dict = dataclasses.field(default_factory=dict)

    kind, usage = KINDS["classifier"]
    __repr__ = shared.short_repr
    __getattr__ = shared.no_such_attribute
    save = shared.save
    export = shared.export
    evaluate = shared.evaluate

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits of shape `(len(texts), classes)`, float32.

        Raises:
            InputError: for anything but a list of texts, and for a model whose
                numbers are not finite.
        """
        texts = list_of_texts("texts", texts)
        return self._of_ids([self.tokenizer.encode(text) for text in texts])

    def _of_ids(self, rows: list) -> np.ndarray:
        result = np.zeros((len(rows), len(self.labels)), "float32")
        for indices in _batches([len(row) for row in rows]):
            ids = pad([rows[index] for index in indices])
            result[indices] = self._logits(ids)
        return check_finite(result, self.name)

    def predict(self, texts: Sequence[str]) -> list[dict]:
        """For each text `label`, `probability` and all `probabilities`.

        Raises:
            InputError: as `logits`.
        """
        return self._answers(self.logits(texts))

    def predict_in_bulk(
        self, texts: Iterable[str], at_once: int = 4_096
    ) -> Iterator[dict]:
        """The same for any number of texts, read and answered as they come.

        Args:
            texts: they need not fit into memory.
            at_once: texts that are sorted by length together.

        Yields:
            For each text what `predict` gives it, and `unknown_share`: how
            much of it the tokenizer does not know.

        Raises:
            InputError: as `logits`, and for a number that cannot be.
        """
        # Now, and not when the first answer is asked for.
        within(1, _MOST_AT_ONCE, at_once=at_once)
        single = isinstance(texts, (str, bytes, Mapping))
        if single or not isinstance(texts, Iterable):
            list_of_texts("texts", texts)
        return self._in_bulk(iter(texts), at_once)

    def _in_bulk(self, waiting: Iterator[str], at_once: int) -> Iterator[dict]:
        while some := list(itertools.islice(waiting, at_once)):
            some = list_of_texts("texts", some)
            rows = [self.tokenizer.encode(text) for text in some]
            answers = self._answers(self._of_ids(rows))
            for ids, answer in zip(rows, answers, strict=True):
                share = unknown_share(self.tokenizer, ids)
                yield {**answer, "unknown_share": share}

    def _answers(self, logits: np.ndarray) -> list[dict]:
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = p / p.sum(axis=1, keepdims=True)
        return [
            {
                "label": self.labels[best],
                "probability": row[best],
                "probabilities": dict(zip(self.labels, row, strict=True)),
            }
            for best, row in zip(
                p.argmax(axis=1).tolist(), p.tolist(), strict=True
            )
        ]

    # Kept, for it is compiled.
    @functools.cached_property
    def _logits(self) -> Callable[..., np.ndarray]:
        return logits_function(self.model)


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Indices of texts of like length, few enough to be read at once."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        # The newest is the longest.
        padded = (len(batch) + 1) * max(1, lengths[index])
        if batch and (padded > _TOKENS or len(batch) == _TEXTS):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
