"""What flows between the layers of a model while it becomes an ONNX graph."""

import dataclasses


class Unknown(Exception):
    """A layer or a cell, or an argument of one, without a form in ONNX here."""


@dataclasses.dataclass(frozen=True)
class Value:
    """The output of a layer.

    Attributes:
        name: of a value of shape `(batch, ...)` in the graph.
        lengths: name of the int32 lengths of its rows, "" without a mask.
        keep: name of the mask as floats of shape `(batch, time, 1)`, or "".
    """

    name: str
    lengths: str = ""
    keep: str = ""
