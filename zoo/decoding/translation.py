"""Translating with a model: sentences in, translations and attention out."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np

from zoo.argument_checks import (
    at_least,
    list_of_texts,
    of_type,
    one_text,
    truth,
    within,
)
from zoo.backend.compile import compiled, pad_to_multiple
from zoo.decoding.batched_search import BatchedSearch
from zoo.decoding.beam_search import CUT_OFF
from zoo.decoding.bounds import LARGEST_SEED, MOST_TRANSLATION_BEAMS
from zoo.decoding.copy_unknown import copy_unknown as copy_unknown_words
from zoo.decoding.finite_answers import check_finite, not_finite
from zoo.decoding.model_and_tokenizer import model_and_tokenizer
from zoo.decoding.sampling import Sampling
from zoo.decoding.search_settings import (
    BeamSearch,
    check_search,
)
from zoo.decoding.token_by_token import greedy_or_sample
from zoo.decoding.translated import Translation as Translation
from zoo.decoding.translation_batches import cut
from zoo.decoding.translator_step import (
    logit_bias,
    max_target_length,
    max_target_lengths,
    read,
    stepper,
)
from zoo.errors import InputError
from zoo.models.translator import encoder_form, step_form
from zoo.text import PairTokenizer
from zoo.text.ids import END, PADDING, START, UNKNOWN, pad

# Units of a sentence; the attention grows with its square.
LONGEST_SOURCE = 2000
_BATCHES_AT_ONCE = 3


class Translator:
    """Translates with a model; what `zoo.tasks.Translator` does it with.

    Args:
        model: a translator, from `zoo.models.translator`.
        tokenizer: of its source and its target.
        name: of the model, in messages.

    Raises:
        InputError: for a model of another kind.

    Example:
        >>> task = zoo.load("dates_gru_base")
        >>> translator = Translator(task.model, task.tokenizer)
        >>> translator.translate(["3. Oktober 1990"])[0].text
        '1990-10-03'
    """

    def __init__(
        self,
        model: keras.Model,
        tokenizer: PairTokenizer | None = None,
        name: str = "",
    ):
        self.name = name
        model, self.tokenizer = model_and_tokenizer(model, tokenizer)
        self.encoder = encoder_form(model)
        of_type(PairTokenizer, tokenizer=self.tokenizer)
        self.step_model = step_form(model)
        self.attentive = "attention" in self.step_model.output
        self._graphs: dict[Any, Callable] = {}

    def translate(
        self,
        texts: Sequence[str],
        how: BeamSearch | Sampling | None = BeamSearch(),  # noqa: B008
        copy_unknown: bool = False,
        seed: int = 0,
    ) -> list[Translation]:
        """The best translation of each text, or one that is drawn.

        Args:
            texts: sentences; an empty one is its own translation.
            how: a `BeamSearch`, a `Sampling`, or `None` to take the most
                probable unit at every step (greedy).
            copy_unknown: whether the translation may say that it does not know
                a character; the word of it is then replaced by the word of the
                source that it most looked at. Else it never does.
            seed: of a `Sampling`; a drawn translation depends on it and on the
                place of its text among `texts`.

        Raises:
            InputError: for one text instead of several, or a text of more
                than 2,000 units; a coverage penalty or copying without
                attention.
        """
        translations = self._translations(
            texts, how, copy_unknown=copy_unknown, seed=seed, count=1
        )
        return [ranked[0] for ranked in translations]

    def n_best(
        self,
        texts: Sequence[str],
        count: int,
        how: BeamSearch | None = None,
        copy_unknown: bool = False,
    ) -> list[list[Translation]]:
        """The best translations of each text that a beam finds, best first.

        Args:
            texts: as of `translate`.
            count: how many of each; fewer where there are no more.
            how: the search; by default with `count` beams, at least 5.
            copy_unknown: as of `translate`.

        Raises:
            InputError: as `translate`, or for more than there are beams.
        """
        at_least(1, count=count)
        if how is None:
            how = BeamSearch(min(max(5, count), MOST_TRANSLATION_BEAMS))
        of_type(BeamSearch, search=how)
        if count > how.beams:
            raise InputError(
                f"{count} translations of a text need as many beams. "
                f"Received: {how.beams}"
            )
        return self._translations(
            texts, how, copy_unknown=copy_unknown, seed=0, count=count
        )

    def _translations(self, texts, how, *, copy_unknown, seed, count):
        texts = list_of_texts("texts", texts)
        check_search(how)
        truth(copy_unknown=copy_unknown)
        within(0, LARGEST_SEED, seed=seed)
        if copy_unknown and not self.attentive:
            raise InputError("Unknown words can be copied by attention only.")
        rows = [self._encoded(text) for text in texts]
        answers = [[Translation("", 0.0, [], True)] for _ in texts]
        order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        order = [index for index in order if rows[index]]
        beams = how.beams if isinstance(how, BeamSearch) else 1
        batches = cut(order, [len(row) for row in rows], beams)

        def decode(indices):
            source_ids = pad([rows[index] for index in indices])
            return self._decoded(source_ids, how, copy_unknown, seed, indices)

        # Small operations of one batch leave room for those of another; the
        # first one alone, which may compile.
        with ThreadPoolExecutor(_BATCHES_AT_ONCE) as pool:
            decoded = [decode(indices) for indices in batches[:1]]
            decoded += pool.map(decode, batches[1:])
        for indices, arrays in zip(batches, decoded, strict=True):
            for index, tokens, scores in zip(indices, *arrays, strict=True):
                answers[index] = [
                    self._translation(
                        texts[index], ids, score, copy_unknown=copy_unknown
                    )
                    for ids, score in zip(tokens[:count], scores, strict=False)
                    if score > 2 * CUT_OFF
                ]
                if not answers[index]:
                    # No comparison holds for what is not a number.
                    raise not_finite(self.name)
        return answers

    def _encoded(self, text):
        ids = self.tokenizer.source.encode(text)
        if len(ids) > LONGEST_SOURCE:
            raise InputError(
                f"A sentence may have {LONGEST_SOURCE:,} units. Received: "
                f"{len(ids):,}, beginning {' '.join(text[:60].split())!r}. "
                "Translate its sentences one by one."
            )
        return ids

    def _decoded(self, source_ids, how, unknown, seed, indices):
        """Tokens `(sentences, ranks, length)` and scores of a batch."""
        if keras.backend.backend() == "jax":
            source_ids = pad_to_multiple(source_ids)
        if (how, unknown) not in self._graphs:
            self._graphs[how, unknown] = self._graph(how, unknown)
        arrays = [source_ids]
        if isinstance(how, Sampling) and how.temperature > 0:
            length = max_target_length(source_ids.shape[1])
            draws = [
                np.random.default_rng([seed, index]).random(length, "float32")
                for index in indices
            ]
            arrays.append(np.stack(draws))
        tokens, scores = self._graphs[how, unknown](*arrays)
        tokens, scores = np.asarray(tokens), np.asarray(scores)
        check_finite(scores, self.name)
        if tokens.ndim == 2:
            return tokens[:, None], scores[:, None]
        return tokens, scores

    def _graph(self, how, unknown) -> Callable:
        bias = logit_bias(self.step_model, unknown)
        if isinstance(how, BeamSearch):
            return BatchedSearch(self.encoder, self.step_model, bias, how)
        if isinstance(how, Sampling):
            if how.repetition_penalty != 1:
                raise InputError("A translation has no repetition penalty.")
            if how.temperature == 0:
                how = None

        def decode(source_ids, uniform=None):
            memory, states = read(self.encoder, source_ids)
            step = stepper(self.step_model, memory, bias)
            return greedy_or_sample(
                step, states, *max_target_lengths(source_ids), uniform, how
            )

        return compiled(decode, self.step_model)

    def _translation(self, text, tokens, score, *, copy_unknown):
        tokens = tokens.tolist()
        ended = END in tokens
        ids = [one for one in tokens if one not in (PADDING, END)]
        written = self.tokenizer.target.decode(ids)
        if copy_unknown and UNKNOWN in ids:
            _, _, weights = self.attention(text, ids)
            written = copy_unknown_words(self.tokenizer, text, ids, weights)
        if score <= CUT_OFF:
            score = score - CUT_OFF
        return Translation(written, float(score), ids, ended)

    def attention(
        self, text: str, ids: Sequence[int]
    ) -> tuple[list[str], list[str], np.ndarray]:
        """What each unit of a translation looked at as it was written.

        Args:
            text: the source; not empty.
            ids: units of a translation of it.

        Returns:
            The units of the source, those of the translation with its end, and
            the weights, float32 of shape `(target_time, source_time)`.

        Raises:
            InputError: for a model without attention.
        """
        one_text(text=text)
        pieces = self.tokenizer.target.pieces
        of_type(Sequence, ids=ids)
        for one in ids:
            within(0, len(pieces) - 1, ids=one)
        if not self.attentive:
            raise InputError("This translator has no attention to look at.")
        if "attention" not in self._graphs:

            def looked(source_ids, target_ids):
                memory, states = read(self.encoder, source_ids)
                inputs = {"target_ids": target_ids, **memory}
                for place, state in enumerate(states):
                    inputs[f"state_{place}"] = state
                return self.step_model(inputs, training=False)["attention"]

            self._graphs["attention"] = compiled(looked, self.step_model)
        source_ids = np.array([self._encoded(text)], "int32")
        target_ids = np.array([[START, *ids]], "int32")
        if keras.backend.backend() == "jax":
            source_ids, target_ids = map(
                pad_to_multiple, (source_ids, target_ids)
            )
        weights = self._graphs["attention"](source_ids, target_ids)
        check_finite(weights, self.name)
        source = self.tokenizer.source.split(text)
        target = [*(pieces[one] for one in ids), pieces[END]]
        return (
            source,
            target,
            np.asarray(weights)[0, : len(target), : len(source)],
        )
