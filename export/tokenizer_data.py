"""How ids come from a text, as data for programs without this package.

    words.json       rules of words (`zoo.text.word_rules.described`), some of
                     their patterns in a form for engines that are slow without
                     looking behind, the vocabulary as those rules give it, and
                     what each id adds to a text
    characters.json  the id of each character, where capitals have that of the
                     small letter

Of other tokenizers, `tokenizer.json` and the SentencePiece models beside it are
enough.
"""

from pathlib import Path

from zoo.io.files import write_json
from zoo.text import (
    CharacterTokenizer,
    PairTokenizer,
    TextTokenizer,
    WordTokenizer,
    word_rules,
)

WORDS, CHARACTERS = "words.json", "characters.json"


def names(tokenizer: TextTokenizer | PairTokenizer) -> list[str]:
    """The files that `write` makes for a tokenizer."""
    if isinstance(tokenizer, WordTokenizer):
        return [WORDS]
    if isinstance(tokenizer, CharacterTokenizer) and tokenizer.fold_case:
        return [CHARACTERS]
    return []


def write(tokenizer: TextTokenizer | PairTokenizer, folder: Path) -> None:
    """Writes them."""
    if isinstance(tokenizer, WordTokenizer):
        content = {
            "rules": word_rules.described(tokenizer.rules),
            "look_behind": _look_behind(tokenizer.rules),
            "vocabulary": tokenizer.words_inside,
            "pieces": tokenizer.pieces(),
        }
        write_json(folder / WORDS, content)
    elif isinstance(tokenizer, CharacterTokenizer) and tokenizer.fold_case:
        write_json(folder / CHARACTERS, {"ids": tokenizer.known})


def _look_behind(rules: int) -> dict[str, str]:
    """Patterns that have such a form, and that form."""
    plain = word_rules.described(rules)
    other = word_rules.described(rules, look_behind=True)
    return {
        one[1]: another[1]
        for one, another in zip(plain, other, strict=True)
        if one[0] == "pattern" and one[1] != another[1]
    }
