"""Training whose numbers leave the range of floats is stopped."""

import math

from recipes.training.best_epoch import BestEpoch
from recipes.training.optimizer import ClippedAdam, number
from zoo.errors import InputError


class TrainingDiverged(InputError):
    """A number is infinite, or is none: training cannot go on."""


def check_gradient(optimizer: ClippedAdam, best_epoch: BestEpoch) -> None:
    """Checks the norms of all gradients so far.

    Args:
        optimizer: has recorded them.
        best_epoch: whose weights are kept.

    Raises:
        TrainingDiverged: if one is infinite or not a number.
    """
    step = int(number(optimizer.broken_step))
    if step:
        norm = number(optimizer.broken_norm)
        _stop(f"the norm of the gradient is {norm} at step {step}", best_epoch)


def check_row(row: dict, best_epoch: BestEpoch) -> None:
    """Checks a row of the history.

    Args:
        row: has `epoch` and scores by name.
        best_epoch: of the epochs before, whose weights are kept.

    Raises:
        TrainingDiverged: if a score is infinite or not a number.
    """
    for name, value in row.items():
        if not math.isfinite(value):
            _stop(f"{name} is {value} in epoch {row['epoch']}", best_epoch)


def _stop(why, best_epoch):
    kept = "No epoch was completed."
    if best_epoch.number is not None:
        kept = f"The weights of epoch {best_epoch.number}, the best, are kept."
    raise TrainingDiverged(
        f"Training broke down: {why}. {kept} A lower --learning-rate or "
        "--clip-norm may do."
    )
