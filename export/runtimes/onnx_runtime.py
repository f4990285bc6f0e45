"""ONNX Runtime on the processor: what every ONNX file is made for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from export.errors import ConversionError
from export.onnx import checked_file
from export.runtimes import inputs, telemetry

# Of those that a file of ours may declare.
_TYPES = {
    "tensor(float)": "float32",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}


def version() -> str:
    """Of the package that is installed."""
    return _imported().__version__


def open_file(path: Path) -> inputs.Run:
    """An ONNX file as a function of a dict to a dict.

    Raises:
        ConversionError: for a file that refers to others, or if ONNX Runtime
            refuses it, here or when it runs.
        InputError: when it runs, for inputs that it does not have.
    """
    opened, refusals = session(path)
    names = [output.name for output in opened.get_outputs()]
    types = {
        one.name: np.dtype(_TYPES.get(one.type, "O"))
        for one in opened.get_inputs()
    }

    def run(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        taken = inputs.of_file(given, types, path.name)
        try:
            outputs = opened.run(names, taken)
        except refusals as error:
            raise ConversionError(
                f"ONNX Runtime cannot run {path.name}: {error}"
            ) from error
        return dict(zip(names, outputs, strict=True))

    return run


def from_ids(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """A file from ids to logits as a function of arrays.

    Raises:
        ConversionError: as `open_file`.
    """
    # It needs Keras, which opening a file does not.
    from export.onnx.convert import INPUT, OUTPUT

    call = open_file(path)
    return lambda ids: call({INPUT: ids})[OUTPUT]


def session(path: Path) -> tuple[Any, tuple[type[Exception], ...]]:
    """An `onnxruntime.InferenceSession` of a file, and the errors of its `run`.

    Raises:
        ConversionError: for a file that refers to others, or that ONNX Runtime
            refuses.
    """
    _imported()
    # Of its bytes, so that what was looked at is what is opened.
    return session_of(checked_file.checked(path), path.name)


def session_of(
    content: bytes, name: str
) -> tuple[Any, tuple[type[Exception], ...]]:
    """The same of the bytes of a file, which must not refer to others.

    Args:
        content: of the file.
        name: of the file, for messages.

    Raises:
        ConversionError: if ONNX Runtime is missing, or refuses it.
    """
    onnxruntime = _imported()
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
        opened = onnxruntime.InferenceSession(
            content, providers=["CPUExecutionProvider"]
        )
    except refusals as error:
        raise ConversionError(
            f"ONNX Runtime refuses {name}: {error}"
        ) from error
    return opened, refusals


def _imported() -> Any:
    telemetry.refuse()
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise ConversionError(
            f'ONNX needs {error.name}: pip install "recurrent-zoo[export]"'
        ) from error
    except ImportError as error:
        raise ConversionError(
            f"ONNX Runtime does not start: {error}"
        ) from error
    # On Windows, where the variable means nothing.
    onnxruntime.disable_telemetry_events()
    return onnxruntime
