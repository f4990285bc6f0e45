"""Texts as lower-case words, and words as numbers."""

import collections
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

import zoo.text.word_rules as word_rules
from zoo.argument_checks import at_least
from zoo.errors import InputError
from zoo.io.files import write_json
from zoo.text.ids import FIRST_KNOWN, PADDING, REPLACEMENT, UNKNOWN, pad


class WordTokenizer:
    """Lower-case words to ids: 0 is padding, 1 any unknown word.

    `<br />` and punctuation separate words and are dropped; `!` and `?` are
    words of their own; an apostrophe is part of its word
    (`zoo.text.word_rules` has all of it). Han characters are words, those of
    other scripts without spaces are not taken apart. Inside the SavedModel the
    same rules run as TensorFlow operations (`export.saved_model.text_ops`), and
    give the same ids.

    Args:
        vocabulary: the words, distinct; the first has id 2.
        rules: version of the rules that its words were made by; older models
            have 1.

    Raises:
        InputError: for a word that is empty, repeated or not a string, and for
            rules that there are not.

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

    def __init__(
        self, vocabulary: Iterable[str], rules: int = word_rules.CURRENT
    ):
        self.rules = word_rules.check(rules)
        self.vocabulary = list(vocabulary)
        self._ids: dict[str, int] = {}
        texts = [w if isinstance(w, str) else "" for w in self.vocabulary]
        inside = word_rules.all_inside(texts, rules)
        for place, (word, known) in enumerate(
            zip(self.vocabulary, inside, strict=True)
        ):
            if not known or known in self._ids:
                raise InputError(
                    "`vocabulary` must be distinct words. Received: "
                    f"{word!r:.100} at place {place}"
                )
            self._ids[known] = place + FIRST_KNOWN

    @classmethod
    def from_content(
        cls, content: dict, file: Callable[[str], bytes] | None = None
    ) -> "WordTokenizer":
        """A tokenizer from what `save` wrote, as an object."""
        return cls(content["vocabulary"], content.get("rules", 1))

    @classmethod
    def from_texts(
        cls,
        texts: Iterable[str],
        size: int,
        rules: int = word_rules.CURRENT,
    ) -> "WordTokenizer":
        """A tokenizer of the most frequent words of `texts`.

        Args:
            texts: the training texts.
            size: number of ids, the two reserved ones included. Words of
                equal frequency are taken in alphabetical order.
            rules: version of the rules that make words.
        """
        at_least(FIRST_KNOWN + 1, size=size)
        word_rules.check(rules)
        counts: collections.Counter[str] = collections.Counter()
        for text in texts:
            counts.update(word_rules.split(text, rules))
        ordered = sorted(counts, key=lambda word: (-counts[word], word))
        most_frequent = ordered[: size - FIRST_KNOWN]
        shown = [word_rules.shown(word, rules) for word in most_frequent]
        # Words that differ in the order of strange marks alone are one.
        kept = {word_rules.inside(word, rules): word for word in shown[::-1]}
        known = set(kept.values())
        return cls([word for word in shown if word in known], rules)

    @property
    def words_inside(self) -> list[str]:
        """The vocabulary in the form in which `split` gives words."""
        return list(self._ids)

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
        words = word_rules.split(text, self.rules)
        return [self._ids.get(word, UNKNOWN) for word in words]

    def encode_batch(self, texts: Iterable[str]) -> np.ndarray:
        """Ids as an int32 array of shape `(batch, time)`, right-padded.

        `time` is the longest text's number of words, at least 1.
        """
        return pad([self.encode(text) for text in texts])

    def split(self, text: str) -> list[str]:
        """The words of `text`, one for each id, as a vocabulary has them."""
        words = word_rules.split(text, self.rules)
        return [word_rules.shown(word, self.rules) for word in words]

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
        # Files of the first rules do not name them.
        newer = {"rules": self.rules} if self.rules > 1 else {}
        content = {"kind": self.kind, **newer, "vocabulary": self.vocabulary}
        write_json(path, content)
