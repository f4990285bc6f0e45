"""Which epoch was the best, and its weights."""

from collections.abc import Callable

_LOSS = "val_loss"


class BestEpoch:
    """Keeps the weights of the best epoch so far.

    Of equal ones it is the one with the lower validation loss: a few examples
    are all right after an epoch, and more surely so after ten. Of those that
    are equal in this too, the first.

    Args:
        monitor: column of the history that says how good an epoch is.
        best: `max` or `min` of it.
        patience: epochs without a better one after which to stop; 0 for never.

    Attributes:
        weights: of the best epoch, a list of arrays; None before the first.
    """

    def __init__(self, monitor: str, best: Callable, patience: int = 0):
        self.monitor = monitor
        self.patience = patience
        self.weights: list | None = None
        self._best = best
        self._scores: list[float] = []
        self._losses: list[float] = []

    def restore(self, rows: list[dict], weights: list) -> None:
        """Brings a state back: the rows of the history, and `weights`."""
        self._scores = [row[self.monitor] for row in rows]
        self._losses = [row.get(_LOSS, 0.0) for row in rows]
        self.weights = weights or None

    def update(self, row: dict, weights: list) -> None:
        """Takes an epoch in: its row of the history, and its weights."""
        self._scores.append(row[self.monitor])
        self._losses.append(row.get(_LOSS, 0.0))
        if self._index == len(self._scores) - 1:
            self.weights = weights

    @property
    def number(self) -> int | None:
        """Which epoch it is, from 1; None before the first."""
        return None if self.weights is None else self._index + 1

    @property
    def score(self) -> float:
        """How good it is."""
        return self._scores[self._index]

    @property
    def out_of_patience(self) -> bool:
        """Whether the last epochs have all been worse."""
        worse = len(self._scores) - 1 - self._index
        return 0 < self.patience <= worse

    @property
    def _index(self):
        best = self._best(self._scores)
        equal = [i for i, score in enumerate(self._scores) if score == best]
        return min(equal, key=self._losses.__getitem__)
