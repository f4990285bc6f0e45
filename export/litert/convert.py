"""A function of tensors as a .tflite file of builtin operators alone."""

import tempfile

from export.errors import ConversionError
from export.litert import file_format
from export.litert.forms import SOURCE, TARGET, TOKENS, Form
from zoo.backend.quiet_loggers import only_errors

# The one function of a file, by the name that the converter gives it.
SIGNATURE = "serving_default"


def converted(form: Form, weights: str | None = None) -> bytes:
    """What the file holds.

    Args:
        form: what to convert.
        weights: what matrices of at least 1,024 numbers are stored as, one of
            `export.WEIGHTS`, or `None` for float32. With int8, LiteRT rounds
            what they are multiplied with to 8 bits too, step by step.

    Raises:
        ConversionError: for an operation that LiteRT has no builtin operator
            for.
    """
    import tensorflow as tf
    from tensorflow.lite.python.convert import ConverterError

    signature = [
        tf.TensorSpec(
            shape,
            tf.int32 if name in (TOKENS, SOURCE, TARGET) else "float32",
            name,
        )
        for name, shape in form.axes.items()
    ]
    module = tf.Module()
    # What the function reads must be part of what is saved.
    module.weights = [variable.value for variable in form.model.variables]
    function = tf.function(
        form.function, input_signature=signature, autograph=False
    )
    # Only of a SavedModel does the converter know an LSTM as one operator.
    with tempfile.TemporaryDirectory() as folder, only_errors("tensorflow"):
        concrete = function.get_concrete_function()
        tf.saved_model.save(module, folder, signatures=concrete)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if weights is not None:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if weights == "float16":
            converter.target_spec.supported_types = [tf.float16]
        try:
            content = converter.convert()
        except ConverterError as error:
            raise ConversionError(
                f"LiteRT cannot express this model: {error}"
            ) from error
    return file_format.without_cell_clip(content)
