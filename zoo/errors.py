"""The errors that a user can mend; the command prints them as one line."""


class InputError(ValueError):
    """Something that was given cannot be used: what it was, what would do."""


class PretrainedError(InputError):
    """A pretrained folder that is incomplete, altered or not one of ours."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: the machine is about to be taken away."""


class ZooWarning(UserWarning):
    """Something works, but slower or with less than it could: what to do."""
