"""LiteRT's interpreter on the processor, with its built-in operators.

Without XNNPACK, the delegate that it has by default: with it, the first answer
at a new length is now and then a wrong one (docs/exports/litert.md).
"""

from pathlib import Path
from typing import Any

import numpy as np

from export.errors import ConversionError
from export.runtimes import inputs
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
        kinds = interpreter.OpResolverType
        opened = interpreter.Interpreter(
            model_content=content,
            experimental_op_resolver_type=kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
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
