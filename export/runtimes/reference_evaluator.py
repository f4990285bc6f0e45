"""ONNX's reference evaluator: what its standard says, operator by operator.

It computes in Python and NumPy, some hundred times slower than a runtime.
"""

from pathlib import Path

import numpy as np

from export.errors import ConversionError
from export.onnx import checked_file
from export.runtimes import inputs

# Python's own errors are what its operators raise, whatever is wrong.
_REFUSALS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def version() -> str:
    """Of the package that is installed."""
    import onnx

    return onnx.__version__


def open_file(path: Path) -> inputs.Run:
    """An ONNX file as a function of a dict to a dict.

    Raises:
        ConversionError: for a file that refers to others, or if an operator
            is not known to it or fails, here or when it runs.
        InputError: when it runs, for inputs that it does not have.
    """
    import onnx
    from onnx.reference import ReferenceEvaluator

    content = checked_file.checked(path)
    names, types = inputs.declared(content)
    try:
        evaluator = ReferenceEvaluator(onnx.load_model_from_string(content))
    except _REFUSALS as error:
        raise ConversionError(
            f"ONNX's reference evaluator refuses {path.name}: {error}"
        ) from error

    def run(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        taken = inputs.of_file(given, types, path.name)
        try:
            # Its sigmoid overflows on the way to 0, which is right.
            with np.errstate(all="ignore"):
                outputs = evaluator.run(names, taken)
        except _REFUSALS as error:
            raise ConversionError(
                f"ONNX's reference evaluator cannot run {path.name}: {error}"
            ) from error
        return dict(zip(names, outputs, strict=True))

    return run
