"""LiteRT's interpreter on the processor, with its built-in operators."""

from pathlib import Path
from typing import Any

import numpy as np

from export.errors import ConversionError
from export.runtimes import inputs
from zoo.backend.quiet_import import quiet
from zoo.io.files import read_plain

# What a flat buffer can hold.
_LARGEST = (1 << 31) - 1


def version() -> str:
    """Of the package that is installed."""
    _imported()
    import ai_edge_litert

    return ai_edge_litert.__version__


def open_file(path: Path, signature: str | None = None) -> inputs.Run:
    """A LiteRT file as a function of a dict to a dict.

    Args:
        path: of the file.
        signature: which of its signatures, where it has several.

    Raises:
        ConversionError: if the interpreter refuses it, here or when it runs.
        InputError: when it runs, for inputs that it does not have.
    """
    interpreter = _imported()
    content = read_plain(path, _LARGEST)
    try:
        opened = interpreter.Interpreter(model_content=content)
        # Else the first run would say which delegate it has.
        with quiet():
            opened.allocate_tensors()
        runner = opened.get_signature_runner(signature)
    except (RuntimeError, ValueError) as error:
        raise ConversionError(f"LiteRT refuses {path.name}: {error}") from error
    types = {
        name: np.dtype(about["dtype"])
        for name, about in runner.get_input_details().items()
    }

    def run(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        taken = inputs.of_file(given, types, path.name)
        try:
            return runner(**taken)
        except (RuntimeError, ValueError) as error:
            raise ConversionError(
                f"LiteRT cannot run {path.name}: {error}"
            ) from error

    return run


def _imported() -> Any:
    try:
        from ai_edge_litert import interpreter
    except ModuleNotFoundError as error:
        raise ConversionError(
            f'LiteRT needs {error.name}: pip install "recurrent-zoo[verify]"'
        ) from error
    except ImportError as error:
        raise ConversionError(f"LiteRT does not start: {error}") from error
    return interpreter
