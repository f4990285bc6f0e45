"""The time that a run takes, over all its interruptions."""

import time


class Stopwatch:
    """Counts the seconds of a run and of its current epoch.

    Attributes:
        seconds: of the run so far.
        in_epoch: of the current epoch so far.
        now: when it was last looked at, in the seconds of `perf_counter`.
    """

    def __init__(self):
        self.seconds = self.in_epoch = self.now = 0.0

    def start(self, *, new_epoch: bool) -> None:
        """Counts from here on, in a new epoch or on in the current one."""
        self.now = time.perf_counter()
        if new_epoch:
            self.in_epoch = 0.0

    def count(self) -> None:
        """Adds what has passed since it was last looked at."""
        now = time.perf_counter()
        self.seconds += now - self.now
        self.in_epoch += now - self.now
        self.now = now
