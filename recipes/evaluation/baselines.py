"""What anyone gets with five lines of scikit-learn, on the same texts."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from recipes.evaluation.measures import difference, interval, macro_f1

MAJORITY, WORDS = "the commonest class", "tf-idf of words"
CHARACTERS = "tf-idf of characters"
# For a user to repeat: all else as scikit-learn has it.
VECTORIZERS: dict[str, dict[str, Any]] = {
    WORDS: {},
    # Within words; beyond that many, the rarest are left out.
    CHARACTERS: {
        "analyzer": "char_wb",
        "ngram_range": (1, 4),
        "max_features": 300_000,
    },
}


def answers(
    train: tuple[Sequence[str], Sequence[int]], texts: Sequence[str]
) -> dict[str, np.ndarray]:
    """The classes that each baseline gives texts, by its name.

    Each is `TfidfVectorizer` and `LogisticRegression`, with scikit-learn's
    defaults but for what `VECTORIZERS` says.

    Args:
        train: texts and their classes; all that was not set aside as a test.
        texts: to be classified.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    train_texts, classes = train
    commonest = np.bincount(classes).argmax()
    found = {MAJORITY: np.full(len(texts), commonest)}
    for name, options in VECTORIZERS.items():
        vectorizer = TfidfVectorizer(**options)
        try:
            x = vectorizer.fit_transform(train_texts)
        except ValueError:
            # No text has a word of two letters.
            found[name] = found[MAJORITY]
            continue
        model = LogisticRegression()
        with warnings.catch_warnings():
            # Its hundred steps are what five lines have; and rare classes.
            warnings.simplefilter("ignore", UserWarning)
            model.fit(x, classes)
        found[name] = model.predict(vectorizer.transform(texts))
    return found


def beside(
    logits: np.ndarray,
    labels: np.ndarray,
    others: dict[str, np.ndarray],
) -> dict[str, Any]:
    """Baselines' scores, and how ours compares with the best of them.

    Args:
        logits: ours, of shape `(examples, classes)`.
        labels: the right classes.
        others: what `answers` found.

    Returns:
        `baselines`: of each `accuracy` and `macro_f1`; `accuracy_interval`
        and `gain_interval`, 95 %; `verdict`, a sentence.
    """
    right = logits.argmax(axis=1) == labels
    table = {}
    for name, predicted in others.items():
        table[name] = {
            "accuracy": round(float(np.mean(predicted == labels)), 5),
            "macro_f1": macro_f1(labels, predicted),
        }
    best = max(others, key=lambda name: table[name]["accuracy"])
    low, high = difference(right, others[best] == labels)
    return {
        "baselines": table,
        "accuracy_interval": _both(interval(int(right.sum()), len(right))),
        "best_baseline": best,
        # No minus before a zero.
        "gain": round(float(right.mean()) - table[best]["accuracy"], 5) + 0.0,
        "gain_interval": _both((low, high)),
        "verdict": _verdict(best, low, high, len(labels)),
    }


def _both(pair):
    return [round(value, 5) for value in pair]


def _verdict(best, low, high, count):
    if low > 0:
        return f"Better than the best baseline ({best})."
    if high < 0:
        return (
            f"Worse than the best baseline ({best}). More texts help most; "
            "else try --from with a model of the language, --seed 2, or a "
            "search: zoo tune."
        )
    return (
        f"Neither better nor worse than the best baseline ({best}), as far as "
        f"{count:,} test texts can say."
    )
