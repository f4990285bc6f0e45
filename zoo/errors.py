"""The errors that a user can mend; the command prints them as one line."""

import signal


class InputError(ValueError):
    """Something that was given cannot be used: what it was, what would do."""


class PretrainedError(InputError):
    """A pretrained folder that is incomplete, altered or not one of ours."""


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP: the machine, or the terminal, is taken away.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int = signal.SIGTERM):
        super().__init__(number)
        self.number = number


class ZooWarning(UserWarning):
    """Something works, but slower or with less than it could: what to do."""
