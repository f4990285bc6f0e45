"""Settings for a user's own labelled texts, chosen from what these are.

The published settings were tuned for 25,000 long reviews; a hundred rows get
four steps by them. What is chosen here was compared on some of the sets of
`docs/own_texts.md`, by one split each and their test scores.
"""

import argparse
import collections
import dataclasses
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from recipes.config import own_files
from recipes.config.imdb_sentiment import Config
from recipes.datasets import reviews
from zoo.errors import InputError
from zoo.pretrained.find import find
from zoo.text import (
    TextSubwordTokenizer,
    load_text_tokenizer,
    scripts,
    word_rules,
)

# Share of letters in scripts without spaces from which characters are read.
_MOSTLY_UNSPACED = 0.3
# Texts that are looked at, spread over all.
_LOOKED_AT = 2_000
# Steps that training has at least, and passes over few texts at most.
_STEPS, _FEWEST_EPOCHS, _MOST_EPOCHS = 2_500, 6, 60
# Steps without progress, at least, before it stops; never less than 3 epochs.
_PATIENCE = 250
# Texts to choose the epoch by, and the share of all that they may take.
_VALIDATION, _LEAST_SHARE, _LARGEST_SHARE = 500, 0.05, 0.2
# Sizes of the table of n-grams (primes), and its scores at most.
_SLOTS = (8_191, 16_381, 32_749, 65_521, 131_071, 262_139)
_MOST_SCORES = 1 << 23
_WORDS, _SUBWORDS = 50_000, (8_000, 1_000)
# What other tokens must get right more, in cross-validation, to be taken.
_LEAST_GAIN = 0.01
_TOKEN_FIELDS = ("tokens", "word_rules", "vocabulary_size")
# What tries kinds of tokens (`recipes.methods.token_choice`).
Compare = Callable[[Sequence[str], Sequence[str]], dict[str, float]]
# What may be worth to start from, where texts are few and it knows the words.
START, _FEW, _KNOWN = "imdb_gru_base", 5_000, 0.85


@dataclasses.dataclass(frozen=True)
class Facts:
    """What texts are, as far as settings depend on it.

    Attributes:
        texts: how many there are.
        classes: how many of these.
        rarest: how many texts the rarest class has.
        words: median number of words of a text.
        unspaced: share of letters in scripts without spaces.
        ngrams: different words and pairs of them, roughly; in a script without
            spaces characters, pairs and triples.
        characters: different ones.
        known_to: share of the words that `START` knows.
        compared: share that each kind of tokens got right, where it was tried.
    """

    texts: int
    classes: int
    rarest: int
    words: int
    unspaced: float
    ngrams: int
    characters: int = 0
    known_to: float = 0.0
    compared: dict[str, float] = dataclasses.field(default_factory=dict)


def _nothing(texts, labels):
    """In the place of a comparison, where tokens are known."""
    return {}


def facts(
    texts: Sequence[str],
    labels: Sequence[str],
    compare: Compare = _nothing,
) -> Facts:
    """Looks at texts and their classes; `compare` tries kinds of tokens."""
    some = texts[:: max(1, len(texts) // _LOOKED_AT)]
    rows = [word_rules.split(text, word_rules.CURRENT) for text in some]
    unspaced = sum(scripts.shares(some).values())
    # What the table of n-grams would hold.
    by_character = unspaced >= _MOSTLY_UNSPACED
    longest = 3 if by_character else 2
    distinct = {
        tuple(tokens[start : start + length])
        for tokens in (some if by_character else rows)
        for length in range(1, longest + 1)
        for start in range(len(tokens) - length + 1)
    }
    # A text that is twice as long as all so far has less than twice as many.
    grown = (len(texts) / max(1, len(some))) ** 0.8
    return Facts(
        texts=len(texts),
        classes=len(set(labels)),
        rarest=min(collections.Counter(labels).values()),
        words=int(statistics.median(map(len, rows))),
        unspaced=unspaced,
        ngrams=round(len(distinct) * grown),
        characters=len(set().union(*texts)),
        known_to=_known_to_start(rows),
        compared=compare(texts, labels),
    )


def _tokens_of(source: str) -> dict[str, Any]:
    """`tokens` and `word_rules` of the first of the models to start from."""
    try:
        folder = find(source.partition(",")[0]).folder
        tokenizer = load_text_tokenizer(folder / "tokenizer.json")
    except (InputError, OSError):
        # One at an address, or one that the recipe will refuse.
        return {}
    if isinstance(tokenizer, TextSubwordTokenizer):
        return {"tokens": "subwords"}
    return {"word_rules": getattr(tokenizer, "rules", 1)}


def _known_to_start(rows: list[list[str]]) -> float:
    words = [word for row in rows for word in row]
    tokenizer = load_text_tokenizer(find(START).folder / "tokenizer.json")
    known = set(getattr(tokenizer, "vocabulary", ()))
    return sum(word in known for word in words) / max(1, len(words))


def settings(known: Facts, tokens: str = "") -> dict[str, Any]:
    """The fields of a `Config` that suit texts, by name: `FITTED`.

    Args:
        known: what the texts are.
        tokens: what they are made of; "" to choose that too.
    """
    tokens = tokens or _tokens(known)
    few = known.texts < 2_000
    batch = 16 if few else 32 if known.texts < 20_000 else 64
    steps = -(-known.texts // batch)
    epochs = min(_MOST_EPOCHS, max(_FEWEST_EPOCHS, round(_STEPS / steps)))
    share = _VALIDATION / known.texts
    slots = [
        size
        for size in _SLOTS
        if size <= max(_SLOTS[0], _MOST_SCORES // known.classes)
    ]
    large_enough = [size for size in slots if size >= 2 * known.ngrams]
    return {
        "tokens": tokens,
        "word_rules": word_rules.CURRENT,
        # Subwords need one for each character, and should be more than that.
        "vocabulary_size": max(_SUBWORDS[few], 2 * known.characters + 100)
        if tokens == "subwords"
        else _WORDS,
        "batch_size": batch,
        "epochs": epochs,
        "patience": max(3, -(-_PATIENCE // steps)),
        "best_by": "loss",
        "validation_share": round(
            min(_LARGEST_SHARE, max(_LEAST_SHARE, share)), 2
        ),
        "split": "stratified",
        "test_share": _share(known.texts),
        "ngrams": 2 if tokens == "words" else 3,
        "ngram_method": "tfidf",
        "ngram_slots": (large_enough or slots[-1:])[0],
    }


def _share(texts: int) -> float:
    """How much of so many texts the test is, without a file for it."""
    return 0.1 if texts >= 2_000 else 0.2


def _tokens(known: Facts) -> str:
    by_script = "words" if known.unspaced < _MOSTLY_UNSPACED else "characters"
    if not known.compared:
        return by_script
    best = max(known.compared, key=known.compared.__getitem__)
    gain = known.compared[best] - known.compared[by_script]
    return best if gain >= _LEAST_GAIN else by_script


def fitted(
    config: Config, given: Sequence[str], known: Facts
) -> tuple[Config, list[str]]:
    """A configuration that suits texts, and two or three lines that say why.

    Args:
        config: what was asked for.
        given: the fields that were asked for by name; they stay.
        known: what the texts are.
    """
    # A model to start from has tokens of its own.
    keeps = _TOKEN_FIELDS if config.source else ()
    if config.source:
        config = dataclasses.replace(config, **_tokens_of(config.source))
    asked = config.tokens if {"tokens"} & {*given, *keeps} else ""
    suits = settings(known, asked)
    config = own_files.replaced(config, suits, (*given, *keeps))
    unit = config.tokens
    share = f"{100 * config.validation_share:.0f} %"
    ngrams = f", {unit} in sequences of up to {config.ngrams} beside it"
    chosen = (
        f"Chosen: {unit}, batches of {config.batch_size}, at most "
        f"{config.epochs} epochs, {share} of the texts to choose the best one "
        f"by{ngrams * bool(config.ngrams)}."
    )
    why = (
        f"Why: {known.texts:,} texts in {known.classes} classes, the rarest "
        f"with {known.rarest:,}; half of them have up to {known.words:,} words"
    )
    if not known.words and unit == "words":
        why += ": --tokens characters would see more"
    if unit != "words" and known.unspaced >= _MOSTLY_UNSPACED:
        why += f"; {100 * known.unspaced:.0f} % of letters need no spaces"
    if known.compared and not asked:
        shares = ", ".join(
            f"{tokens} {100 * share:.1f} %"
            for tokens, share in known.compared.items()
        )
        why += f"; by cross-validation, right with {shares}"
    said = [chosen, f"{why}. Flags given by hand win."]
    known_to = not config.source and known.known_to >= _KNOWN and known.words
    if known_to and known.texts < _FEW:
        said.append(
            f"Perhaps better: --from {START}, a model of English reviews that "
            f"knows {100 * known.known_to:.0f} % of these words."
        )
    return config, said


def asked_for(
    config: Config,
    values: argparse.Namespace,
    run_dir: Path,
    compare: Compare,
) -> tuple[Config, list[str]]:
    """What the command line asks for, with settings that suit one's own texts.

    Args:
        config, values, run_dir: as of `recipes.config.own_files.asked_for`.
        compare: what tries kinds of tokens.

    Returns:
        The configuration, and lines that say what was chosen, if anything.

    Raises:
        InputError: for a file that cannot be used, or has changed since.
    """

    def fit(config, given):
        asked = {**config.text_settings, "split": "stratified"}
        read = reviews.texts(None, **asked)
        count = sum(len(texts) for texts, _ in read.splits.values())
        if "test_share" not in given and asked["test_share"] != _share(count):
            # Of what is looked at nothing may belong to the test.
            config = dataclasses.replace(config, test_share=_share(count))
            asked["test_share"] = config.test_share
            read = reviews.texts(None, **asked)
        keeps = config.source or "tokens" in given
        tried = _nothing if keeps else compare
        known = facts(*read.named, tried)
        return fitted(config, [*given, "test_share"], known)

    return own_files.asked_for(
        config,
        values,
        run_dir,
        recipe="imdb_sentiment",
        files=[config.train_file],
        fit=fit,
    )
