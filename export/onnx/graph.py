"""An ONNX graph, put together node by node."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto


class Graph:
    """Nodes and constants of one ONNX graph, in the order of `add`.

    Values are named by strings, made here, so that none occurs twice.

    Args:
        prefix: of all names, where several graphs become one.
    """

    def __init__(self, prefix: str = ""):
        self.prefix = prefix
        self.nodes: list = []
        self.constants: dict[tuple, tuple[str, np.ndarray]] = {}

    def constant(self, values: ArrayLike) -> str:
        """The name of a constant; one and the same for equal arrays."""
        array = np.asarray(values, order="C")
        if array.dtype == np.float64:
            array = array.astype("float32")
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            name = f"{self.prefix}constant_{len(self.constants)}"
            self.constants[key] = (name, array)
        return self.constants[key][0]

    def add(
        self,
        operator: str,
        *inputs: str,
        outputs: int = 1,
        **attributes: Any,
    ) -> Any:
        """Adds a node; an empty name leaves an optional input out.

        Returns:
            The name of its output, or a list of `outputs` names.
        """
        from onnx import helper

        number = len(self.nodes)
        names = [f"{self.prefix}{operator.lower()}_{number}"]
        names += [f"{names[0]}_{n}" for n in range(1, outputs)]
        self.nodes.append(
            helper.make_node(operator, inputs, names, **attributes)
        )
        return names[0] if outputs == 1 else names

    def shifted(self, values: str, reverse: bool) -> str:
        """Adds what moves axis 0 by one step: a zero comes in at its start.

        Not one `Pad` with a negative end, which ONNX Runtime before 1.24
        gets wrong for a length of 1.

        Args:
            values: name of a value of shape `(time, batch, features)`.
            reverse: whether the zero comes in at the end instead.
        """
        pads = [0, 0, 0, 1, 0, 0] if reverse else [1, 0, 0, 0, 0, 0]
        longer = self.add("Pad", values, self.constant(pads))
        start, end = (1, 2**62) if reverse else (0, -1)
        bounds = [self.constant([number]) for number in (start, end, 0)]
        return self.add("Slice", longer, *bounds)

    def rename(self, value: str, name: str) -> None:
        """Gives a value a name that users of the file will see."""
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [value], [name]))

    def initializers(self) -> list:
        """The constants as `onnx.TensorProto`s."""
        from onnx import numpy_helper

        return [
            numpy_helper.from_array(array, name)
            for name, array in self.constants.values()
        ]

    def model(self, inputs: list, outputs: list, opset: int) -> "ModelProto":
        """The finished `onnx.ModelProto`.

        Args:
            inputs: pairs of a name and (element type, axes).
            outputs: the like.
            opset: version of the operators.
        """
        from onnx import helper

        def described(values):
            return [
                helper.make_tensor_value_info(name, *about)
                for name, about in values
            ]

        graph = helper.make_graph(
            self.nodes,
            "recurrent_zoo",
            described(inputs),
            described(outputs),
            self.initializers(),
        )
        return finished(graph, opset)


def finished(graph: "GraphProto", opset: int) -> "ModelProto":
    """An `onnx.ModelProto` of a graph."""
    from onnx import helper

    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(
        graph,
        opset_imports=opsets,
        # The oldest that will do, so that older runtimes read it too.
        ir_version=helper.find_min_ir_version_for(opsets),
        producer_name="recurrent-zoo",
    )
