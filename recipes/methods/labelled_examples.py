"""Labelled texts as ids, with what another model knows of them."""

from collections.abc import Callable
from typing import Any

from recipes.data.examples import Examples
from recipes.data.prepared import Prepared
from recipes.data.tokenizers import from_texts
from recipes.datasets.reviews import SplitTexts
from recipes.methods import distillation
from zoo.text import TextTokenizer


def examples(
    read: SplitTexts,
    *,
    tokenizer: TextTokenizer | None,
    tokens: str,
    vocabulary_size: int,
    word_rules: int,
    validation_words: bool,
    teacher: str,
    unlabelled: Callable[[], list[str]],
) -> Prepared:
    """The names of the classes, the tokenizer, and the three splits.

    Args:
        read: the texts.
        tokenizer: that of the model to start from; None to make one.
        tokens, word_rules: what it is made of, as of
            `recipes.data.tokenizers.from_texts`.
        vocabulary_size: ids of it.
        validation_words: whether words of the validation texts belong to it:
            the n-grams learn from these in the end, and few texts have many
            words that no other has.
        teacher: names of classifiers to learn from, or "". The training part
            then has probabilities for labels, and more texts at its end.
        unlabelled: makes these texts.
    """
    splits = dict(read.splits)
    train: list[str] = splits["train"][0]
    classes: Any = splits["train"][1]
    if tokenizer is None:
        late = splits["validation"][0] if validation_words else []
        tokenizer = from_texts(
            train + late,
            tokens,
            vocabulary_size,
            word_rules=word_rules,
            # So it was before there were rules by version.
            lower_case=word_rules > 1 or tokens == "subwords",
        )
    if teacher:
        train = train + unlabelled()
        p = distillation.probabilities(teacher, train, read.labels)
        classes = distillation.mix_with_labels(p, classes)
    splits["train"] = (train, classes)
    made_of = {
        name: Examples.from_texts(texts, labels, tokenizer)
        for name, (texts, labels) in splits.items()
    }
    return Prepared(read.labels, tokenizer, made_of, read.set_aside, read.notes)
