"""The ONNX file of a classifier from which `zoo predict` answers.

`zoo.pretrained.onnx_cache` keeps it. Writing it needs Keras, onnx and
onnxruntime; opening it needs onnxruntime alone. So it is looked through for
references to other files without onnx, whose import takes longer than all of
the rest here: a reference names its file under the key `location`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from export.errors import ConversionError, MismatchError
from export.request import OPSET
from export.runtimes import onnx_runtime

if TYPE_CHECKING:
    import numpy as np

    from zoo.tasks import TextClassifier

_REFERENCE = b"location"


def made_by() -> dict[str, str | int]:
    """What a file depends on beside its model and this package.

    Raises:
        ConversionError: where onnxruntime is not installed, or does not start.
    """
    return {"onnxruntime": onnx_runtime.version(), "opset": OPSET}


def write(trained: "TextClassifier", path: Path) -> dict[str, float | str]:
    """Writes the file, opens it again and compares it with the model.

    Args:
        trained: the classifier.
        path: of the file.

    Returns:
        `largest_difference` of a logit; or, as `refused`, why the model has no
        such file: a layer or a cell without an ONNX form, or other numbers.

    Raises:
        ConversionError: where a package is not installed.
    """
    from export.onnx import convert
    from export.onnx.values import Unknown

    try:
        file = convert.native(trained.model)
    except Unknown as unknown:
        return {"refused": f"There is no ONNX form of {unknown}."}
    except ModuleNotFoundError as error:
        raise ConversionError(
            f'ONNX needs {error.name}: pip install "recurrent-zoo[export]"'
        ) from error
    try:
        convert.save(file, path)
        return {"largest_difference": _difference(trained, path)}
    except (ConversionError, MismatchError) as error:
        return {"refused": str(error)}


def _difference(trained: "TextClassifier", path: Path) -> float:
    from export import verify
    from zoo.text.ids import pad

    ids = verify.example_ids(trained.tokenizer.size)
    ids += [pad([trained.tokenizer.encode(text)]) for text in verify.TEXTS]
    return verify.largest_difference(
        "The ONNX file",
        opened(path.read_bytes(), path.name),
        # Compiled already, where it has answered.
        trained._logits,
        ids,
        verify.ONNX_TOLERANCE,
    )


def opened(content: bytes, name: str) -> "Callable[[np.ndarray], np.ndarray]":
    """A function of ids to logits.

    Args:
        content: of the file.
        name: of the file, for messages.

    Raises:
        ConversionError: for a file that may refer to others, or that ONNX
            Runtime refuses, here or when it runs.
    """
    if _REFERENCE in content:
        raise ConversionError(f"{name} may refer to another file.")
    session, refusals = onnx_runtime.session_of(content, name)
    (given,) = session.get_inputs()

    def run(ids):
        try:
            (logits,) = session.run(None, {given.name: ids})
        except refusals as error:
            raise ConversionError(
                f"ONNX Runtime cannot run {name}: {error}"
            ) from error
        return logits

    return run
