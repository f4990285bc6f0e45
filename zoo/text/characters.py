"""Characters as numbers."""

import collections
import functools
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

import zoo.text.word_rules as word_rules
from zoo.argument_checks import at_least
from zoo.errors import InputError
from zoo.io.files import write_json
from zoo.text.ids import FIRST_KNOWN, REPLACEMENT, UNKNOWN


class CharacterTokenizer:
    """Characters (code points) to ids: 0 is padding, 1 any unknown one.

    Nothing is normalised, unless by `fold_case`: what is decoded is what was
    encoded.

    Args:
        vocabulary: the characters, distinct; the first has id 2.
        fold_case: whether a capital, or a full-width or other form of a letter
            or digit, has the id of the plain one, if that is one character.

    Raises:
        InputError: for an entry that is not one character, or comes twice.

    Example:
        >>> CharacterTokenizer("ab").encode("bad").tolist()
        [3, 2, 1]
    """

    kind = "characters"
    unit = "character"
    has_text_start = False
    # Lists in the file that `save` writes, and files beside it.
    saved_lists: tuple[str, ...] = ("vocabulary",)
    files: tuple[str, ...] = ()
    # Ids that stand for nothing that a model could write.
    reserved = (0, UNKNOWN)

    def __init__(self, vocabulary: Iterable[str], fold_case: bool = False):
        self.fold_case = fold_case
        self.vocabulary = list(vocabulary)
        self._ids = np.full(sys.maxunicode + 1, UNKNOWN, "int32")
        for place, character in enumerate(self.vocabulary):
            single = isinstance(character, str) and len(character) == 1
            if not single or self._ids[ord(character)] != UNKNOWN:
                raise InputError(
                    "`vocabulary` must be distinct single characters. "
                    f"Received: {character!r:.100} at place {place}"
                )
            self._ids[ord(character)] = place + FIRST_KNOWN
        if fold_case:
            for capital, small in _small_letters().items():
                self._ids[capital] = self._ids[small]

    @classmethod
    def from_content(
        cls, content: dict, file: Callable[[str], bytes] | None = None
    ) -> "CharacterTokenizer":
        """A tokenizer from what `save` wrote, as an object."""
        return cls(content["vocabulary"], content.get("fold_case") is True)

    @classmethod
    def from_texts(
        cls, texts: Iterable[str], size: int, fold_case: bool = False
    ) -> "CharacterTokenizer":
        """A tokenizer of the most frequent characters of `texts`.

        Args:
            texts: the training texts.
            size: number of ids, the two reserved ones included. Characters of
                equal frequency are taken in the order of their code points.
            fold_case: whether capitals are small letters.
        """
        at_least(FIRST_KNOWN + 1, size=size)
        counts: collections.Counter[str] = collections.Counter()
        for text in texts:
            counts.update(text)
        if fold_case:
            small = {chr(a): chr(b) for a, b in _small_letters().items()}
            for one in counts.keys() & small.keys():
                counts[small[one]] += counts.pop(one)
        ordered = sorted(counts, key=lambda one: (-counts[one], one))
        return cls(ordered[: size - FIRST_KNOWN], fold_case)

    @property
    def known(self) -> dict[str, int]:
        """The id of every character that has one of its own."""
        return {
            chr(one): int(self._ids[one])
            for one in np.flatnonzero(self._ids != UNKNOWN)
        }

    @property
    def opening(self) -> list[int]:
        """What an empty text is read as: the start of a line."""
        return self.encode("\n").tolist()

    @property
    def size(self) -> int:
        """Number of ids, the two reserved ones included."""
        return len(self.vocabulary) + FIRST_KNOWN

    @property
    def sizes(self) -> dict[str, int]:
        """The arguments of a model that depend on the number of ids."""
        return {"vocabulary_size": self.size}

    def encode(self, text: str) -> np.ndarray:
        """An int32 id for each character of `text`."""
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        return self._ids[points]

    def split(self, text: str) -> list[str]:
        """The characters of `text`, one for each id."""
        return list(text)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`; unknown ones become U+FFFD, padding nothing."""
        return self.decoder()(ids, final=True)

    def decoder(self) -> Callable[..., str]:
        """A function of the next ids to the next piece of text.

        Its argument `final` says that nothing comes behind them.
        """
        characters = ["", REPLACEMENT, *self.vocabulary]

        def decode(ids, final=False):
            return "".join(characters[one] for one in ids)

        return decode

    def save(self, path: Path) -> None:
        """Writes the tokenizer as JSON."""
        folds = {"fold_case": True} if self.fold_case else {}
        content = {"kind": self.kind, **folds, "vocabulary": self.vocabulary}
        write_json(path, content)


@functools.cache
def _small_letters() -> dict[int, int]:
    """Of capitals and other forms of letters and digits the plain one, as code
    points.
    """
    composed = {
        one: unicodedata.normalize("NFC", becomes)
        for one, becomes in word_rules.table().items()
    }
    return {
        ord(one): ord(small)
        for one, small in composed.items()
        if one != small and len(small) == 1 and small.isalnum()
    }
