"""A text, read and written piece by piece, its state kept in between."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import keras
import numpy as np

import zoo.decoding.stream_file as stream_file
from zoo.argument_checks import of_type, one_text, path_of
from zoo.decoding.bounds import check_samples
from zoo.decoding.finite_answers import check_all, check_finite
from zoo.decoding.model_and_tokenizer import model_and_tokenizer
from zoo.decoding.sampling import (
    REPETITION_WINDOW,
    Sampling,
    gumbel,
    writer,
)
from zoo.decoding.scoring import Reader, nats
from zoo.decoding.stop_strings import Stopper
from zoo.decoding.stream_state import StreamState
from zoo.errors import InputError
from zoo.models.language_model import step_form
from zoo.text import TextTokenizer

# Tokens between two pieces of text: few enough to be seen as they are made,
# enough to hide what a call costs.
CHUNK = 16


class Stream:
    """One text that a language model reads and writes, in any order.

    Everything that was read or written before decides what comes next,
    through states of a fixed size.

    Args:
        model: a language model, from `zoo.models.language_model`.
        tokenizer: what makes its ids of texts.
        name: of the model, in messages.

    Attributes:
        state: where the text stands: what is expected next, and the states.
        reader: what reads with the model.

    Raises:
        InputError: for a model of another kind.

    Example:
        >>> text = zoo.stream("shakespeare_lstm_base")
        >>> text.feed("ROMEO:")
        >>> "".join(text.generate(200, seed=1))
    """

    def __init__(
        self,
        model: keras.Model,
        tokenizer: TextTokenizer | None = None,
        name: str = "",
    ):
        model, self.tokenizer = model_and_tokenizer(model, tokenizer)
        if not hasattr(self.tokenizer, "decoder"):
            raise InputError(
                "A stream needs the `tokenizer` of a language model. Received: "
                f"{type(self.tokenizer).__name__}"
            )
        self.model, self.name = model, name
        self.step_model = step_form(model)
        self.reader = Reader(self.step_model)
        self.state_names = self.reader.state_names
        self._writers: dict[Sampling, Callable] = {}
        self.reset()

    def reset(self) -> None:
        """Forgets everything: a new text."""
        self.state = self._nothing_read()
        self._decode = self.tokenizer.decoder()
        self._undecoded: list[int] = []

    def _nothing_read(self):
        recent = np.full((1, REPETITION_WINDOW), -1, "int32")
        return StreamState(None, recent, self.reader.zeros(1))

    def feed(self, text: str) -> np.ndarray:
        """Reads the next piece of the text.

        Args:
            text: the piece; characters, or words, that the model has never
                seen are read as its one unknown one.

        Returns:
            float64: how many nats each token of it took, that is minus the
            logarithm of the probability that the model gave it; NaN for the
            very first token of a text, for which nothing was expected.
        """
        one_text(text=text)
        # A character that was half written stays half.
        self._decode, self._undecoded = self.tokenizer.decoder(), []
        if self.tokenizer.has_text_start:
            self.begin()
        return self._read(np.asarray(self.tokenizer.encode(text), "int32"))

    def _read(self, ids):
        taken = np.empty(len(ids))
        start, expected = 0, self.state.logits
        states = self.state.states
        for logits, after in self.reader.read(ids[None], states):
            check_finite(logits, self.name)
            end = start + logits.shape[1]
            part = ids[start:end].astype("int64")
            taken[start] = np.nan
            if expected is not None:
                taken[start] = nats(np.asarray(expected)[0], part[0])
            taken[start + 1 : end] = nats(logits[0, :-1], part[1:])
            expected, states = logits[:, -1], after
            start = end
        recent = np.concatenate([self.state.recent, ids[None]], axis=1)
        recent = recent[:, -REPETITION_WINDOW:].astype("int32")
        self.state = StreamState(expected, recent, states)
        return taken

    def begin(self) -> None:
        """Something to go on from, also where nothing was read yet."""
        if self.state.logits is None:
            self._read(np.array(self.tokenizer.opening, "int32"))

    def generate(
        self,
        length: int,
        sampling: Sampling | None = None,
        seed: int = 0,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        """Writes on, and yields the text piece by piece.

        What was written becomes part of the stream. A stop string does too,
        but is not shown.

        Args:
            length: number of tokens (characters, bytes, words) at most.
            sampling: how to choose; by default, from the whole distribution.
            seed: of the draws; equal seeds write equal texts.
            stop: strings that end the text.

        Raises:
            InputError: for a length, seed or stop string that cannot be, and
                more than 1,000,000 tokens; while it writes, for a model whose
                numbers are not finite.
        """
        sampling = Sampling() if sampling is None else sampling
        of_type(Sampling, sampling=sampling)
        check_samples(1, length, seed)
        # Checked before the first piece is asked for.
        return self._pieces(length, sampling, seed, Stopper(stop))

    def _pieces(self, length, sampling, seed, stopper):
        self.begin()
        write = self.writer(sampling)
        random = np.random.default_rng([seed, 0])
        while length > 0 and not stopper.stopped:
            before = self.state
            noise = gumbel(random, (1, CHUNK, self.tokenizer.size))
            ids, after = write(noise, self.state)
            # One step that is not finite makes all behind it so.
            check_all([after.logits, *after.states], self.name)
            self.state = after
            piece, used = "", 0
            for one in ids[0, :length].tolist():
                piece += stopper.next(self._decoded(one))
                used += 1
                if stopper.stopped:
                    break
            length -= used
            if used < CHUNK:
                # Back to where the text ends.
                self.state = before
                self._read(ids[0, :used])
            if not length:
                piece += stopper.rest()
            if piece:
                yield piece

    def writer(self, sampling: Sampling) -> Callable:
        """A function of noise, as in `sampling.writer`, and a place, to ids of
        shape `(rows, time)` and the place behind them.
        """
        if sampling not in self._writers:
            self._writers[sampling] = writer(
                self.step_model, sampling, self.tokenizer.reserved
            )
        compiled_writer = self._writers[sampling]

        def write(noise, state):
            ids, logits, recent, *states = compiled_writer(
                noise, state.logits, state.recent, *state.states
            )
            ids = np.asarray(ids)[:, :, 0].astype("int32")
            return ids, StreamState(logits, recent, states)

        return write

    def _decoded(self, one):
        """The text that is complete with this token."""
        # No character has more than four bytes.
        self._undecoded = [*self._undecoded, one][-3:]
        return self._decode([one])

    def save(self, path: Path) -> None:
        """Writes where the stream is, for `zoo.stream(model, path)`.

        Raises:
            InputError: for what is no path.
            OSError: where it cannot be written.
        """
        stream_file.save(
            path_of("path", path),
            self.state,
            self._undecoded,
            model=self.model,
            tokenizer=self.tokenizer,
        )

    def restore(self, path: Path) -> None:
        """Goes on where `save` was called, on this machine or another.

        Raises:
            InputError: for a file that is not one of these, or belongs to
                other weights.
            OSError: for one that cannot be read.
        """
        state, undecoded = stream_file.load(
            path_of("path", path),
            self.state_names,
            self._nothing_read(),
            model=self.model,
            tokenizer=self.tokenizer,
        )
        self.reset()
        self.state = state
        for one in undecoded:
            self._decoded(one)
