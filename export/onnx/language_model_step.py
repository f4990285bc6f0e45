"""The step form of a language model as ONNX: one token, no loop at all.

It is written node by node where all its layers are known, else through
tf2onnx.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import keras

from export.onnx import convert, edges, shapes, stack_step, step_tokens
from export.onnx.convert import INPUT as IDS
from export.onnx.graph import Graph
from export.onnx.values import Unknown
from export.request import OPSET
from zoo.layers import Stacked
from zoo.models.layer_names import EMBEDDING, RECURRENT

if TYPE_CHECKING:
    from onnx import ModelProto

# Numbers of the element types in onnx.TensorProto.
_FLOAT, _INT32 = 1, 6


def write(
    step_model: keras.Model,
    axes: dict,
    path: Path,
    opset: int = OPSET,
    batch_size: int | None = None,
) -> None:
    """Writes one step of the model.

    Args:
        step_model: what `zoo.models.language_model.step_form` returned.
        axes: names and axes of what goes in and out.
        path: the file.
        opset: version of the operators.
        batch_size: number of rows, `None` for any.

    Raises:
        ConversionError: for an operation that ONNX lacks, or where a package
            is not installed.
    """
    try:
        model = native(step_model, axes, opset)
    except Unknown as unknown:
        model = _converted(step_model, axes, opset)
        convert.warn_of_loop(model, unknown)
    model = edges.checked_step(model, IDS, axes["inputs"])
    convert.save(shapes.fixed(model, batch_size), path)


def native(
    step_model: keras.Model, axes: dict, opset: int = OPSET
) -> "ModelProto":
    """One step as an `onnx.ModelProto`, node by node.

    Args:
        step_model: as of `write`, like the rest.
        axes: see there.
        opset: see there.

    Raises:
        Unknown: for a layer or a cell that has no form here.
    """
    stacked = step_model.get_layer(RECURRENT)
    if type(stacked) is not Stacked:
        raise Unknown(type(stacked).__name__)
    graph = Graph(opset=opset)
    states = [name for name in axes["inputs"] if name != IDS]
    x = step_tokens.vectors(graph, step_model.get_layer(EMBEDDING), IDS)
    y, following = stack_step.add(graph, stacked.recurrent_layers, x, states)
    logits = step_tokens.logits(graph, step_model, EMBEDDING, y)
    for value, name in zip((logits, *following), axes["outputs"], strict=True):
        graph.rename(value, name)
    return graph.model(
        [
            (name, (_INT32 if name == IDS else _FLOAT, shape))
            for name, shape in axes["inputs"].items()
        ],
        [(name, (_FLOAT, shape)) for name, shape in axes["outputs"].items()],
    )


def _converted(step_model, axes, opset):
    """The same through tf2onnx."""
    import tensorflow as tf

    signature = {
        name: tf.TensorSpec(
            [None if axis == "batch" else axis for axis in shape],
            tf.int32 if name == IDS else tf.float32,
            name,
        )
        for name, shape in axes["inputs"].items()
    }

    def step(*values):
        inputs = dict(zip(signature, values, strict=True))
        outputs = step_model(inputs, training=False)
        states = {
            f"next_{name}": outputs[name] for name in signature if name != IDS
        }
        return {"logits": outputs["logits"][:, 0], **states}

    named = {**axes["inputs"], **axes["outputs"]}
    return convert.from_function(step, [*signature.values()], named, opset)
