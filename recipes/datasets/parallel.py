"""Sentences and their translations by the name of their data set.

dates      dates in 38 languages and what they mean; made here
multi30k   captions of pictures: en, de, fr
tatoeba    short sentences: en, fr
"""

from collections.abc import Callable
from pathlib import Path

from recipes.datasets import dates, pair_files
from recipes.datasets.examples import set_aside
from recipes.datasets.tfds import load_built
from zoo.errors import InputError
from zoo.names import one_of

# By data set, the languages that it has, the first pair being the default.
PAIRS = {
    "dates": ("any-iso",),
    "multi30k": ("en-de", "de-en", "en-fr", "fr-en"),
    "tatoeba": ("en-fr", "fr-en"),
}
SPLITS = ("train", "validation", "test")


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


def own(config) -> bool:
    """Whether the sentences are the user's own."""
    return bool(config.train_source or config.train_pairs)


def pair(config) -> str:
    """The languages, as in `en-de`.

    Raises:
        InputError: for a pair that the data set does not have.
    """
    if own(config):
        return config.pair
    known = PAIRS[one_of("data", config.data, PAIRS)]
    return one_of("pair", config.pair, known) if config.pair else known[0]


def about(config) -> dict:
    """`name` and `licence` of the data."""
    if own(config):
        name = Path(config.train_source or config.train_pairs).name
        return {"name": name, "licence": "your own"}
    if config.data == "dates":
        return dates.DATA
    if config.data == "multi30k":
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
    pairs = pair_files.load(
        config.train_source, config.train_target, config.train_pairs
    )
    splits = {}
    if config.test_source or config.test_pairs:
        splits["test"] = pair_files.load(
            config.test_source, config.test_target, config.test_pairs
        )
    # By distinct source, so that none is in two splits.
    sources = sorted({source for source, _ in pairs})
    for split in ("test", "validation"):
        if split in splits:
            continue
        if len(sources) < 3:
            raise InputError(
                "There must be at least 5 different sentences to train on, to "
                f"set some aside. Received: {len({s for s, _ in pairs})}"
            )
        kept, aside = set_aside(
            len(sources), config.validation_share, config.seed
        )
        taken = {sources[place] for place in aside}
        sources = [sources[place] for place in kept]
        splits[split] = [one for one in pairs if one[0] in taken]
        pairs = [one for one in pairs if one[0] not in taken]
    splits = {"train": pairs, **splits}
    if config.reverse:
        return {
            name: [(target, source) for source, target in of_split]
            for name, of_split in splits.items()
        }
    return splits
