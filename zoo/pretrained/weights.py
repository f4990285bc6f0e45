"""How weights are written into `model.safetensors`, and read again.

A weight stands there under the path of its variable. A run folder has it as it
is, in float32; a pretrained folder in one of two forms:

`float16`  every number rounded to 16 bits
`int8`     a matrix `W` is a scale `s` for each of its rows, or for each of its
           columns, and whole numbers `Q` from -127 to 127, so that

               s = max |W| / 127        over the row or column
               Q = round(W / s)         and W is read as Q * s

           and no number is off by more than `s / 2`. `Q` stands under the path,
           `s` (float32) under the path and `:scale`, of shape `(rows, 1)` or
           `(1, columns)`: for each matrix the one of the two that errs less.
           A scale goes with 16 numbers at least, or it would cost more than
           it saves. What is small is float16 as above: what is no matrix, and
           what has few rows or columns and fewer than 65,536 numbers.

Embeddings come out with a scale for each token, the kernels of cells with one
for each column: their gates differ in size. In the three models that shipped
first this is 0.6 % of the weights' norm for `imdb_gru_base` (columns
throughout: 1.1 %) and 0.7 % for `shakespeare_lstm_base` (rows: 0.9 %).

The dtypes alone say which form was written, so a reader need not be told.
"""

from collections.abc import Iterator

import keras
import numpy as np
import safetensors.numpy

from zoo.argument_checks import one_of
from zoo.errors import PretrainedError
from zoo.pretrained.limits import FORMS as FORMS

_SCALE = ":scale"
# Below this a scale for each row or column costs more than it saves.
_FEWEST = 16
# A matrix with fewer rows or columns than that is small below this.
_SMALL = 65_536
_LARGEST = 127
_LARGEST_SCALE = 1e36


def write(weights: dict[str, np.ndarray], form: str) -> bytes:
    """The content of a safetensors file.

    Args:
        weights: arrays of floats by the path of their variable.
        form: `float16` or `int8`.

    Raises:
        InputError: for another form.
        PretrainedError: for a weight that is not finite.
    """
    one_of("weights", form, FORMS)
    arrays = {}
    for path, weight in weights.items():
        if form == "int8" and _worth_it(weight):
            arrays[path], arrays[path + _SCALE] = _to_int8(path, weight)
        else:
            arrays[path] = weight.astype("float16")
    return _content(arrays)


def exact(weights: dict[str, np.ndarray]) -> bytes:
    """The content of a safetensors file of every number as it is, float32."""
    return _content(
        {p: weight.astype("float32") for p, weight in weights.items()}
    )


def _content(arrays):
    # The library writes memory as it lies, also that of a transposed array.
    return safetensors.numpy.save(
        {path: np.ascontiguousarray(array) for path, array in arrays.items()}
    )


def shapes(
    arrays: dict[str, np.ndarray], what: str
) -> dict[str, tuple[int, ...]]:
    """The shape of each weight by its path, without its numbers.

    Args:
        arrays: from `zoo.io.safetensors_reader.read`.
        what: the file's name in messages.

    Raises:
        PretrainedError: for a scale that is missing, one too many, or of
            another type or shape.
    """
    found = {}
    for path, array in arrays.items():
        of = arrays.get(path.removesuffix(_SCALE))
        scale = arrays.get(path + _SCALE)
        if path.endswith(_SCALE):
            if of is None or of.dtype != "int8" or of is array:
                raise PretrainedError(f"{what}: weight {path} is one too many.")
            continue
        found[path] = array.shape
        if array.dtype != "int8":
            continue
        if scale is None:
            raise PretrainedError(f"{what}: weight {path}{_SCALE} is missing.")
        if (
            array.ndim != 2
            or scale.dtype != "float32"
            or scale.shape not in [(len(array), 1), (1, array.shape[1])]
        ):
            raise PretrainedError(
                f"{what}: weight {path}{_SCALE} must be F32 with a number for "
                f"each row or column of {array.shape}. Received: "
                f"{scale.dtype} of shape {scale.shape}"
            )
    return found


def check_numbers(arrays: dict[str, np.ndarray], what: str) -> None:
    """Refuses numbers that no model has, before one is built for them.

    Args:
        arrays: from `zoo.io.safetensors_reader.read`.
        what: the file's name in messages.

    Raises:
        PretrainedError: for a weight that is not finite, or a scale that is
            not above 0, or so large that its weights would not be finite.
    """
    for path, array in arrays.items():
        if not np.isfinite(array).all():
            raise PretrainedError(f"{what}: weight {path} is not finite.")
        if (
            path.endswith(_SCALE)
            and not ((array > 0) & (array < _LARGEST_SCALE)).all()
        ):
            raise PretrainedError(
                f"{what}: weight {path} must be above 0 and below "
                f"{_LARGEST_SCALE:g}."
            )


def read(arrays: dict[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """The weights that `write` wrote: one path and array after the other.

    Args:
        arrays: from `zoo.io.safetensors_reader.read`, checked by `shapes` and
            `check_numbers`.
    """
    for path, array in arrays.items():
        if path.endswith(_SCALE):
            continue
        weight = array.astype("float32")
        if array.dtype == "int8":
            weight *= arrays[path + _SCALE]
        yield path, weight


def check(
    wanted: dict[str, tuple[int, ...]],
    found: dict[str, tuple[int, ...]],
    what: str,
) -> None:
    """Refuses weights that do not fit a model in every name and shape.

    Args:
        wanted: the shapes of the model's weights by their paths.
        found: those of the file.
        what: the file's name in messages.

    Raises:
        PretrainedError: for a weight that is missing, one too many, or of
            another shape.
    """
    for path in sorted(wanted.keys() ^ found.keys()):
        there = "missing" if path in wanted else "one too many"
        raise PretrainedError(f"{what}: weight {path[:200]} is {there}.")
    for path, shape in wanted.items():
        if found[path] != shape:
            raise PretrainedError(
                f"{what}: weight {path} must have shape {shape}. "
                f"Received: {found[path]}"
            )


def assign(
    model: keras.Model, arrays: dict[str, np.ndarray], what: str
) -> None:
    """Gives the model the weights of a safetensors file.

    Args:
        model: whose weights are to be those.
        arrays: from `zoo.io.safetensors_reader.read`.
        what: the file's name in messages.

    Raises:
        PretrainedError: for scales or weights that do not fit; the model is
            then as it was.
    """
    variables = {v.path: v for v in model.weights}
    wanted = {path: tuple(v.shape) for path, v in variables.items()}
    check(wanted, shapes(arrays, what), what)
    check_numbers(arrays, what)
    for path, weight in read(arrays):
        variables[path].assign(weight)


def _worth_it(weight):
    if weight.ndim != 2:
        return False
    return min(weight.shape) >= _FEWEST or weight.size >= _SMALL


def _to_int8(path, weight):
    """Whole numbers and scales, by rows or by columns."""
    weight = weight.astype("float32")
    if not np.isfinite(weight).all():
        raise PretrainedError(f"Weight {path} is not finite.")
    forms = []
    for axis in (1, 0):
        if weight.shape[axis] < _FEWEST:
            continue
        scale = np.abs(weight).max(axis, keepdims=True) / np.float32(_LARGEST)
        # Zeros alone, or numbers too small to divide by.
        scale[scale < np.finfo("float32").tiny] = 1
        whole = np.rint(weight / scale)
        error = np.square(whole * scale - weight).sum()
        forms.append((error, axis, whole, scale))
    *_, whole, scale = min(forms, key=lambda form: form[:2])
    return whole.astype("int8"), scale
