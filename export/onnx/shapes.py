"""Shapes of an ONNX file that are the same at every call, for accelerators."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import ModelProto

# Names of free axes, and those whose size is the length of a text.
BATCH, LENGTHS = "batch", ("time", "source_time")


def fixed(
    model: "ModelProto",
    batch_size: int | None = None,
    length: int | None = None,
) -> "ModelProto":
    """The same model for rows and steps of a given number.

    Args:
        model: with the axes `batch` and `time`, or `source_time`; it stays as
            it is.
        batch_size: number of rows, `None` for any.
        length: number of steps, `None` for any.

    Returns:
        A model whose inputs and outputs have these sizes, and whose other
        values have the shapes that follow from them; without sizes, `model`.
    """
    import onnx

    sizes = {BATCH: batch_size, **dict.fromkeys(LENGTHS, length)}
    sizes = {axis: size for axis, size in sizes.items() if size is not None}
    if not sizes:
        return model
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    for value in (*graph.input, *graph.output):
        for axis in value.type.tensor_type.shape.dim:
            if axis.dim_param in sizes:
                axis.dim_value = sizes[axis.dim_param]
    # What was known of shapes was known for any size.
    graph.ClearField("value_info")
    return onnx.shape_inference.infer_shapes(
        result, check_type=True, strict_mode=True, data_prop=True
    )
