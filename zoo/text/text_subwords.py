"""Texts as subword units, for classifiers and language models."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from zoo.errors import InputError
from zoo.io.files import replacing, write_json
from zoo.text.ids import END, FIRST_KNOWN, PADDING, REPLACEMENT, START, UNKNOWN
from zoo.text.subwords import SPACE, SubwordTokenizer

_FILE = "tokenizer.model"
# Of more text than this, a part that is spread over all is learned from.
_MOST_CHARACTERS = 20_000_000


class TextSubwordTokenizer:
    """Texts to ids of subword units and back, for models of one text.

    0 is padding, and for a language model the end of one text and the beginning
    of the next; 1 is an unknown character. Rare words are known by their parts,
    and scripts without spaces are taken apart too.

    `tokenizer.json` says that it is one; beside it lies the SentencePiece model
    file, `tokenizer.model`.

    Args:
        subwords: what takes texts apart.
    """

    kind = "subwords_of_texts"
    unit = "subword"
    has_text_start = True
    # Lists in the file that `save` writes, and files beside it.
    saved_lists: tuple[str, ...] = ()
    files: tuple[str, ...] = (_FILE,)
    # Ids that stand for nothing that a language model could write.
    reserved = (UNKNOWN, START, END)
    # What such a model reads before the first unit.
    opening = (PADDING,)

    def __init__(self, subwords: SubwordTokenizer):
        self.subwords = subwords
        self._pieces = subwords.pieces

    @classmethod
    def from_content(
        cls, content: dict, file: Callable[[str], bytes]
    ) -> "TextSubwordTokenizer":
        """A tokenizer from what `save` wrote.

        Args:
            content: what the JSON file holds.
            file: what the file of a name beside it holds.

        Raises:
            InputError: for a model file that is missing or no such model.
        """
        held = file(_FILE)
        try:
            return cls(SubwordTokenizer(held))
        except InputError as error:
            raise InputError(f"{_FILE}: {error}") from error

    @classmethod
    def from_texts(
        cls, texts: Iterable[str], size: int, lower_case: bool = True
    ) -> "TextSubwordTokenizer":
        """A tokenizer of units (`bpe`) that are learned from texts.

        Args:
            texts: the training texts.
            size: number of ids at most, the four reserved ones included.
            lower_case: whether capitals are small letters.

        Raises:
            InputError: for texts without a character, or a `size` too small
                for all their characters.
        """
        texts = [*texts]
        total = sum(map(len, texts))
        subwords = SubwordTokenizer.from_texts(
            texts[:: -(-total // _MOST_CHARACTERS) or 1],
            size,
            # Not `unigram`: of repeated letters SentencePiece and TensorFlow's
            # operations may choose other units then.
            "bpe",
            # What a language model writes should be what it has read.
            "nmt_nfkc_cf" if lower_case else "nfc",
            exactly=False,
        )
        return cls(subwords)

    @property
    def vocabulary(self) -> list[str]:
        """The units; the first has id 2."""
        return self._pieces[FIRST_KNOWN:]

    @property
    def size(self) -> int:
        """Number of ids, the reserved ones included."""
        return len(self._pieces)

    @property
    def sizes(self) -> dict[str, int]:
        """The arguments of a model that depend on the number of ids."""
        return {"vocabulary_size": self.size}

    def encode(self, text: str) -> np.ndarray:
        """The ids of `text`, int32."""
        return np.array(self.subwords.encode(text), "int32")

    def split(self, text: str) -> list[str]:
        """The units of `text`, one for each id, spaces before words."""
        return [p.replace(SPACE, " ") for p in self.subwords.split(text)]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`; unknown ones become U+FFFD, padding a line end.

        A text begins with the space before its first word.
        """
        return self.decoder()(ids, final=True)

    def decoder(self) -> Callable[..., str]:
        """A function of the next ids to the next piece of text.

        Its argument `final` says that nothing comes behind them.
        """
        pieces = self.pieces()

        def decode(ids, final=False):
            return "".join(pieces[one] for one in ids)

        return decode

    def pieces(self) -> list[str]:
        """What each id adds to a text."""
        special = {PADDING: "\n", UNKNOWN: REPLACEMENT, START: "", END: ""}
        return [
            special.get(one, piece.replace(SPACE, " "))
            for one, piece in enumerate(self._pieces)
        ]

    def save(self, path: Path) -> None:
        """Writes the JSON file, and the model file beside it."""
        with replacing(Path(path).with_name(_FILE)) as draft:
            draft.write_bytes(self.subwords.content)
        write_json(path, {"kind": self.kind})
