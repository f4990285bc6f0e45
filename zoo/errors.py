"""The errors that a user can mend; the command prints them as one line.

What they say may quote a file, a server or an address: it is printable, and
without passwords, wherever it is shown.
"""

import signal

from zoo.printable import printable, shortened
from zoo.redaction import without_secrets

# A message may quote a text of any length.
_LONGEST = 10_000


def _shown(message: object) -> str:
    text = printable(without_secrets(message), keep="\n\t")
    return shortened(text, _LONGEST)


class InputError(ValueError):
    """Something that was given cannot be used: what it was, what would do."""

    def __init__(self, message: object = ""):
        super().__init__(_shown(message))


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

    def __init__(self, message: object = ""):
        super().__init__(_shown(message))
