"""A trained model with what it takes to use it on texts."""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from zoo.backend.compile import logits_function
from zoo.errors import InputError
from zoo.text import (
    ByteTokenizer,
    CharacterTokenizer,
    PairTokenizer,
    WordTokenizer,
)

# Texts are read in batches of like length, to bound memory for long lists.
_BATCH_SIZE = 32


@dataclasses.dataclass(frozen=True)
class Trained:
    """A model, its tokenizer and, for a classifier, the names of its classes.

    `predict` is for classifiers, `generate` for language models and
    `translate` for translators; `zoo.stream` and `zoo.decoding.Translator` do
    more than the latter two.

    Attributes:
        name: of the pretrained model, or of the run folder.
        folder: where it was loaded from.
        builder: name of the function of `zoo.models` that built it.
        arguments: the builder's plain arguments.
        labels: names of the classes, in the order of the logits; empty for
            all but classifiers.
        tokenizer: text to ids.
        model: the Keras model, ids to `{"logits": ...}`.
        about: what else is known: recipe, command, data, scores.
    """

    name: str
    folder: Path
    builder: str
    arguments: dict
    labels: list[str]
    tokenizer: (
        WordTokenizer | CharacterTokenizer | ByteTokenizer | PairTokenizer
    )
    model: keras.Model
    about: dict

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits of shape `(len(texts), classes)`, float32.

        Raises:
            InputError: for a model that is no classifier.
        """
        if not self.labels:
            raise InputError(
                f"{self.name} is a {self.builder}: it has no classes. Use "
                + (
                    "`zoo translate`, or `translate` from Python."
                    if self.builder == "translator"
                    else "`zoo generate`, or `generate` from Python."
                )
            )
        _several(texts)
        rows = [self.tokenizer.encode(text) for text in texts]
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
        result = np.zeros((len(rows), len(self.labels)), "float32")
        call = logits_function(self.model)
        for start in range(0, len(order), _BATCH_SIZE):
            places = order[start : start + _BATCH_SIZE]
            ids = self.tokenizer.pad([rows[place] for place in places])
            result[places] = call(ids)
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

    def translate(self, texts: Sequence[str], beams: int = 5) -> list[str]:
        """The best translation of each text.

        Args:
            texts: sentences.
            beams: of the search; 1 takes the most probable unit every time.

        Raises:
            InputError: for a model that is no translator, and as
                `zoo.decoding.Translator.translate`.
        """
        from zoo.decoding import BeamSearch

        translator = self._translator
        _several(texts)
        how = BeamSearch(beams)
        return [one.text for one in translator.translate(texts, how)]

    def generate(
        self,
        prompt: str = "",
        length: int = 300,
        temperature: float = 1.0,
        seed: int = 0,
    ) -> str:
        """What a language model writes behind `prompt`.

        Args:
            prompt: what the text begins with; it is not repeated.
            length: number of tokens (characters or bytes) at most.
            temperature: below 1 for what is more probable; 0 is greedy.
            seed: of the draws; equal seeds write equal texts.

        Raises:
            InputError: for a model that is no language model, and as
                `zoo.decoding.Stream.generate`.
        """
        from zoo.decoding import Sampling

        stream, sampling = self._stream, Sampling(temperature)
        stream.reset()
        if prompt:
            stream.feed(prompt)
        return "".join(stream.generate(length, sampling, seed))

    # Kept, for they compile what they run.
    @functools.cached_property
    def _translator(self):
        from zoo.decoding import Translator

        return Translator(self)

    @functools.cached_property
    def _stream(self):
        from zoo.decoding import Stream

        return Stream(self)


def _several(texts):
    # A text is a sequence of texts too: of its characters.
    if isinstance(texts, str):
        raise InputError(
            f"`texts` must be a list of texts. Received: {texts[:80]!r}"
        )
