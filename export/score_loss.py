"""What smaller files cost on validation data."""

import math
from collections.abc import Callable
from typing import Any

from export.errors import LossError
from zoo.evaluation import Validation


def scored(
    weights: str,
    validation: Validation,
    before: dict[str, Callable],
    after: dict[str, Callable],
    limit: float,
) -> dict:
    """The score of the artifact that loses most.

    Args:
        weights: one of `export.WEIGHTS`.
        validation: what they are scored on.
        before: functions that answer, by names of artifacts.
        after: the same of the smaller files.
        limit: by how much the score may get worse.

    Raises:
        LossError: if it gets worse by more.
    """
    sign = 1 if validation.more_is_better else -1
    worst: dict[str, Any] = {}
    for artifact, run in after.items():
        # Also of NumPy's own types, which JSON does not have.
        scores = [
            float(validation.measure(one)) for one in (before[artifact], run)
        ]
        loss = sign * (scores[0] - scores[1])
        if math.isnan(loss):
            # Nothing that follows is worse.
            loss = math.inf
        if not worst or loss > worst["loss"]:
            worst = {
                "name": validation.score,
                "artifact": artifact,
                "before": round(scores[0], 6),
                "after": round(scores[1], 6),
                "loss": round(loss, 6) + 0.0,
                "limit": limit,
                "examples": validation.examples,
                "unit": validation.unit,
                "split": validation.split,
            }
    if worst["loss"] > limit:
        raise LossError(weights, worst)
    return {**worst, "line": _line(worst)}


def _line(score):
    """The score before and after, in words."""
    loss = score["loss"]
    change = f"worse by {loss:.2g}" if loss > 0 else f"better by {-loss:.2g}"
    return (
        f"{score['name'].replace('_', ' ')} {score['before']:.5g} -> "
        f"{score['after']:.5g} on {score['examples']:,} {score['unit']} "
        f"({score['split']}), {change if loss else 'no loss'}; "
        f"{score['limit']:g} is allowed"
    )
