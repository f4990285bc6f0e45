"""Sentences and their translations by the name of their data set.

dates      dates in 36 languages and what they mean; drawn here
multi30k   captions of pictures: en, de, fr
tatoeba    short sentences: en, fr
"""

from pathlib import Path
from types import ModuleType

from recipes.datasets import content, dates
from recipes.datasets.tfds import load_built
from zoo.argument_checks import one_of
from zoo.errors import InputError
from zoo.text import PairTokenizer

# By data set, the languages that it has, the first pair being the default.
PAIRS = {
    "dates": ("any-iso",),
    "multi30k": ("en-de", "de-en", "en-fr", "fr-en"),
    "tatoeba": ("en-fr", "fr-en"),
}
SPLITS = ("train", "validation", "test")


def texts(
    data: str, pair: str, data_dir: Path | None, *, examples: int, seed: int
) -> dict[str, list[tuple[str, str]]]:
    """Sources and targets of the splits of a data set.

    Args:
        data: its name.
        pair: the languages, as in `en-de`.
        data_dir: see `recipes.datasets.tfds.load_built`.
        examples: of dates, how many to train on.
        seed: of dates, of the training examples.

    Raises:
        InputError: for data that are not there.
    """
    if data == "dates":
        return dates.pairs(examples, seed)
    source, target = pair.split("-")
    builder = _module(data).builder
    return {
        split: [
            (row[source].decode("utf-8"), row[target].decode("utf-8"))
            for row in load_built(builder, split, data_dir)
        ]
        for split in SPLITS
    }


def unseen(
    pairs: list[tuple[str, str]], splits: dict[str, list[tuple[str, str]]]
) -> list[tuple[str, str]]:
    """The pairs of which no side stands in the validation or test set.

    Args:
        pairs: of another data set.
        splits: what is trained and tested on.
    """
    held_out = {
        side for name in SPLITS[1:] for pair in splits[name] for side in pair
    }
    return [pair for pair in pairs if held_out.isdisjoint(pair)]


def language_pair(data: str, pair: str) -> str:
    """The languages, as in `en-de`: `pair`, or the first of the data set.

    Raises:
        InputError: for an unknown data set, or a pair that it does not have.
    """
    pairs = PAIRS[one_of("data", data, PAIRS)]
    return one_of("pair", pair, pairs) if pair else pairs[0]


def check_lengths(
    texts: dict[str, list[tuple[str, str]]],
    tokenizer: PairTokenizer,
    longest: int,
) -> None:
    """Checks the sources of the splits that are translated.

    Raises:
        InputError: for one of more than `longest` units.
    """
    for split in ("validation", "test"):
        for source, _ in texts[split]:
            units = len(tokenizer.source.encode(source))
            if units > longest:
                raise InputError(
                    f"A source of the {split} set has {units:,} units, and a "
                    f"sentence may have {longest:,}. It begins {source[:60]!r}"
                )


def about(data: str, splits: dict[str, list[tuple[str, str]]]) -> dict:
    """`name` and `licence` of a data set, `version` and `sha256` of ours.

    Args:
        data: its name.
        splits: what is read of it; others than `SPLITS` are left out.
    """
    if data == "dates":
        parts = {name: splits[name] for name in SPLITS if name in splits}
        return {**dates.DATA, "sha256": content.sha256(parts)}
    return _module(data).DATA


def about_both(main: dict, beside: dict) -> dict:
    """What is known of a data set and of one that is learned beside it."""
    both = {
        key: f"{main.get(key, 'none')}; {value}"
        for key, value in beside.items()
    }
    return {**main, **both}


def _module(data: str) -> ModuleType:
    """What is known of a data set that is not drawn here."""
    from recipes.datasets import multi30k, tatoeba

    return {"multi30k": multi30k, "tatoeba": tatoeba}[data]
