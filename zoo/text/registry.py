"""The tokenizers that a file may name."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zoo.argument_checks import one_of
from zoo.errors import InputError
from zoo.io.files import read_json, read_plain
from zoo.text.characters import CharacterTokenizer
from zoo.text.pairs import PairTokenizer
from zoo.text.text_subwords import TextSubwordTokenizer
from zoo.text.tokenizer import TextTokenizer
from zoo.text.utf8_bytes import ByteTokenizer
from zoo.text.words import WordTokenizer

KINDS: dict[str, Any] = {
    tokenizer.kind: tokenizer
    for tokenizer in (
        WordTokenizer,
        CharacterTokenizer,
        ByteTokenizer,
        TextSubwordTokenizer,
        PairTokenizer,
    )
}


# JSON can hold such a thing; no text can.
_HALF = re.compile("[\ud800-\udfff]")
# Of one model file; the JSON has a bound of its own.
_LARGEST_FILE = 1 << 24


def load_tokenizer(path: Path) -> TextTokenizer | PairTokenizer:
    """The tokenizer that a file holds, by its `kind`.

    Raises:
        InputError: for a file of an unknown kind, or without its vocabulary,
            and for a model file beside it that is missing, a link, or too
            large.
    """
    path = Path(path)
    return tokenizer_from(
        read_json(path),
        lambda name: read_plain(path.with_name(name), _LARGEST_FILE),
        str(path),
    )


def load_text_tokenizer(path: Path) -> TextTokenizer:
    """The same, where it must be a tokenizer of one text.

    Raises:
        InputError: also for that of a translator.
    """
    tokenizer = load_tokenizer(path)
    if isinstance(tokenizer, PairTokenizer):
        raise InputError(f"{path} is the tokenizer of a translator.")
    return tokenizer


def tokenizer_from(
    content: dict, file: Callable[[str], bytes], what: str
) -> TextTokenizer | PairTokenizer:
    """The tokenizer of files that were read already.

    Args:
        content: what its JSON file holds.
        file: what the file of a name beside it holds.
        what: the name of the JSON file in messages.

    Raises:
        InputError: as `load_tokenizer`.
    """
    tokenizer = KINDS[one_of(f"{what}: kind", content.get("kind", ""), KINDS)]
    for name in tokenizer.saved_lists:
        held = content.get(name)
        if not isinstance(held, list):
            raise InputError(f"{what} must hold a list `{name}`.")
        texts = "".join(one for one in held if isinstance(one, str))
        if not texts.isascii() and _HALF.search(texts):
            raise InputError(f"{what}: `{name}` holds halves of characters.")
    return tokenizer.from_content(content, file)
