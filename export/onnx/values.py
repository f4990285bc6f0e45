"""What flows between the layers of a model while it becomes an ONNX graph."""

import dataclasses


class Unknown(Exception):
    """A layer or a cell, or an argument of one, without a form in ONNX here."""


@dataclasses.dataclass(frozen=True)
class Value:
    """The output of a layer.

    Attributes:
        name: of a value in the graph, of shape `(time, batch, ...)`, or of
            shape `(batch, ...)` where one vector is left of a text.
        keep: name of the mask as floats of shape `(time, batch, 1)`, or "".
            What `name` holds where it is 0 is finite and means nothing.
        size: of ids, how many there are.
    """

    name: str
    keep: str = ""
    size: int = 0
