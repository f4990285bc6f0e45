"""An ONNX file: ids in, logits out, batch and time free."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import keras

from export.errors import ConversionError
from export.onnx import (
    guarded,
    layers,
    naming,
    shapes,
    tf2onnx_expm1,
    unused,
)
from export.onnx.graph import Graph
from export.onnx.values import Unknown
from export.request import OPSET
from zoo.backend.quiet_loggers import only_errors
from zoo.errors import ZooWarning
from zoo.tasks import Task

if TYPE_CHECKING:
    from onnx import ModelProto

INPUT, OUTPUT = "token_ids", "logits"
# The last version of the operators that tf2onnx knows.
_NEWEST_CONVERTED = 18


def write(
    trained: Task,
    path: Path,
    opset: int = OPSET,
    batch_size: int | None = None,
    length: int | None = None,
) -> None:
    """Writes the ONNX file of a trained model.

    A model whose layers are all known (`export.onnx.layers`) is written node
    by node, a recurrent layer as one operator; any other is converted by
    tf2onnx, with a `ZooWarning` where that writes a loop over the steps.

    Args:
        trained: the model.
        path: the file.
        opset: version of the operators.
        batch_size: number of rows, `None` for any.
        length: number of steps, `None` for any.

    Raises:
        ConversionError: for an operation that ONNX lacks, or where a package
            is not installed.
    """
    try:
        model = native(trained.model, opset, batch_size, length)
    except Unknown as unknown:
        fixed = None not in (batch_size, length)
        model = converted(trained.model, opset, fixed)
        model = shapes.fixed(model, batch_size, length)
        warn_of_loop(model, unknown)
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    save(model, path)


def save(model: "ModelProto", path: Path) -> None:
    """Checks an `onnx.ModelProto` and writes it.

    What nothing needs is left out, and what has no name gets one.

    Raises:
        ConversionError: for a graph that is none.
    """
    import onnx

    unused.drop(model.graph)
    naming.complete(model.graph)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
    ) as error:
        raise ConversionError(
            f"ONNX cannot express this model: {error}"
        ) from error
    onnx.save(model, str(path))


def _axes(model) -> dict:
    """Axes of what goes into a whole model and comes out of it."""
    *before, vocabulary = model.outputs[0].shape
    names = ("batch", "time")[: len(before)]
    return {INPUT: ("batch", "time"), OUTPUT: (*names, vocabulary)}


def native(
    model: keras.Model,
    opset: int = OPSET,
    batch_size: int | None = None,
    length: int | None = None,
) -> "ModelProto":
    """A Keras model as an `onnx.ModelProto`, node by node.

    Args:
        model: from token ids to `logits`.
        opset: version of the operators.
        batch_size: number of rows, `None` for any.
        length: number of steps, `None` for any.

    Raises:
        Unknown: for a layer or a cell that has no form here.
    """
    from onnx import TensorProto

    graph = Graph(opset=opset)
    sizes = (batch_size, length)
    logits = layers.add(graph, model, INPUT, fixed=None not in sizes)
    graph.rename(logits, OUTPUT)
    axes = _axes(model)
    found = graph.model(
        [(INPUT, (TensorProto.INT32, axes[INPUT]))],
        [(OUTPUT, (TensorProto.FLOAT, axes[OUTPUT]))],
    )
    return shapes.fixed(found, *sizes)


def converted(
    model: keras.Model, opset: int = OPSET, fixed: bool = False
) -> "ModelProto":
    """The same through tf2onnx, which makes a loop of every recurrence.

    Args:
        model: from token ids to `logits`.
        opset: version of the operators.
        fixed: whether there is always at least one row and one step.

    Raises:
        ConversionError: as `from_function`.
    """
    import tensorflow as tf

    def from_ids(token_ids):
        return {OUTPUT: model(token_ids, training=False)["logits"]}

    signature = [tf.TensorSpec([None, None], tf.int32, INPUT)]
    axes = _axes(model)
    found = from_function(from_ids, signature, axes, opset)
    masked = any(getattr(one, "mask_zero", False) for one in model.layers)
    guarded.guard(found, INPUT, {OUTPUT: axes[OUTPUT]}, masked, fixed)
    return found


def warn_of_loop(model: keras.Model, unknown: Unknown) -> None:
    """Says that tf2onnx wrote a loop over the steps, if it did.

    Args:
        model: an `onnx.ModelProto` of tf2onnx.
        unknown: why it is not one of ours.
    """
    if {"Loop", "Scan"} & {node.op_type for node in model.graph.node}:
        warnings.warn(
            f"There is no ONNX form of {unknown}: tf2onnx wrote a loop over "
            "the steps instead, which computes the same, but slower. A cell's "
            "form is named where the cell is registered; see `onnx` and "
            "`output_is_state` in zoo/cells/registry.py.",
            ZooWarning,
            stacklevel=2,
        )


def from_function(
    function: Callable, signature: list, axes: dict, opset: int = OPSET
) -> "ModelProto":
    """A TensorFlow function as an `onnx.ModelProto`, through tf2onnx.

    Args:
        function: of tensors to a dict of tensors.
        signature: a `tf.TensorSpec` with a name for each of its arguments.
        axes: of each input and output: numbers, and names of free axes.
        opset: version of the operators.

    Raises:
        ConversionError: for an operation that ONNX lacks, for a version that
            tf2onnx does not write, or where tf2onnx is not installed.
    """
    if opset > _NEWEST_CONVERTED:
        raise ConversionError(
            "This model has a cell without an ONNX form, so `opset` must be "
            f"at most {_NEWEST_CONVERTED}. Received: {opset}"
        )
    try:
        import tf2onnx
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    import tensorflow as tf

    tf2onnx_expm1.register()
    graph = tf.function(function, input_signature=signature)
    try:
        with only_errors("tensorflow"):
            proto, _ = tf2onnx.convert.from_function(
                graph, input_signature=signature, opset=opset
            )
    except (ValueError, RuntimeError, NotImplementedError) as error:
        raise ConversionError(
            f"tf2onnx cannot convert this model: {error}"
        ) from error
    for value in (*proto.graph.input, *proto.graph.output):
        if value.name not in axes:
            raise ConversionError(
                f"The graph has an input or output {value.name!r}; it must "
                f"have {', '.join(axes)} only."
            )
        dimensions = value.type.tensor_type.shape.dim
        for dimension, axis in zip(dimensions, axes[value.name], strict=True):
            if isinstance(axis, str):
                dimension.dim_param = axis
    unused.drop(proto.graph)
    naming.by_order(proto)
    return proto


def _missing(error: ModuleNotFoundError) -> ConversionError:
    return ConversionError(
        f'ONNX needs {error.name}: pip install "recurrent-zoo[export]"'
    )
