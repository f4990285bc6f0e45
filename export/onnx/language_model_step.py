"""The step form of a language model as ONNX: one token, no loop at all."""

from pathlib import Path

import keras

from export.onnx import convert, edges
from export.onnx.convert import INPUT as IDS


def write(step_model: keras.Model, axes: dict, path: Path) -> None:
    """Writes one step of the model.

    Args:
        step_model: what `zoo.models.language_model.step_form` returned.
        axes: names and axes of what goes in and out.
        path: the file.

    Raises:
        ConversionError: for an operation that ONNX lacks, or where a package
            is not installed.
    """
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
    model = convert.from_function(step, list(signature.values()), named)
    convert.save(edges.checked_step(model, IDS, axes["inputs"]), path)
