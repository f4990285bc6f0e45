"""`exp(x) - 1` for tf2onnx, which ONNX has no operator for."""

import functools

import numpy as np


@functools.cache
def register() -> None:
    """Teaches tf2onnx to write `Expm1`.

    For `y = tanh(x / 2)` it is `2 y / (1 - y)`, which loses no digits near
    zero, as `exp(x) - 1` would.
    """
    from tf2onnx.handler import tf_op

    @tf_op("Expm1")
    class Expm1:
        @classmethod
        def version_1(cls, ctx, node, **kwargs):
            kind = np.float32

            def constant(value):
                name = f"{node.name}_{value}"
                return ctx.make_const(name, np.array(value, kind)).output[0]

            def add(operator, *inputs):
                return ctx.make_node(operator, list(inputs)).output[0]

            y = add("Tanh", add("Mul", node.input[0], constant(0.5)))
            double = add("Mul", y, constant(2.0))
            rest = add("Sub", constant(1.0), y)
            shapes, dtypes = node.output_shapes, node.output_dtypes
            ctx.remove_node(node.name)
            ctx.make_node(
                "Div",
                [double, rest],
                name=node.name,
                outputs=node.output,
                shapes=shapes,
                dtypes=dtypes,
            )
