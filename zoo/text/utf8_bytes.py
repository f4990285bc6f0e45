"""The bytes of UTF-8 as numbers."""

import codecs
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from zoo.io.files import write_json
from zoo.text.ids import PADDING

_FIRST_BYTE = 1


class ByteTokenizer:
    """The bytes of UTF-8 to ids: 0 is padding, byte `b` has id `b + 1`.

    No text has a byte that it does not know.

    Example:
        >>> ByteTokenizer().encode("aé").tolist()
        [98, 196, 170]
    """

    kind = "bytes"
    unit = "byte"
    has_text_start = False
    # Lists in the file that `save` writes, and files beside it.
    saved_lists: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    size = 257
    # Ids that stand for nothing that a model could write.
    reserved = (PADDING,)
    # What an empty text is read as: the start of a line.
    opening = (ord("\n") + _FIRST_BYTE,)

    @classmethod
    def from_content(
        cls, content: dict, file: Callable[[str], bytes] | None = None
    ) -> "ByteTokenizer":
        """A tokenizer from what `save` wrote, as an object."""
        return cls()

    @property
    def sizes(self) -> dict[str, int]:
        """The arguments of a model that depend on the number of ids."""
        return {"vocabulary_size": self.size}

    @property
    def vocabulary(self) -> list[int]:
        """The bytes."""
        return list(range(256))

    def encode(self, text: str) -> np.ndarray:
        """An int32 id for each byte of `text`; lone surrogates become `?`."""
        return self.encode_bytes(text.encode("utf-8", "replace"))

    def encode_bytes(self, content: bytes) -> np.ndarray:
        """An int32 id for each byte of `content`, whatever it means."""
        ids = np.frombuffer(content, "uint8").astype("int32")
        return ids + _FIRST_BYTE

    def split(self, text: str) -> list[str]:
        """The characters of `text`, which have one to four ids each."""
        return list(text)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`; what is not UTF-8 becomes U+FFFD."""
        return self.decoder()(ids, final=True)

    def decoder(self) -> Callable[..., str]:
        """A function of the next ids to the next piece of text.

        It waits with a character until all its bytes are there; its argument
        `final` says that nothing comes behind them.
        """
        decoder = codecs.getincrementaldecoder("utf-8")("replace")

        def decode(ids, final=False):
            content = bytes(one - _FIRST_BYTE for one in ids if one != PADDING)
            return decoder.decode(content, final)

        return decode

    def save(self, path: Path) -> None:
        """Writes the tokenizer as JSON."""
        write_json(path, {"kind": self.kind})
