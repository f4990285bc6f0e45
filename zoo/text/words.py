"""Texts as lower-case words, and words as numbers."""

import collections
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from zoo.argument_checks import at_least
from zoo.errors import InputError
from zoo.io.files import write_json
from zoo.text.ids import FIRST_KNOWN, PADDING, REPLACEMENT, UNKNOWN, pad

# The rules are three patterns and a change to lower case, so that they mean
# the same in Python and, through RE2 and ICU, inside a TensorFlow graph.
# What separates words: line breaks of HTML, ASCII white space, control
# characters and punctuation other than ' ! ?, and the upper-case letters that
# came after Unicode 13, which TensorFlow's ICU cannot change to lower case.
LINE_BREAK = r"<br\s*/?>"
_NEWER = "\u2c2f\ua7c0\ua7cb-\ua7dc\U00010570-\U00010595\U00010d50-\U00010d65"
_NEWER += "\U00016ea0-\U00016eb8"
SEPARATOR = r'[\x00-\x20"#$%&()*+,\-./:;<=>@\[\\\]^_`{|}~\x7f' + _NEWER + "]+"
OWN_WORD = r"([!?])"
# The same by name, for programs that do without this package.
RULES = {"line_break": LINE_BREAK, "separator": SEPARATOR, "own_word": OWN_WORD}


class WordTokenizer:
    """Lower-case words to ids: 0 is padding, 1 any unknown word.

    `<br />` and punctuation separate words and are dropped; `!` and `?` are
    words of their own; an apostrophe is part of its word. Words of scripts
    without spaces are not taken apart. Inside the SavedModel the same rules
    run as TensorFlow operations (`export.saved_model.text_ops`), and give the
    same ids.

    Args:
        vocabulary: the words, distinct; the first has id 2.

    Raises:
        InputError: for a word that is empty, repeated or not a string.

    Example:
        >>> WordTokenizer(["a", "film"]).encode("A quiet film.")
        [2, 1, 3]
    """

    kind = "words"
    unit = "word"
    # A language model of words was trained to see `opening` first.
    has_text_start = True
    # Lists in the file that `save` writes, and files beside it.
    saved_lists: tuple[str, ...] = ("vocabulary",)
    files: tuple[str, ...] = ()
    # Ids that stand for nothing that a language model could write. Padding is
    # the end of one text and the beginning of the next.
    reserved = (UNKNOWN,)
    # What such a model reads before the first word.
    opening = (PADDING,)

    def __init__(self, vocabulary: Iterable[str]):
        self.vocabulary = list(vocabulary)
        self._ids: dict[str, int] = {}
        for place, word in enumerate(self.vocabulary):
            if not isinstance(word, str) or not word or word in self._ids:
                raise InputError(
                    "`vocabulary` must be distinct words. Received: "
                    f"{word!r} at place {place}"
                )
            self._ids[word] = place + FIRST_KNOWN

    @classmethod
    def from_content(
        cls, content: dict, file: Callable[[str], bytes] | None = None
    ) -> "WordTokenizer":
        """A tokenizer from what `save` wrote, as an object."""
        return cls(content["vocabulary"])

    @classmethod
    def from_texts(cls, texts: Iterable[str], size: int) -> "WordTokenizer":
        """A tokenizer of the most frequent words of `texts`.

        Args:
            texts: the training texts.
            size: number of ids, the two reserved ones included. Words of
                equal frequency are taken in alphabetical order.
        """
        at_least(FIRST_KNOWN + 1, size=size)
        counts: collections.Counter[str] = collections.Counter()
        for text in texts:
            counts.update(split_words(text))
        ordered = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(ordered[: size - FIRST_KNOWN])

    @property
    def size(self) -> int:
        """Number of ids, the two reserved ones included."""
        return len(self.vocabulary) + FIRST_KNOWN

    @property
    def sizes(self) -> dict[str, int]:
        """The arguments of a model that depend on the number of ids."""
        return {"vocabulary_size": self.size}

    def encode(self, text: str) -> list[int]:
        """The ids of the words of `text`; an empty list for no words."""
        return [self._ids.get(word, UNKNOWN) for word in split_words(text)]

    def encode_batch(self, texts: Iterable[str]) -> np.ndarray:
        """Ids as an int32 array of shape `(batch, time)`, right-padded.

        `time` is the longest text's number of words, at least 1.
        """
        return pad([self.encode(text) for text in texts])

    def split(self, text: str) -> list[str]:
        """The words of `text`, one for each id."""
        return split_words(text)

    def decode(self, ids: Sequence[int]) -> str:
        """Words, each behind a space but `!` and `?`; unknown ones become
        U+FFFD, padding a line end.
        """
        return self.decoder()(ids, final=True)

    def decoder(self) -> Callable[..., str]:
        """A function of the next ids to the next piece of text."""
        pieces = self.pieces()

        def decode(ids, final=False):
            return "".join(pieces[one] for one in ids)

        return decode

    def pieces(self) -> list[str]:
        """What each id adds to a text."""
        words = [w if w in "!?" else f" {w}" for w in self.vocabulary]
        return ["\n", f" {REPLACEMENT}", *words]

    # Kept for those who pad by the tokenizer.
    pad = staticmethod(pad)

    def save(self, path: Path) -> None:
        """Writes the tokenizer as JSON."""
        write_json(path, {"kind": self.kind, "vocabulary": self.vocabulary})


def split_words(text: str) -> list[str]:
    """The words of `text`, by the rules of `WordTokenizer`."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = re.sub(LINE_BREAK, " ", text, flags=re.ASCII)
    text = re.sub(SEPARATOR, " ", text)
    text = re.sub(OWN_WORD, r" \1 ", text).lower()
    return [word for word in text.split(" ") if word]
