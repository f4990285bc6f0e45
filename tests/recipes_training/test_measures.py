"""Measures of a classifier, and the baselines that stand beside it."""

import numpy as np
import pytest

from recipes.evaluation import baselines
from recipes.evaluation.measures import (
    calibration_error,
    difference,
    interval,
    measures,
)
from recipes.training.losses import balanced, cross_entropy

LABELS = np.array([0, 0, 0, 0, 1, 1])
LOGITS = np.array([[2, 0], [2, 0], [2, 0], [0, 2], [0, 2], [2, 0]], "float32")


def test_each_class_and_their_means():
    found = measures(LOGITS, LABELS, ["common", "rare"])
    common = {"precision": 0.75, "recall": 0.75, "f1": 0.75, "support": 4}
    rare = {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}
    assert found["classes"] == {"common": common, "rare": rare}
    assert found["confused"] == {
        "common taken for rare": 1,
        "rare taken for common": 1,
    }
    assert found["macro_f1"] == 0.625
    assert found["weighted_f1"] == pytest.approx(4 / 6, abs=1e-4)
    assert found["rarer_class"] == "rare"
    # Of 8 pairs of a rare and a common one: 3 right, 1 wrong, 4 equal.
    assert found["roc_auc"] == pytest.approx(5 / 8)


def test_a_class_without_an_example_does_not_count():
    logits = np.concatenate([LOGITS, np.zeros((6, 1), "float32")], axis=1)
    found = measures(logits, LABELS, ["common", "rare", "none"])
    assert found["macro_f1"] == 0.625 and "roc_auc" not in found
    assert found["classes"]["none"]["support"] == 0
    found = measures(LOGITS[:3], LABELS[:3], ["common", "rare"])
    assert found["macro_f1"] == 1 and "roc_auc" not in found


def test_calibration():
    p = np.array([[0.75, 0.25]] * 4)
    assert calibration_error(p, np.array([0, 0, 0, 1])) == pytest.approx(0)
    assert calibration_error(p, np.array([1, 1, 1, 1])) == pytest.approx(0.75)
    sure = np.array([[1.0, 0.0], [0.5, 0.5]])
    assert calibration_error(sure, np.array([0, 1])) == pytest.approx(0.25)


def test_intervals():
    # Wilson's interval of 8 in 10, from the formula.
    z, n, p = 1.959964, 10, 0.8
    middle = (p + z * z / 2 / n) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / (1 + z * z / n)
    assert interval(8, 10) == pytest.approx((middle - half, middle + half))
    right = np.array([True] * 90 + [False] * 10)
    low, high = difference(right, np.roll(right, 5))
    assert low < 0 < high
    low, high = difference(right, ~right)
    assert 0.6 < low < 0.8 < high
    low, high = difference(right, right)
    assert low < 0 < high


TEXTS = ["good film", "fine film", "bad film", "poor film"] * 20
CLASSES = [0, 0, 1, 1] * 20


def test_baselines_and_the_verdict():
    asked = ["good", "bad", "poor", "fine"] * 10
    labels = np.array([0, 1, 1, 0] * 10)
    others = baselines.answers((TEXTS, CLASSES), asked)
    assert set(others) == {
        baselines.MAJORITY,
        baselines.WORDS,
        baselines.CHARACTERS,
    }
    right = 4.0 * np.eye(2)[labels]
    found = baselines.beside(right, labels, others)
    assert found["baselines"][baselines.WORDS]["accuracy"] == 1
    assert found["baselines"][baselines.MAJORITY]["macro_f1"] == 0.33333
    assert found["gain"] == 0 and "Neither better nor worse" in found["verdict"]
    found = baselines.beside(-right, labels, others)
    assert found["gain"] == -1 and found["verdict"].startswith("Worse than")
    worse = {baselines.MAJORITY: others[baselines.MAJORITY]}
    found = baselines.beside(right, labels, worse)
    assert found["verdict"].startswith("Better than")
    low, high = found["accuracy_interval"]
    assert low < 1 <= high


def test_texts_without_a_word_have_baselines():
    others = baselines.answers((["!", "?", "!"], [0, 1, 0]), ["?"])
    assert others[baselines.WORDS].tolist() == [0]
    assert others[baselines.CHARACTERS].tolist() in ([0], [1])


def test_balanced_classes_weigh_alike():
    labels = np.array([0] * 6 + [1] * 2)
    weights = balanced(labels, 3)
    np.testing.assert_allclose(weights, [8 / 12, 2, 0])
    assert weights[labels].mean() == pytest.approx(1)
    np.testing.assert_allclose(balanced(np.eye(2)[labels], 2), weights[:2])
    logits = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")
    for smoothing in (0.0, 0.1):
        plain = np.asarray(cross_entropy(smoothing)(labels, logits))
        loss = cross_entropy(smoothing, weights[:2])
        np.testing.assert_allclose(
            np.asarray(loss(labels, logits)), plain * weights[labels], rtol=1e-5
        )
