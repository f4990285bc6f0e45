"""What goes into a file, whichever runtime opens it: names and numbers.

Runtimes differ in what they take: one converts every type without a word,
another computes with what an input had before where one is left out.
"""

from collections.abc import Callable, Mapping

import numpy as np

from zoo.errors import InputError

# A file that was opened: arrays by the names of inputs, to arrays by the names
# of outputs.
Run = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]


def declared(content: bytes) -> tuple[list[str], dict[str, np.dtype]]:
    """The names of what comes out of an ONNX file, the types of what goes in.

    Args:
        content: what `export.onnx.checked_file.checked` returned.
    """
    import onnx

    graph = onnx.load_model_from_string(content).graph
    constants = {tensor.name for tensor in graph.initializer}
    types = {
        value.name: onnx.helper.tensor_dtype_to_np_dtype(
            value.type.tensor_type.elem_type
        )
        for value in graph.input
        if value.name not in constants
    }
    return [value.name for value in graph.output], types


def of_file(
    inputs: Mapping[str, np.ndarray], types: Mapping[str, np.dtype], name: str
) -> dict[str, np.ndarray]:
    """The inputs of a file, whole numbers in the width that it declares.

    Args:
        inputs: arrays by their names.
        types: of each input that the file has, its element type.
        name: of the file, for messages.

    Raises:
        InputError: where an input is missing or unknown, or holds another kind
            of numbers, or whole numbers beyond that width.
    """
    if inputs.keys() != types.keys():
        raise InputError(
            f"`inputs` of {name} must be {', '.join(types)}. Received: "
            f"{', '.join(inputs) or 'none'}"
        )
    taken = {}
    for key, kind in types.items():
        array = np.asarray(inputs[key])
        if array.dtype.kind != kind.kind:
            raise InputError(
                f"`{key}` of {name} must be {kind}. Received: {array.dtype}"
            )
        taken[key] = array.astype(kind, copy=False)
        # A cast would leave out the upper bits without a word.
        if kind.kind == "i" and not np.array_equal(taken[key], array):
            raise InputError(
                f"`{key}` of {name} must be whole numbers within {kind}. "
                f"Received: up to {np.abs(array).max()}"
            )
    return taken
