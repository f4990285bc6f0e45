"""A text classifier that ONNX Runtime computes: no Keras, no TensorFlow."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np

import zoo.tasks.classifying as classifying
from zoo.tasks.kinds import KINDS
from zoo.text import TextTokenizer

# What a `TextClassifier` has beside this.
_OF_KERAS = ("model", "save", "export", "evaluate")


@dataclasses.dataclass(frozen=True, repr=False)
class OnnxClassifier:
    """Says which class a text belongs to; made by `zoo.load(X, engine="onnx")`.

    It answers like the `TextClassifier` of the same model, but for the last
    digits: logits differ by at most 1e-5. It has no Keras model, so it cannot
    be saved, exported or evaluated.

    Attributes:
        run: a function of ids, int32 of shape `(batch, time)`, to logits
            of shape `(batch, classes)`.
        tokenizer: text to ids.
        labels: names of the classes, in the order of the logits.
        name: of the pretrained model, or of the run folder.
        folder: where it was loaded from.
        builder: name of the function of `zoo.models` that built the model.
        arguments: the builder's plain arguments.
        about: what else is known: recipe, command, data, scores.

    Example:
        >>> classifier = zoo.load("imdb_gru_base", engine="onnx")
        >>> classifier.predict(["a quiet, moving film"])[0]["label"]
        'positive'
    """

    run: Callable[[np.ndarray], np.ndarray]
    tokenizer: TextTokenizer
    labels: list[str]
    name: str = ""
    folder: Path | None = None
    builder: str = "classifier"
    arguments: dict = dataclasses.field(default_factory=dict)
    about: dict = dataclasses.field(default_factory=dict)

    kind, usage = KINDS["classifier"]
    logits = classifying.logits
    predict = classifying.predict
    predict_in_bulk = classifying.predict_in_bulk

    def __repr__(self) -> str:
        cell = self.arguments.get("cell")
        facts = [repr(self.name)] + [f"cell={cell}"] * (cell is not None)
        return f"OnnxClassifier({', '.join(facts)}, classes={len(self.labels)})"

    def __getattr__(self, name: str) -> NoReturn:
        said = f"OnnxClassifier has no `{name}`. It has: logits, predict, "
        said += "predict_in_bulk."
        if name in _OF_KERAS:
            said += (
                f' `{name}` needs Keras: load the model with engine="keras".'
            )
        raise AttributeError(said)

    @property
    def _logits(self) -> Callable[[np.ndarray], np.ndarray]:
        return self.run
