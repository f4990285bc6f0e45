"""A translator at work: a model and the tokenizers of its two sides."""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

import zoo.tasks.shared as shared
from zoo import decoding
from zoo.argument_checks import of_type, one_text
from zoo.decoding import BeamSearch, Sampling, Translation
from zoo.tasks.kinds import KINDS
from zoo.text import PairTokenizer


@dataclasses.dataclass(frozen=True, repr=False)
class Translator:
    """Translates texts; made by `zoo.load`, or by hand.

    Attributes:
        model: Keras model from `source_ids` and `target_ids`, int32 of shape
            `(batch, time)`, to `{"logits": (batch, time, vocabulary_size)}`.
        tokenizer: of source and target.
        name: of the pretrained model, or of the run folder.
        folder: where it was loaded from.
        builder: name of the function of `zoo.models` that built it.
        arguments: the builder's plain arguments.
        about: what else is known: recipe, command, data, scores.

    Example:
        >>> translator = zoo.load("dates_gru_base")
        >>> translator.translate(["3. Oktober 1990"])
        ['1990-10-03']
    """

    model: keras.Model
    tokenizer: PairTokenizer
    name: str = ""
    folder: Path | None = None
    builder: str = "translator"
    arguments: dict = dataclasses.field(default_factory=dict)
    about: dict = dataclasses.field(default_factory=dict)

    kind, usage = KINDS["translator"]
    __repr__ = shared.short_repr
    __getattr__ = shared.no_such_attribute
    save = shared.save
    export = shared.export
    evaluate = shared.evaluate

    def translate(
        self,
        texts: Sequence[str],
        beams: int = 5,
        *,
        search: BeamSearch | Sampling | None = None,
        copy_unknown: bool = False,
        seed: int = 0,
    ) -> list[str]:
        """The best translation of each text, or one that is drawn.

        Args:
            texts: sentences; an empty one is its own translation.
            beams: of the search; 1 takes the most probable unit every time.
            search: penalties too, or sampling; in place of `beams`.
            copy_unknown: whether words of unknown characters are taken over
                from the source, by attention.
            seed: of a `Sampling`.

        Raises:
            InputError: for anything but a list of texts, and as
                `zoo.decoding.Translator.translate`.
        """
        translations = self.decoder.translate(
            texts,
            BeamSearch(beams) if search is None else search,
            copy_unknown=copy_unknown,
            seed=seed,
        )
        return [translation.text for translation in translations]

    def n_best(
        self,
        texts: Sequence[str],
        count: int,
        *,
        search: BeamSearch | None = None,
        copy_unknown: bool = False,
    ) -> list[list[Translation]]:
        """The best translations of each text that a beam finds, best first.

        Args:
            texts: as of `translate`.
            count: how many of each; fewer where there are no more.
            search: by default with `count` beams, at least 5.
            copy_unknown: as of `translate`.

        Returns:
            For each text a list of `zoo.decoding.Translation`: text, score,
            ids, and whether it ended before it was cut off.

        Raises:
            InputError: as `translate`, or for more than there are beams.
        """
        return self.decoder.n_best(
            texts, count, search, copy_unknown=copy_unknown
        )

    def attention(
        self, text: str, translation: Translation | None = None
    ) -> tuple[list[str], list[str], np.ndarray]:
        """What each unit of a translation looked at in the source.

        Args:
            text: the source; not empty.
            translation: one of `n_best`; by default the best one.

        Returns:
            The units of the source, those of the translation with its end, and
            the weights, float32 of shape `(target_time, source_time)`.

        Raises:
            InputError: for anything but one text, or a model without
                attention.
        """
        one_text(text=text)
        if translation is not None:
            of_type(Translation, translation=translation)
        else:
            translation = self.decoder.translate([text])[0]
        return self.decoder.attention(text, translation.ids)

    # Kept, for it compiles what it runs.
    @functools.cached_property
    def decoder(self) -> decoding.Translator:
        """What translates: `zoo.decoding.Translator`, compiled once."""
        return decoding.Translator(self.model, self.tokenizer, self.name)
