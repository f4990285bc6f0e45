"""ONNX Runtime on the processor: what every ONNX file is made for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from export.errors import ConversionError
from export.onnx import checked_file
from export.runtimes import inputs, telemetry
from zoo.errors import InputError

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


def from_ids(
    path: Path, padded: bool = True
) -> Callable[[np.ndarray], np.ndarray]:
    """A file from ids to logits as a function of arrays.

    Args:
        path: of the file.
        padded: whether 0 is padding; to a language model, it is what stands
            between two texts.

    Raises:
        ConversionError: as `open_file`.
        InputError: when it runs, for `padded` ids that are not right-padded.
    """
    # It needs Keras, which opening a file does not.
    from export.onnx.convert import INPUT, OUTPUT

    call = open_file(path)

    def run(ids):
        if padded and (np.diff((ids != 0).astype("int8"), axis=1) > 0).any():
            # The operators know the length of a row, not where it starts.
            raise InputError(
                "`token_ids` must be padded with 0 on the right. Received a "
                "row with a 0 before a token; move its padding to the end."
            )
        return call({INPUT: ids})[OUTPUT]

    return run


def session(path: Path) -> tuple[Any, tuple[type[Exception], ...]]:
    """An `onnxruntime.InferenceSession` of a file, and the errors of its `run`.

    Raises:
        ConversionError: for a file that refers to others, or that ONNX Runtime
            refuses.
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
        # Of its bytes, so that what was looked at is what is opened.
        opened = onnxruntime.InferenceSession(
            checked_file.checked(path), providers=["CPUExecutionProvider"]
        )
    except refusals as error:
        raise ConversionError(
            f"ONNX Runtime refuses {path.name}: {error}"
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
    # On Windows, where the variable means nothing.
    onnxruntime.disable_telemetry_events()
    return onnxruntime
