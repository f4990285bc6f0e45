"""The tokenizers that a recipe may make from its training texts."""

from collections.abc import Iterable

from zoo.argument_checks import one_of
from zoo.text import (
    ByteTokenizer,
    CharacterTokenizer,
    TextSubwordTokenizer,
    TextTokenizer,
    WordTokenizer,
)

TOKENS = ("words", "characters", "subwords", "bytes")


def from_texts(
    texts: Iterable[str],
    tokens: str,
    size: int,
    *,
    word_rules: int,
    lower_case: bool,
) -> TextTokenizer:
    """A tokenizer that is made from texts.

    Args:
        texts: the training texts.
        tokens: one of `TOKENS`.
        size: number of ids at most; of bytes there are always 257.
        word_rules: of words, the version of their rules
            (`zoo.text.word_rules`).
        lower_case: whether capitals are small letters; of words they always
            are, of bytes never.

    Raises:
        InputError: for unknown tokens, or a size that they cannot have.
    """
    one_of("tokens", tokens, TOKENS)
    if tokens == "words":
        return WordTokenizer.from_texts(texts, size, word_rules)
    if tokens == "subwords":
        return TextSubwordTokenizer.from_texts(texts, size, lower_case)
    if tokens == "characters":
        return CharacterTokenizer.from_texts(texts, size, lower_case)
    return ByteTokenizer()


def units(tokenizer: TextTokenizer) -> list[str]:
    """The texts of the ids from 2 on that consist of letters to be compared.

    Those of words and of subwords; of others none.
    """
    if isinstance(tokenizer, WordTokenizer):
        return tokenizer.vocabulary
    if isinstance(tokenizer, TextSubwordTokenizer):
        return [unit.strip("\u2581") for unit in tokenizer.vocabulary]
    return []
