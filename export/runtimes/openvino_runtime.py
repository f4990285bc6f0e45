"""OpenVINO on the processor, in float32, with the shapes as they come."""

from pathlib import Path
from typing import Any

import numpy as np

from export.errors import ConversionError
from export.onnx import checked_file
from export.runtimes import inputs, telemetry

# On processors that compute in bfloat16, that is its default; and matrices of
# whole numbers would be multiplied with inputs that are rounded to 8 bits.
_PRECISION = {
    "INFERENCE_PRECISION_HINT": "f32",
    "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
}


def version() -> str:
    """Of the package that is installed, without its number of a build."""
    return _imported().__version__.split("-")[0]


def open_file(path: Path) -> inputs.Run:
    """An ONNX file as a function of a dict to a dict.

    Raises:
        ConversionError: for a file that refers to others, or if OpenVINO
            refuses it, here or when it runs.
        InputError: when it runs, for inputs that it does not have.
    """
    openvino = _imported()
    content = checked_file.checked(path)
    names, types = inputs.declared(content)
    try:
        core = openvino.Core()
        compiled = core.compile_model(
            core.read_model(content), "CPU", _PRECISION
        )
    except RuntimeError as error:
        raise ConversionError(
            f"OpenVINO refuses {path.name}: {error}"
        ) from error

    def run(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        taken = inputs.of_file(given, types, path.name)
        try:
            outputs = compiled(taken, share_inputs=False)
        except RuntimeError as error:
            raise ConversionError(
                f"OpenVINO cannot run {path.name}: {error}"
            ) from error
        return {name: outputs[name] for name in names}

    return run


def _imported() -> Any:
    telemetry.refuse()
    try:
        import openvino
    except ModuleNotFoundError as error:
        raise ConversionError(
            f'OpenVINO needs {error.name}: pip install "recurrent-zoo[verify]"'
        ) from error
    except ImportError as error:
        raise ConversionError(f"OpenVINO does not start: {error}") from error
    return openvino
