"""The two sides of a translation."""

from collections.abc import Callable
from pathlib import Path

from zoo.errors import InputError
from zoo.io.files import write_json
from zoo.text.subwords import SubwordTokenizer

_SHARED, _SOURCE, _TARGET = "tokenizer.model", "source.model", "target.model"


class PairTokenizer:
    """A tokenizer for the source and one for the target, or one for both.

    `tokenizer.json` says which; beside it lie the SentencePiece model files,
    `tokenizer.model`, or `source.model` and `target.model`.

    Args:
        source: of the language that is read.
        target: of the language that is written; may be `source` itself.
    """

    kind = "subwords"
    saved_lists: tuple[str, ...] = ()

    def __init__(self, source: SubwordTokenizer, target: SubwordTokenizer):
        self.source = source
        self.target = target

    @classmethod
    def from_content(
        cls, content: dict, file: Callable[[str], bytes]
    ) -> "PairTokenizer":
        """A tokenizer from what `save` wrote.

        Args:
            content: what the JSON file holds.
            file: what the file of a name beside it holds.

        Raises:
            InputError: for a model file that is missing or no such model.
        """
        tokenizers = []
        for name in cls._names(content.get("shared") is True):
            held = file(name)
            try:
                tokenizers.append(SubwordTokenizer(held))
            except InputError as error:
                raise InputError(f"{name}: {error}") from error
        return cls(tokenizers[0], tokenizers[-1])

    @staticmethod
    def _names(shared):
        return [_SHARED] if shared else [_SOURCE, _TARGET]

    @property
    def shared(self) -> bool:
        """Whether one tokenizer serves both sides."""
        return self.source is self.target

    @property
    def files(self) -> list[str]:
        """The names of the files that belong to the JSON file."""
        return self._names(self.shared)

    @property
    def vocabulary(self) -> list[list[str]]:
        """The units of either side."""
        return [self.source.pieces, self.target.pieces]

    @property
    def sizes(self) -> dict[str, int]:
        """The arguments of a model that depend on the numbers of ids."""
        return {
            "source_vocabulary_size": self.source.size,
            "target_vocabulary_size": self.target.size,
        }

    def save(self, path: Path) -> None:
        """Writes the JSON file, and the model files beside it."""
        for name, tokenizer in zip(
            self.files, (self.source, self.target), strict=False
        ):
            tokenizer.save(Path(path).with_name(name))
        write_json(path, {"kind": self.kind, "shared": self.shared})
