"""A language model at work: a model and its tokenizer."""

import dataclasses
import functools
import math
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

import zoo.tasks.shared as shared
from zoo.argument_checks import list_of_texts, of_type, one_text
from zoo.decoding import Sampling, Stream
from zoo.decoding.bounds import check_samples
from zoo.tasks.kinds import KINDS
from zoo.text import TextTokenizer


@dataclasses.dataclass(frozen=True, repr=False)
class LanguageModel:
    """Writes texts and scores them; made by `zoo.load`, or by hand.

    Attributes:
        model: Keras model from `token_ids`, int32 of shape `(batch, time)`,
            to `{"logits": (batch, time, vocabulary_size)}`.
        tokenizer: text to ids and back.
        name: of the pretrained model, or of the run folder.
        folder: where it was loaded from.
        builder: name of the function of `zoo.models` that built it.
        arguments: the builder's plain arguments.
        about: what else is known: recipe, command, data, scores.

    Example:
        >>> writer = zoo.load("shakespeare_lstm_base")
        >>> writer.generate("ROMEO:", length=200, seed=1)
    """

    model: keras.Model
    tokenizer: TextTokenizer
    name: str = ""
    folder: Path | None = None
    builder: str = "language_model"
    arguments: dict = dataclasses.field(default_factory=dict)
    about: dict = dataclasses.field(default_factory=dict)

    kind, usage = KINDS["language_model"]
    __repr__ = shared.short_repr
    __getattr__ = shared.no_such_attribute
    save = shared.save
    export = shared.export
    evaluate = shared.evaluate

    def generate(
        self,
        prompt: str = "",
        length: int = 300,
        temperature: float = 1.0,
        seed: int = 0,
        *,
        sampling: Sampling | None = None,
        stop: Sequence[str] = (),
    ) -> str:
        """What the model writes behind `prompt`.

        Args:
            prompt: what the text begins with; it is not repeated.
            length: number of tokens (characters, bytes, words) at most.
            temperature: below 1 for what is more probable; 0 is greedy.
            seed: of the draws; equal seeds write equal texts.
            sampling: filters and penalties too; in place of `temperature`.
            stop: strings that end the text.

        Raises:
            InputError: for anything but one text as `prompt`, and as
                `zoo.decoding.Stream.generate`.
        """
        one_text(prompt=prompt)
        if sampling is None:
            sampling = Sampling(temperature)
        # Before the prompt is read, which may be long.
        of_type(Sampling, sampling=sampling)
        check_samples(1, length, seed)
        stream = self._stream
        stream.reset()
        if prompt:
            stream.feed(prompt)
        return "".join(stream.generate(length, sampling, seed, stop))

    def stream(self, state: Path | None = None) -> Stream:
        """A text that is read and written piece by piece.

        Args:
            state: file of `Stream.save`, to go on from there.

        Raises:
            InputError: for a state of another model.
            OSError: for a state that cannot be read.
        """
        stream = Stream(self.model, self.tokenizer, self.name)
        if state is not None:
            stream.restore(state)
        return stream

    def score(self, texts: Sequence[str]) -> list[dict]:
        """How probable each text is: the lower its perplexity, the more.

        Returns:
            For each text `tokens`, `nats` (minus the logarithm of its
            probability), `nats_per_token` and `perplexity`, each `None` where
            a text has no token.

        Raises:
            InputError: for anything but a list of texts.
        """
        answers: list[dict] = []
        for text in list_of_texts("texts", texts):
            stream = self._stream
            stream.reset()
            # So that something is expected of the first token too.
            stream.begin()
            nats = stream.feed(text) if text else np.zeros(0)
            if not len(nats):
                answers.append(
                    {
                        "tokens": 0,
                        "nats": None,
                        "nats_per_token": None,
                        "perplexity": None,
                    }
                )
                continue
            mean = float(nats.mean())
            answers.append(
                {
                    "tokens": len(nats),
                    "nats": float(nats.sum()),
                    "nats_per_token": mean,
                    # A larger one is no float.
                    "perplexity": math.exp(min(mean, 700.0)),
                }
            )
        return answers

    # Kept, for it compiles what it runs.
    @functools.cached_property
    def _stream(self) -> Stream:
        return Stream(self.model, self.tokenizer, self.name)
