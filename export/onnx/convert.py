"""An ONNX file: ids in, logits out, batch and time free."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from export.errors import ConversionError
from export.onnx import checked_file, layers, tf2onnx_expm1
from export.onnx.graph import Graph
from export.onnx.values import Unknown
from export.request import OPSET
from zoo.backend.quiet_loggers import only_errors
from zoo.errors import InputError, ZooWarning
from zoo.tasks import Task

if TYPE_CHECKING:
    from onnx import ModelProto

INPUT, OUTPUT = "token_ids", "logits"


def write(trained: Task, path: Path) -> None:
    """Writes the ONNX file of a trained model.

    A model whose layers are all known (`export.onnx.layers`) is written node
    by node, a recurrent layer as one operator; any other is converted by
    tf2onnx, with a `ZooWarning` where that writes a loop over the steps.

    Raises:
        ConversionError: for an operation that ONNX lacks, or where a package
            is not installed.
    """
    try:
        model = native(trained.model)
    except Unknown as unknown:
        model = converted(trained.model)
        warn_of_loop(model, unknown)
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    save(model, path)


def save(model: "ModelProto", path: Path) -> None:
    """Checks an `onnx.ModelProto` and writes it.

    Raises:
        ConversionError: for a graph that is none.
    """
    import onnx

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


def native(model: keras.Model) -> "ModelProto":
    """A Keras model as an `onnx.ModelProto`, node by node.

    Raises:
        Unknown: for a layer or a cell that has no form here.
    """
    from onnx import TensorProto

    graph = Graph()
    graph.rename(layers.add(graph, model, INPUT), OUTPUT)
    axes = _axes(model)
    return graph.model(
        [(INPUT, (TensorProto.INT32, axes[INPUT]))],
        [(OUTPUT, (TensorProto.FLOAT, axes[OUTPUT]))],
        OPSET,
    )


def converted(model: keras.Model) -> "ModelProto":
    """The same through tf2onnx, which makes a loop of every recurrence.

    Raises:
        ConversionError: as `from_function`.
    """
    import tensorflow as tf

    def from_ids(token_ids):
        return {OUTPUT: model(token_ids, training=False)["logits"]}

    signature = [tf.TensorSpec([None, None], tf.int32, INPUT)]
    return from_function(from_ids, signature, _axes(model))


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
    function: Callable, signature: list, axes: dict
) -> "ModelProto":
    """A TensorFlow function as an `onnx.ModelProto`, through tf2onnx.

    Args:
        function: of tensors to a dict of tensors.
        signature: a `tf.TensorSpec` with a name for each of its arguments.
        axes: of each input and output: numbers, and names of free axes.

    Raises:
        ConversionError: for an operation that ONNX lacks, or where tf2onnx
            is not installed.
    """
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
                graph, input_signature=signature, opset=OPSET
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
    return proto


def _missing(error: ModuleNotFoundError) -> ConversionError:
    return ConversionError(
        f'ONNX needs {error.name}: pip install "recurrent-zoo[export]"'
    )


def read(path: Path, padded: bool = True) -> Callable[[np.ndarray], np.ndarray]:
    """The file in ONNX Runtime, as a function of ids to logits.

    Args:
        path: of the file.
        padded: whether 0 is padding; to a language model, it is what stands
            between two texts.

    Raises:
        ConversionError: if ONNX Runtime refuses it, here or when it runs.
        InputError: when it runs, for `padded` ids that are not right-padded.
    """
    _, call = session(path)

    def run(ids):
        if padded and (np.diff((ids != 0).astype("int8"), axis=1) > 0).any():
            # The operators know the length of a row, not where it starts.
            raise InputError(
                "`token_ids` must be padded with 0 on the right. Received a "
                "row with a 0 before a token; move its padding to the end."
            )
        return call([OUTPUT], {INPUT: ids})[0]

    return run


def session(path: Path) -> tuple:
    """A file in ONNX Runtime, and a function that runs it.

    Returns:
        The `onnxruntime.InferenceSession`, and its `run` with the errors of
        this package.

    Raises:
        ConversionError: for a file that refers to others, or if ONNX Runtime
            refuses it, here or when it runs.
    """
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    # ONNX Runtime's errors have no class of their own in common.
    refusals = (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NotImplemented,
        state.RuntimeException,
    )
    try:
        # Of its bytes, so that what was looked at is what is opened.
        opened = onnxruntime.InferenceSession(
            checked_file.checked(path), providers=["CPUExecutionProvider"]
        )
    except refusals as error:
        raise ConversionError(
            f"ONNX Runtime refuses {path.name}: {error}"
        ) from error

    def run(names, inputs):
        try:
            return opened.run(names, inputs)
        except refusals as error:
            raise ConversionError(
                f"ONNX Runtime cannot run {path.name}: {error}"
            ) from error

    return opened, run
