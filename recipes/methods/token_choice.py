"""Words, characters or subwords? Tried on few texts, where the choice matters.

Words that no text of training has tell nothing of a new text, while their parts
may; how much that counts depends on the texts and the classes. Of some hundreds
of texts the tables of n-grams are made in seconds (`recipes.methods.
tfidf_ngrams`), so each kind of tokens is tried by cross-validation.
"""

import warnings
from collections.abc import Sequence

import numpy as np

from recipes.data import splits
from recipes.data.examples import Examples
from recipes.data.tokenizers import from_texts, units
from recipes.methods import tfidf_ngrams
from zoo.text import word_rules

# The longest n-gram beside each kind of tokens, and their number at most.
NGRAMS = {"words": 2, "characters": 3, "subwords": 3}
SIZES = {"words": 50_000, "characters": 50_000, "subwords": 1_000}
# Texts and characters in all up to which it is tried.
_MOST, _MOST_CHARACTERS = 1_000, 300_000
# Parts that are held out one after the other at most, and how many in all.
_FOLDS, _TRIALS = 5, 6
_SLOTS, _SEED = 65_521, 1


def compared(texts: Sequence[str], labels: Sequence[str]) -> dict[str, float]:
    """The share that each kind of tokens gets right, by its name.

    Of several folds: each is predicted by what was learned from the others.

    Args:
        texts: to be classified; all but those of the test.
        labels: of each its class.

    Returns:
        The shares, or nothing for texts that are too many, too long, or too
        few of each class to be compared.
    """
    from sklearn.model_selection import RepeatedStratifiedKFold

    # Equal texts would tell each other's class.
    _, distinct = np.unique(splits.groups(texts), return_index=True)
    # The same whatever the order in a file.
    pairs = sorted((texts[place], labels[place]) for place in distinct)
    texts, names = [list(side) for side in zip(*pairs, strict=True)]
    classes, indices, counts = np.unique(
        names, return_inverse=True, return_counts=True
    )
    folds = min(_FOLDS, int(np.median(counts)))
    few = len(texts) <= _MOST and sum(map(len, texts)) <= _MOST_CHARACTERS
    if not few or len(classes) < 2 or folds < 2:
        return {}
    right = dict.fromkeys(NGRAMS, 0)
    if len(set().union(*texts)) > SIZES["subwords"] // 2:
        # They would hardly be more than characters.
        del right["subwords"]
    splitter = RepeatedStratifiedKFold(
        n_splits=folds, n_repeats=round(_TRIALS / folds), random_state=_SEED
    )
    with warnings.catch_warnings():
        # A class with fewer texts than folds is not in all of them.
        warnings.simplefilter("ignore", UserWarning)
        parts = list(splitter.split(indices, indices))
    for train, held_out in parts:
        for tokens in list(right):
            found = _predicted(tokens, texts, indices, train, held_out)
            right[tokens] += int(np.sum(found == indices[held_out]))
    asked = sum(len(held_out) for _, held_out in parts)
    return {tokens: count / asked for tokens, count in right.items()}


def _predicted(tokens, texts, labels, train, held_out):
    """The classes of some texts, learned from others."""
    learned = [texts[place] for place in train]
    tokenizer = from_texts(
        learned,
        tokens,
        SIZES[tokens],
        word_rules=word_rules.CURRENT,
        lower_case=True,
    )
    weights = tfidf_ngrams.fit(
        Examples.from_texts(learned, labels[train], tokenizer),
        int(labels.max()) + 1,
        NGRAMS[tokens],
        _SLOTS,
        units(tokenizer),
    )
    asked = [texts[place] for place in held_out]
    examples = Examples.from_texts(asked, None, tokenizer)
    return tfidf_ngrams.judged(examples, NGRAMS[tokens], weights).argmax(axis=1)
