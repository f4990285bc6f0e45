"""What can go wrong between a model and its artifacts."""

from zoo.errors import InputError


class ExportError(InputError):
    """An export that was not made; the destination is as it was."""


class ConversionError(ExportError):
    """A format that cannot express the model, or whose runtime refuses it."""


class MismatchError(ExportError):
    """An artifact that computes something else than the Keras model.

    Attributes:
        artifact: which one.
        difference: the largest difference between two logits.
    """

    def __init__(self, artifact: str, difference: float, tolerance: float):
        super().__init__(
            f"{artifact} differs from the Keras model by {difference:.3g}, "
            f"more than {tolerance:.3g}. Nothing was exported."
        )
        self.artifact = artifact
        self.difference = difference
