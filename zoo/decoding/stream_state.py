"""The state of a text that is read and written."""

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class StreamState:
    """All that what comes next depends on, for one text or several.

    Attributes:
        logits: float32 of shape `(rows, vocabulary)`, for the next token;
            `None` where nothing was read yet.
        recent: int32 of shape `(rows, REPETITION_WINDOW)`, padded with -1:
            the last tokens.
        states: of the model, each of shape `(rows, size)`.
    """

    logits: Any
    recent: Any
    states: list

    def repeated(self, rows: int) -> "StreamState":
        """The state of one text as that of `rows` texts."""
        return StreamState(
            np.repeat(self.logits, rows, axis=0),
            np.repeat(self.recent, rows, axis=0),
            [np.repeat(state, rows, axis=0) for state in self.states],
        )
