"""A text classifier: a model, its tokenizer and the names of its classes."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

import zoo.tasks.classifying as classifying
import zoo.tasks.shared as shared
from zoo.backend.compile import logits_function
from zoo.tasks.kinds import KINDS
from zoo.text import TextTokenizer


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
    logits = classifying.logits
    predict = classifying.predict
    predict_in_bulk = classifying.predict_in_bulk

    # Kept, for it is compiled.
    @functools.cached_property
    def _logits(self) -> Callable[..., np.ndarray]:
        return logits_function(self.model)
