"""Sentences and their translations by the name of their data set.

dates      dates in 36 languages and what they mean; made here
multi30k   captions of pictures: en, de, fr
tatoeba    short sentences: en, fr
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from recipes.data.examples import set_aside
from recipes.datasets import dates, own_pairs
from recipes.datasets.tfds import load_built
from zoo.argument_checks import one_of
from zoo.errors import InputError
from zoo.io.files import sha256

# By data set, the languages that it has, the first pair being the default.
PAIRS = {
    "dates": ("any-iso",),
    "multi30k": ("en-de", "de-en", "en-fr", "fr-en"),
    "tatoeba": ("en-fr", "fr-en"),
}
SPLITS = ("train", "validation", "test")
# The fields that name files.
_OWN = ("train_source", "train_target", "train_pairs")
_OWN += ("test_source", "test_target", "test_pairs")


def texts(config, data_dir: Path | None) -> dict[str, list[tuple[str, str]]]:
    """Sources and targets of the splits that `config` asks for.

    Args:
        config: has `data`, `pair`, `examples`, `seed` and the names of files.
        data_dir: see `recipes.datasets.tfds.load_built`.

    Raises:
        InputError: for data that are not there, or files of which `pair_files`
            or the number of whose pairs makes nothing.
    """
    if own(config):
        return _from_files(config)
    if config.data == "dates":
        return dates.pairs(config.examples, config.seed)
    source, target = pair(config).split("-")
    builder = _multi30k if config.data == "multi30k" else _tatoeba
    return {
        split: [
            (one[source].decode("utf-8"), one[target].decode("utf-8"))
            for one in load_built(builder, split, data_dir)
        ]
        for split in SPLITS
    }


def beside(
    config, data_dir: Path | None, splits: dict[str, list[tuple[str, str]]]
) -> list[tuple[str, str]]:
    """Pairs of the data set `config.beside`, to be learned too.

    Without those of which a side stands in the validation or test set, so
    that neither is known before.

    Args:
        config: has `beside`, "" for none, and what `texts` asks for.
        data_dir: as for `texts`.
        splits: what `texts` returned.
    """
    if not config.beside:
        return []
    other = dataclasses.replace(
        config,
        data=config.beside,
        beside="",
        pair=pair(config),
        **dict.fromkeys(_OWN, ""),
        reverse=False,
    )
    kept = {side for name in SPLITS[1:] for one in splits[name] for side in one}
    return [
        one for one in texts(other, data_dir)["train"] if kept.isdisjoint(one)
    ]


def check(config) -> None:
    """Checks that `config` asks for data that go together.

    Raises:
        InputError: for a test of the user's own without such training data, a
            pair that the data set does not have, or a data set beside itself.
    """
    if config.beside:
        known = PAIRS[one_of("beside", config.beside, PAIRS)]
        one_of(f"pair of {config.beside}", pair(config), known)
        if config.beside == config.data and not own(config):
            raise InputError(f"`beside` is `data`: {config.data}.")
    if own(config):
        return
    tests = (config.test_source, config.test_target, config.test_pairs)
    if config.reverse or any(tests):
        raise InputError("Your own test needs your own training data.")
    pair(config)


def own(config) -> bool:
    """Whether the sentences are the user's own."""
    files = (config.train_source, config.train_target, config.train_pairs)
    return any(files)


def pair(config) -> str:
    """The languages, as in `en-de`.

    Raises:
        InputError: for a pair that the data set does not have.
    """
    if own(config):
        return config.pair
    known = PAIRS[one_of("data", config.data, PAIRS)]
    return one_of("pair", config.pair, known) if config.pair else known[0]


def score(config) -> str:
    """The score that says most of translations of the data."""
    dates_alone = config.data == "dates" and not own(config)
    return "exact_match" if dates_alone else "bleu"


def check_lengths(
    texts: dict[str, list[tuple[str, str]]], tokenizer, longest: int
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


def about(config) -> dict:
    """`name` and `licence` of the data, also of what is learned beside it."""
    if own(config):
        names = [getattr(config, field) for field in _OWN]
        files = [Path(name) for name in names if name]
        main = {
            "name": files[0].name,
            "licence": "your own",
            "sha256": [sha256(file) for file in files],
        }
    else:
        main = _about(config.data)
    if not config.beside:
        return main
    more = _about(config.beside)
    both = {key: f"{main[key]}; {more[key]}" for key in ("name", "licence")}
    return {**main, **both}


def _about(data):
    if data == "dates":
        return dates.DATA
    if data == "multi30k":
        from recipes.datasets import multi30k

        return multi30k.DATA
    from recipes.datasets import tatoeba

    return tatoeba.DATA


def _multi30k() -> Callable:
    from recipes.datasets.multi30k import Multi30k

    return Multi30k


def _tatoeba() -> Callable:
    from recipes.datasets.tatoeba import Tatoeba

    return Tatoeba


def _from_files(config):
    def load(*files):
        pairs = own_pairs.load(*files)
        if config.reverse:
            return [(target, source) for source, target in pairs]
        return pairs

    pairs = load(config.train_source, config.train_target, config.train_pairs)
    tests = (config.test_source, config.test_target, config.test_pairs)
    splits = {"test": load(*tests)} if any(tests) else {}
    # By distinct source, so that none is in two splits.
    sources = sorted({source for source, _ in pairs})
    different = len(sources)
    for split in ("test", "validation"):
        if split in splits:
            continue
        if len(sources) < 3:
            raise InputError(
                f"{different} different sentences are too few to train on and "
                f"to set a `validation_share` of {config.validation_share} "
                "aside."
            )
        kept, aside = set_aside(
            len(sources), config.validation_share, config.seed
        )
        taken = {sources[place] for place in aside}
        sources = [sources[place] for place in kept]
        splits[split] = [one for one in pairs if one[0] in taken]
        pairs = [one for one in pairs if one[0] not in taken]
    return {"train": pairs, **splits}
