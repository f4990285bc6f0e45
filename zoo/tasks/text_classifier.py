"""A text classifier: a model, its tokenizer and the names of its classes."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np

import zoo.tasks.shared as shared
from zoo.argument_checks import list_of_texts
from zoo.backend.compile import logits_function
from zoo.tasks.kinds import KINDS
from zoo.text import TextTokenizer
from zoo.text.ids import pad

# Texts are read in batches of like length, to bound memory for long lists.
_BATCH_SIZE = 32


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
            InputError: for anything but a list of texts.
        """
        texts = list_of_texts("texts", texts)
        rows = [self.tokenizer.encode(text) for text in texts]
        order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        result = np.zeros((len(rows), len(self.labels)), "float32")
        for start in range(0, len(order), _BATCH_SIZE):
            indices = order[start : start + _BATCH_SIZE]
            ids = pad([rows[index] for index in indices])
            result[indices] = self._logits(ids)
        return result

    def predict(self, texts: Sequence[str]) -> list[dict]:
        """For each text `label`, `probability` and all `probabilities`.

        Raises:
            InputError: as `logits`.
        """
        answers = []
        for logits in self.logits(texts):
            p = np.exp(logits - logits.max())
            p = p / p.sum()
            answers.append(
                {
                    "label": self.labels[int(p.argmax())],
                    "probability": float(p.max()),
                    "probabilities": {
                        label: float(value)
                        for label, value in zip(self.labels, p, strict=True)
                    },
                }
            )
        return answers

    # Kept, for it is compiled.
    @functools.cached_property
    def _logits(self) -> Callable[..., np.ndarray]:
        return logits_function(self.model)
