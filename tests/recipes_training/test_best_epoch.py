"""Which epoch is kept, and what stops a training whose numbers break down."""

import math

import pytest

from recipes.training.best_epoch import BestEpoch
from recipes.training.divergence import TrainingDiverged, check_row


def after(scores, best=max, patience=0):
    """What is kept after epochs with these scores; weights are their places."""
    kept = BestEpoch("score", best, patience)
    for place, score in enumerate(scores):
        kept.update({"score": score}, [place])
    return kept


def test_the_first_of_the_best_is_kept():
    kept = after([0.1, 0.9, 0.9, 0.3])
    assert kept.weights == [1] and kept.number == 2 and kept.score == 0.9
    assert after([0.5, 0.2, 0.3], min).weights == [1]
    assert BestEpoch("score", max).number is None


def test_of_equal_epochs_the_lower_validation_loss_decides():
    kept = BestEpoch("score", max, patience=2)
    rows = [(0.9, 0.6), (0.9, 0.1), (0.9, 0.2), (0.8, 0.0)]
    for place, (score, loss) in enumerate(rows):
        kept.update({"score": score, "val_loss": loss}, [place])
    assert kept.number == 2 and kept.weights == [1] and kept.out_of_patience
    kept = BestEpoch("score", max)
    kept.restore([{"score": 0.9, "val_loss": 0.6}], ["first"])
    kept.update({"score": 0.9, "val_loss": 0.5}, ["second"])
    assert kept.weights == ["second"]


def test_patience_counts_the_epochs_behind_the_best():
    assert not after([0.9, 0.1], patience=2).out_of_patience
    assert after([0.9, 0.1, 0.2], patience=2).out_of_patience
    assert not after([0.9, 0.1, 0.2]).out_of_patience


def test_a_state_is_brought_back():
    kept = BestEpoch("score", max)
    kept.restore([{"score": 0.2}, {"score": 0.7}, {"score": 0.1}], ["second"])
    kept.update({"score": 0.6}, ["fourth"])
    assert kept.weights == ["second"] and kept.number == 2
    kept.update({"score": 0.8}, ["fifth"])
    assert kept.weights == ["fifth"] and kept.number == 5


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_stops_the_training(value):
    row = {"epoch": 3, "loss": 0.5, "val_loss": value}
    with pytest.raises(TrainingDiverged, match=f"val_loss is {value} in epoch"):
        check_row(row, after([0.1]))
    with pytest.raises(TrainingDiverged, match="of epoch 2, the best"):
        check_row(row, after([0.1, 0.4]))
    with pytest.raises(TrainingDiverged, match="No epoch was completed"):
        check_row(row, BestEpoch("score", max))
    check_row({"epoch": 3, "loss": 0.5}, after([0.1]))
