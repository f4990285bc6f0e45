"""What every tokenizer has: the protocols that models and tasks rely on."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from zoo.text.ids import UNKNOWN


def unknown_share(tokenizer: "TextTokenizer", ids: Any) -> float:
    """How much of a text a tokenizer does not know, from 0 to 1.

    Args:
        tokenizer: what made the ids.
        ids: of the text; of none at all nothing is unknown.
    """
    # Of bytes, that id is a byte like others.
    if UNKNOWN not in tokenizer.reserved or not len(ids):
        return 0.0
    return float(np.mean(np.equal(ids, UNKNOWN)))


class Tokenizer(Protocol):
    """What a run folder keeps of a tokenizer.

    Attributes:
        kind: the name in `tokenizer.json`.
        files: names of the files beside the one that `save` writes.
        vocabulary: what it knows; equal vocabularies give equal ids.
        sizes: the arguments of a model that depend on the number of ids.
    """

    kind: str

    @property
    def files(self) -> Sequence[str]: ...

    @property
    def vocabulary(self) -> list: ...

    @property
    def sizes(self) -> dict[str, int]: ...

    def save(self, path: Path) -> None:
        """Writes the tokenizer as JSON, and its files beside it."""


class TextTokenizer(Tokenizer, Protocol):
    """A tokenizer of one text: what classifiers and language models need.

    Attributes:
        unit: what one id stands for: `word`, `character` or `byte`.
        size: number of ids, the reserved ones included.
        reserved: ids that stand for nothing that a model could write.
        opening: ids that a model reads before a text of which nothing is known.
        has_text_start: whether a model was trained to see `opening` at the
            start of each text.
    """

    unit: str
    has_text_start: bool

    @property
    def size(self) -> int: ...

    @property
    def reserved(self) -> Sequence[int]: ...

    @property
    def opening(self) -> Sequence[int]: ...

    def encode(self, text: str) -> Any:
        """The int32 ids of `text`: a list, or an array of shape `(length,)`."""

    def split(self, text: str) -> list[str]:
        """The pieces of `text` that have an id each, or as a whole several."""

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`."""

    def decoder(self) -> Callable[..., str]:
        """A function of the next ids to the next piece of text."""
