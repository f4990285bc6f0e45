"""How weights are written into `model.safetensors`, and read again.

A weight stands there under the path of its variable, in one of two forms:

`float16`  every number rounded to 16 bits
`int8`     a matrix `W` is a scale `s` for each of its rows, or for each of its
           columns, and whole numbers `Q` from -127 to 127, so that

               s = max |W| / 127        over the row or column
               Q = round(W / s)         and W is read as Q * s

           and no number is off by more than `s / 2`. `Q` stands under the path,
           `s` (float32) under the path and `:scale`, of shape `(rows, 1)` or
           `(1, columns)`: for each matrix the one of the two that errs less.
           What is small (biases, and what else has few rows or columns) is
           float16 as above.

Embeddings come out with a scale for each token, the kernels of cells with one
for each column: their gates differ in size. In the three models that shipped
first this is 0.6 % of the weights' norm for `imdb_gru_base` (columns
throughout: 1.1 %) and 0.7 % for `shakespeare_lstm_base` (rows: 0.9 %).

The dtypes alone say which form was written, so a reader need not be told.
"""

import keras
import numpy as np
import safetensors.numpy

from zoo.errors import PretrainedError
from zoo.names import one_of

# The format of a folder by the form of its weights: a reader that knows
# format 1 alone refuses the other one by its number.
FORMATS = {"float16": 1, "int8": 2}
_SCALE = ":scale"
# Below this a scale for each row or column costs more than it saves.
_FEWEST = 16
_LARGEST = 127


def write(weights: dict[str, np.ndarray], form: str) -> bytes:
    """The content of a safetensors file.

    Args:
        weights: arrays of floats by the path of their variable.
        form: `float16` or `int8`.

    Raises:
        InputError: for another form.
        PretrainedError: for a weight that is not finite.
    """
    one_of("weights", form, FORMATS)
    arrays = {}
    for path, weight in weights.items():
        if form == "int8" and weight.ndim == 2 and min(weight.shape) >= _FEWEST:
            arrays[path], arrays[path + _SCALE] = _to_int8(path, weight)
        else:
            arrays[path] = weight.astype("float16")
    # The library writes memory as it lies, also that of a transposed array.
    return safetensors.numpy.save(
        {path: np.ascontiguousarray(array) for path, array in arrays.items()}
    )


def read(content: bytes) -> dict[str, np.ndarray]:
    """The weights that `write` wrote, by the path of their variable.

    Raises:
        PretrainedError: for what is no safetensors file, and for a scale that
            is missing, one too many, of another shape, or not above 0.
    """
    try:
        arrays = safetensors.numpy.load(content)
    except safetensors.SafetensorError as error:
        raise PretrainedError(f"It cannot be read: {error}") from error
    weights = {}
    for path, array in arrays.items():
        if path.endswith(_SCALE):
            whole = arrays.get(path.removesuffix(_SCALE))
            if whole is None or whole.dtype != np.int8:
                raise PretrainedError(f"Weight {path} is one too many.")
        elif array.dtype == np.int8:
            scale = arrays.get(path + _SCALE)
            if scale is None:
                raise PretrainedError(f"Weight {path}{_SCALE} is missing.")
            weights[path] = _from_int8(path, array, scale)
        elif array.dtype in (np.float16, np.float32):
            weights[path] = array.astype("float32")
        else:
            raise PretrainedError(f"Weight {path} is {array.dtype}.")
    return weights


def assign(model: keras.Model, weights: dict[str, np.ndarray]) -> None:
    """Gives the model weights that fit it in every name and shape.

    Raises:
        PretrainedError: for a weight that is missing, one too many, of another
            shape, or not finite.
    """
    variables = {v.path: v for v in model.weights}
    for path in sorted(variables.keys() ^ weights.keys()):
        there = "missing" if path in variables else "one too many"
        raise PretrainedError(f"Weight {path} is {there}.")
    for path, variable in variables.items():
        weight = weights[path]
        if weight.shape != tuple(variable.shape):
            raise PretrainedError(
                f"Weight {path} must have shape {tuple(variable.shape)}. "
                f"Received: {weight.shape}"
            )
        if not np.isfinite(weight).all():
            raise PretrainedError(f"Weight {path} is not finite.")
        variable.assign(weight)


def _to_int8(path, weight):
    """Whole numbers and scales, by rows or by columns."""
    weight = weight.astype("float32")
    if not np.isfinite(weight).all():
        raise PretrainedError(f"Weight {path} is not finite.")
    forms = []
    for axis in (1, 0):
        scale = np.abs(weight).max(axis, keepdims=True) / np.float32(_LARGEST)
        # Zeros alone, or numbers too small to divide by.
        scale[scale < np.finfo("float32").tiny] = 1
        whole = np.rint(weight / scale)
        error = np.square(whole * scale - weight).sum()
        forms.append((error, axis, whole, scale))
    *_, whole, scale = min(forms, key=lambda form: form[:2])
    return whole.astype("int8"), scale


def _from_int8(path, array, scale):
    """The matrix of whole numbers and scales, after a check of the scales."""
    shapes = []
    if array.ndim == 2:
        shapes = [(array.shape[0], 1), (1, array.shape[1])]
    if scale.dtype != np.float32 or scale.shape not in shapes:
        raise PretrainedError(
            f"Weight {path}{_SCALE} must be float32 with a number for each row "
            f"or column of {array.shape}. Received: {scale.dtype} of shape "
            f"{scale.shape}"
        )
    if not (np.isfinite(scale) & (scale > 0)).all():
        raise PretrainedError(f"Weight {path}{_SCALE} must be above 0.")
    # More than a float32 holds becomes infinite, which `assign` refuses.
    with np.errstate(over="ignore"):
        return array.astype("float32") * scale
