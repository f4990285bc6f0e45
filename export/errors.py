"""What can go wrong between a model and its artifacts."""

from zoo.errors import InputError


class ExportError(InputError):
    """An export that was not made; the destination is as it was."""


class ConversionError(ExportError):
    """A format that cannot express the model, or whose runtime refuses it."""


class MismatchError(ExportError):
    """An artifact that computes something else than it should.

    Attributes:
        artifact: which one.
        difference: the largest difference between two logits.
    """

    def __init__(
        self,
        artifact: str,
        difference: float,
        tolerance: float,
        reference: str = "the Keras model",
    ):
        super().__init__(
            f"{artifact} differs from {reference} by {difference:.3g}, "
            f"more than {tolerance:.3g}. Nothing was exported."
        )
        self.artifact = artifact
        self.difference = difference


class LossError(ExportError):
    """Smaller weights whose answers are too much worse.

    Attributes:
        score: name, before, after, loss, limit and examples.
    """

    def __init__(self, weights: str, score: dict):
        super().__init__(
            f"With {weights} weights, {score['artifact']} comes from "
            f"{score['before']:.5g} to {score['after']:.5g} "
            f"{score['name'].replace('_', ' ')} on {score['examples']:,} "
            f"{score['unit']}: worse by {score['loss']:.3g}, more than the "
            f"{score['limit']:g} that --largest-loss allows. Nothing was "
            "exported."
        )
        self.score = score
