"""What the recipe of translation reads: pairs of sentences, in three splits."""

from pathlib import Path

from recipes.config.translation import Config
from recipes.datasets import own_pairs, parallel
from zoo import tasks
from zoo.decoding.translation import LONGEST_SOURCE
from zoo.text import PairTokenizer, SubwordTokenizer


def texts(
    config: Config, data_dir: Path | None
) -> dict[str, list[tuple[str, str]]]:
    """Sources and targets of the three splits."""
    if not config.own:
        return _named(config, config.data, data_dir)
    return own_pairs.splits(
        train_source=config.train_source,
        train_target=config.train_target,
        train_pairs=config.train_pairs,
        test_source=config.test_source,
        test_target=config.test_target,
        test_pairs=config.test_pairs,
        reverse=config.reverse,
        validation_share=config.validation_share,
        seed=config.seed,
    )


def _named(config, data, data_dir):
    """The splits of the data set of this name, in the languages of `config`."""
    return parallel.texts(
        data,
        config.languages,
        data_dir,
        examples=config.examples,
        seed=config.seed,
    )


def data(
    config: Config,
    data_dir: Path | None,
    start: tasks.Translator | None = None,
) -> tuple[dict[str, list[tuple[str, str]]], PairTokenizer]:
    """Sources and targets of the splits; a tokenizer of the training side.

    A fourth one, `beside`, is what is learned beside the training set. The
    tokenizer is that of the model to start from, if there is one.
    """
    splits = texts(config, data_dir)
    beside = []
    if config.beside:
        beside = _named(config, config.beside, data_dir)["train"]
        beside = parallel.unseen(beside, splits)
    splits = {**splits, "beside": beside}
    learned = splits["train"] + beside
    tokenizer = start.tokenizer if start else _tokenizer(config, learned)
    # Before the training that a refusal at its end would waste.
    parallel.check_lengths(splits, tokenizer, LONGEST_SOURCE)
    return splits, tokenizer


def _tokenizer(config, pairs):
    sides = [list(side) for side in zip(*pairs, strict=True)]
    sides = [sides[0] + sides[1]] if config.shared else sides
    tokenizers = [
        SubwordTokenizer.from_texts(
            side,
            config.vocabulary_size,
            config.tokens,
            config.normalisation,
            # One's own sentences may allow fewer units than were chosen.
            exactly=config.normalisation != "nfc",
        )
        for side in sides
    ]
    return PairTokenizer(tokenizers[0], tokenizers[-1])
