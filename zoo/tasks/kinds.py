"""What each task is called, and what it is used for; without Keras."""

from typing import NamedTuple

from zoo.errors import InputError


class Kind(NamedTuple):
    """A task in words.

    Attributes:
        title: what a model of this kind is.
        usage: the command and the method that use it.
    """

    title: str
    usage: str


# By what `zoo.models.task` says.
KINDS = {
    "classifier": Kind("classifier", "`zoo predict`, or `predict` from Python"),
    "language_model": Kind(
        "language model", "`zoo generate`, or `generate` from Python"
    ),
    "translator": Kind(
        "translator", "`zoo translate`, or `translate` from Python"
    ),
}


def wrong_kind(name: str, actual: Kind, wanted: Kind) -> InputError:
    """The error for a model that is not of the kind that is needed."""
    return InputError(
        f"{name} is a {actual.title}, not a {wanted.title}. Use {actual.usage}."
    )
