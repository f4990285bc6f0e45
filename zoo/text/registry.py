"""The tokenizers that a file may name."""

from pathlib import Path

from zoo.errors import InputError
from zoo.files import read_json
from zoo.names import one_of
from zoo.text.characters import CharacterTokenizer
from zoo.text.pairs import PairTokenizer
from zoo.text.utf8_bytes import ByteTokenizer
from zoo.text.words import WordTokenizer

KINDS = {
    kind.kind: kind
    for kind in (
        WordTokenizer,
        CharacterTokenizer,
        ByteTokenizer,
        PairTokenizer,
    )
}


def load_tokenizer(path: Path):
    """The tokenizer that a file holds, by its `kind`.

    Raises:
        InputError: for a file of an unknown kind, or without its vocabulary.
    """
    content = read_json(path)
    kind = one_of(f"{path}: kind", content.get("kind"), KINDS)
    if kind == PairTokenizer.kind:
        return PairTokenizer.from_file(path, content)
    if kind != ByteTokenizer.kind:
        if not isinstance(content.get("vocabulary"), list):
            raise InputError(f"{path} must hold a list `vocabulary`.")
    return KINDS[kind].from_content(content)
