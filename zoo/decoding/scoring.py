"""A language model reads: what it expected, and the state it ends in."""

from collections.abc import Iterator

import keras
import numpy as np

from zoo.backend.compile import compiled
from zoo.io.files import mapped_anew

# Steps and logits in one call: bound the memory that they take.
_CHUNK, _LOGITS = 4096, 1 << 23


class Reader:
    """Reads token ids through the step form of a language model.

    Args:
        step_model: what `zoo.models.language_model.step_form` returned.
    """

    def __init__(self, step_model: keras.Model):
        self.step_model = step_model
        self.state_names = [
            name for name in step_model.output if name != "logits"
        ]

        def read(token_ids, *states):
            inputs = dict(zip(self.state_names, states, strict=True))
            outputs = step_model(
                {"token_ids": token_ids, **inputs}, training=False
            )
            return outputs["logits"], [outputs[n] for n in self.state_names]

        self._read = compiled(read, step_model)

    def zeros(self, rows: int) -> list[np.ndarray]:
        """The states before the first token, for `rows` texts."""
        return [
            np.zeros((rows, self.step_model.input[name].shape[-1]), "float32")
            for name in self.state_names
        ]

    def read(
        self, token_ids: np.ndarray, states: list
    ) -> Iterator[tuple[np.ndarray, list]]:
        """Reads the next tokens of each row.

        Args:
            token_ids: int array of shape `(rows, time)`.
            states: states before them.

        Yields:
            For one part of the tokens after the other: its logits, float32
            of shape `(rows, part, vocabulary)`, and the states behind it.
        """
        rows, length = token_ids.shape
        vocabulary = self.step_model.output["logits"].shape[-1]
        longest = min(_CHUNK, max(1, _LOGITS // (rows * vocabulary)))
        for start, end in _parts(length, longest):
            part = np.ascontiguousarray(token_ids[:, start:end], "int32")
            logits, states = self._read(part, *states)
            yield np.asarray(logits), states


def _parts(length: int, longest: int) -> Iterator[tuple[int, int]]:
    """Where to cut; for JAX, which compiles anew for each length, by powers of
    two.
    """
    start = 0
    while start < length:
        part = min(longest, length - start)
        if keras.backend.backend() == "jax":
            part = 1 << (part.bit_length() - 1)
        yield start, start + part
        start += part


def nats(logits: np.ndarray, token_ids: np.ndarray) -> np.ndarray:
    """Minus the log-probability of each token that came.

    Args:
        logits: of shape `(..., vocabulary)`, for the tokens.
        token_ids: int array of shape `(...)`.

    Returns:
        float64 of shape `(...)`.
    """
    logits = logits.astype("float64")
    highest = logits.max(axis=-1, keepdims=True)
    total = np.log(np.exp(logits - highest).sum(axis=-1)) + highest[..., 0]
    chosen = np.take_along_axis(logits, token_ids[..., None], axis=-1)
    return total - chosen[..., 0]


def text_nats(
    reader: Reader, token_ids: np.ndarray, rows: int = 1
) -> Iterator[np.ndarray]:
    """Nats of every token of a text but the first, the state carried through.

    Args:
        reader: of the model.
        token_ids: int array of shape `(length,)`, with at least two tokens
            for each row; may be mapped into memory.
        rows: stretches that are read side by side, each from a state of
            zeros: quicker, and not the whole truth. 1 reads the text as one.

    Yields:
        float64 of shape `(rows, part)`: part after part of each stretch, of
        `(length - 1) // rows` tokens in all.
    """
    steps = (len(token_ids) - 1) // rows
    first = np.arange(rows) * steps
    states = reader.zeros(rows)
    for start in range(0, steps, _CHUNK):
        end = min(start + _CHUNK, steps)
        token_ids = mapped_anew(token_ids)
        part = np.stack([token_ids[f + start : f + end + 1] for f in first])
        targets = part[:, 1:].astype("int64")
        place = 0
        for logits, after in reader.read(part[:, :-1], states):
            width = logits.shape[1]
            yield nats(logits, targets[:, place : place + width])
            place, states = place + width, after
