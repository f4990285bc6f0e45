"""An ONNX graph, put together node by node."""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from export.onnx import unused
from export.request import OPSET

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

# From these versions on, `Split` is told into how many parts, and `ReduceMax`
# and its like have their axes as an input.
_SPLIT_INTO, _AXES_AS_INPUT = 18, {"ReduceSum": 13}
_FOR_OTHERS = 18
# What a `Slice` ends at that takes all there is, forwards and backwards.
_END, _BEFORE_START = 2**63 - 1, -(2**63)


class Graph:
    """Nodes and constants of one ONNX graph, in the order of `add`.

    Values are named by strings, made here, so that none occurs twice; a node
    is named like the first of its outputs.

    Args:
        prefix: of all names, where several graphs become one.
        opset: version of the operators.
    """

    def __init__(self, prefix: str = "", opset: int = OPSET):
        self.prefix = prefix
        self.opset = opset
        self.nodes: list = []
        self.constants: dict[tuple, tuple[str, np.ndarray]] = {}
        self.known: dict[Hashable, str] = {}
        # Of a value by its name, how far from 0 it is at padding at most.
        self.at_padding: dict[str, float] = {}

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
        node_name: str = "",
        **attributes: Any,
    ) -> Any:
        """Adds a node; an empty name leaves an optional input out.

        Args:
            operator: of ONNX.
            *inputs: names of values.
            outputs: how many it has.
            node_name: what runtimes call it in their errors.
            **attributes: of the operator.

        Returns:
            The name of its output, or a list of `outputs` names.
        """
        from onnx import helper

        number = len(self.nodes)
        names = [f"{self.prefix}{operator.lower()}_{number}"]
        names += [f"{names[0]}_{n}" for n in range(1, outputs)]
        self.nodes.append(
            helper.make_node(
                operator,
                inputs,
                names,
                self.prefix + node_name if node_name else names[0],
                **attributes,
            )
        )
        return names[0] if outputs == 1 else names

    def once(self, key: Hashable, write: Callable[[], str]) -> str:
        """The name of a value that is written when first asked for."""
        if key not in self.known:
            self.known[key] = write()
        return self.known[key]

    def split(self, x: str, parts: int, axis: int = -1) -> list[str]:
        """Adds what cuts an axis into equal parts."""
        into: dict[str, Any] = {}
        if self.opset >= _SPLIT_INTO:
            into["num_outputs"] = parts
        found = self.add("Split", x, axis=axis, outputs=parts, **into)
        return [found] if parts == 1 else found

    def reduce(
        self, operator: str, x: str, axis: int, keepdims: bool = False
    ) -> str:
        """Adds `ReduceSum` or one of its like, along one axis."""
        keep: dict[str, Any] = {"keepdims": int(keepdims)}
        if self.opset >= _AXES_AS_INPUT.get(operator, _FOR_OTHERS):
            return self.add(operator, x, self.constant([axis]), **keep)
        return self.add(operator, x, axes=[axis], **keep)

    def shifted(self, values: str, steps: int = 1) -> str:
        """Adds what moves axis 0 back in time: zeros come in at its start.

        Not one `Pad` with a negative end, which ONNX Runtime before 1.24
        gets wrong for a length of 1.

        Args:
            values: name of a value of shape `(time, batch, features)`.
            steps: how far; below 0 forward in time, with zeros at the end.
        """
        pads = [0] * 6
        pads[0 if steps > 0 else 3] = abs(steps)
        longer = self.add("Pad", values, self.constant(pads))
        start, end = (0, -steps) if steps > 0 else (-steps, _END)
        bounds = [self.constant([number]) for number in (start, end, 0)]
        return self.add("Slice", longer, *bounds)

    def flipped(self, values: str) -> str:
        """The name of what has axis 0 the other way round."""
        bounds = [self.constant([n]) for n in (-1, _BEFORE_START, 0, -1)]
        return self.once(
            ("flipped", values), lambda: self.add("Slice", values, *bounds)
        )

    def rename(self, value: str, name: str) -> None:
        """Gives a value a name that users of the file will see."""
        from onnx import helper

        number = len(self.nodes)
        self.nodes.append(
            helper.make_node(
                "Identity", [value], [name], f"{self.prefix}identity_{number}"
            )
        )

    def initializers(self) -> list:
        """The constants as `onnx.TensorProto`s."""
        from onnx import numpy_helper

        return [
            numpy_helper.from_array(array, name)
            for name, array in self.constants.values()
        ]

    def model(
        self, inputs: list, outputs: list, opset: int | None = None
    ) -> "ModelProto":
        """The finished `onnx.ModelProto`, of what its outputs need.

        Args:
            inputs: pairs of a name and (element type, axes).
            outputs: the like.
            opset: version of the operators, by default the graph's.
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
        return finished(graph, opset or self.opset)


def finished(graph: "GraphProto", opset: int) -> "ModelProto":
    """An `onnx.ModelProto` of what the outputs of a graph need."""
    from onnx import helper

    unused.drop(graph)
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(
        graph,
        opset_imports=opsets,
        # The oldest that will do, so that older runtimes read it too.
        ir_version=helper.find_min_ir_version_for(opsets),
        producer_name="recurrent-zoo",
    )
