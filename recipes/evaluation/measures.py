"""Measures of a classifier's answers, beyond the share that is right."""

from collections.abc import Sequence
from typing import Any

import numpy as np

# Pairs of classes that are shown.
_CONFUSED = 10
# Probabilities are compared with outcomes in so many equal parts.
_BINS = 10


def measures(
    logits: np.ndarray, labels: np.ndarray, names: Sequence[str]
) -> dict[str, Any]:
    """What `metrics.json` says of a test set.

    Args:
        logits: of shape `(examples, classes)`.
        labels: the right classes, of shape `(examples,)`.
        names: of the classes.

    Returns:
        `macro_f1` and `weighted_f1`; `calibration_error` (expected calibration
        error: how far the probability of the answer is from how often it is
        right, in the mean over tenths of the range); `test_nats`, the mean
        cross-entropy; for two classes `roc_auc` and `average_precision` of the
        rarer one; and `classes`: of each `precision`, `recall`, `f1` and
        `support`, the number of its examples; `confused`, the ten pairs of
        classes that are taken for each other most often. A class without an
        example does not count in `macro_f1`.
    """
    from scipy.special import log_softmax
    from sklearn import metrics

    log_p = log_softmax(logits.astype("float64"), axis=1)
    p, predicted = np.exp(log_p), logits.argmax(axis=1)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(len(names)), zero_division=0.0
    )
    there = support > 0
    found: dict[str, Any] = {
        "macro_f1": macro_f1(labels, predicted),
        "weighted_f1": _rounded(np.average(f1, weights=support)),
        "calibration_error": _rounded(calibration_error(p, labels)),
        "test_nats": _rounded(-log_p[np.arange(len(labels)), labels].mean()),
    }
    if len(names) == 2 and there.all():
        rarer = int(support[1] <= support[0])
        positive = labels == rarer
        found["rarer_class"] = names[rarer]
        found["roc_auc"] = _rounded(
            metrics.roc_auc_score(positive, p[:, rarer])
        )
        found["average_precision"] = _rounded(
            metrics.average_precision_score(positive, p[:, rarer])
        )
    found["classes"] = {
        name: {
            "precision": _rounded(precision[index]),
            "recall": _rounded(recall[index]),
            "f1": _rounded(f1[index]),
            "support": int(support[index]),
        }
        for index, name in enumerate(names)
    }
    found["confused"] = _confused(labels, predicted, names)
    return found


def macro_f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    """The mean of the F1 of each class that has an example."""
    from sklearn.metrics import f1_score

    there = np.unique(labels)
    found = f1_score(
        labels, predicted, labels=there, average="macro", zero_division=0.0
    )
    return _rounded(found)


def _confused(labels, predicted, names):
    """Which classes are taken for which others most often, and how often."""
    wrong = labels != predicted
    pairs = np.stack([labels[wrong], predicted[wrong]], axis=1)
    kinds, counts = np.unique(pairs, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_CONFUSED]
    return {
        f"{names[kinds[i][0]]} taken for {names[kinds[i][1]]}": int(counts[i])
        for i in order
    }


def calibration_error(p: np.ndarray, labels: np.ndarray) -> float:
    """Expected calibration error of probabilities `(examples, classes)`.

    Reference:
        - [Guo et al., 2017](https://arxiv.org/abs/1706.04599), equation 3
    """
    sure, right = p.max(axis=1), p.argmax(axis=1) == labels
    part = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    counts = np.bincount(part, minlength=_BINS)
    gaps = np.bincount(part, right - sure, minlength=_BINS)
    return float(np.abs(gaps).sum() / counts.sum())


def interval(right: int, count: int) -> tuple[float, float]:
    """95 % confidence interval of a share, by Wilson's score."""
    from scipy.stats import binomtest

    found = binomtest(right, count).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def accuracy_interval(scores: dict) -> dict[str, list[float]]:
    """`accuracy_interval` of the scores of a test set, 95 %."""
    count = scores["test_examples"]
    low, high = interval(round(scores["test_accuracy"] * count), count)
    return {"accuracy_interval": [_rounded(low), _rounded(high)]}


def difference(right: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """95 % confidence interval of the difference of two accuracies.

    Args:
        right, other: bool arrays: whether each answers each example right.
    """
    d = right.astype(float) - other.astype(float)
    # Agresti and Min's two more pairs of each kind, so that no two equal
    # answers make it certain.
    count, total = len(d) + 2, d.sum()
    mean = total / count
    error = np.sqrt(max((d**2).sum() + 1 - count * mean**2, 0)) / count
    return float(mean - 1.96 * error), float(mean + 1.96 * error)


def _rounded(value: Any) -> float:
    return round(float(value), 5)
