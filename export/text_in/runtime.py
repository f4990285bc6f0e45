"""ONNX Runtime with the operators of onnxruntime-extensions, run for a proof.

In a process of its own, by the script that travels with the export: where
TensorFlow is loaded, its library and that of onnxruntime-extensions take
functions of each other (both hold RE2, SentencePiece), and answers are wrong
or the process ends.
"""

import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from export.errors import ConversionError

SCRIPT = Path(__file__).parents[1] / "standalone" / "text_in.py"
PACKAGE = "onnxruntime-extensions"
# Lists of texts to answers, as JSON, a line each. By the script as a module,
# which refuses telemetry before it imports ONNX Runtime.
_CHILD = """
import sys

sys.path[:] = [path for path in sys.path if path]
import json, runpy

script, model = sys.argv[1:]
run = runpy.run_path(script)["TextIn"](model)
for line in sys.stdin:
    found = run(json.loads(line))
    print(json.dumps({name: value.tolist() for name, value in found.items()}))
"""


def version() -> str:
    """The version of onnxruntime-extensions.

    Raises:
        ConversionError: where it is not installed.
    """
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError as error:
        raise ConversionError(
            f'`text_in` needs {PACKAGE}: pip install "recurrent-zoo[verify]"'
        ) from error


def answers(
    model: Path, batches: Sequence[Sequence[str]]
) -> list[dict[str, np.ndarray]]:
    """What a file answers.

    Args:
        model: an ONNX file from `text`.
        batches: texts, those of a list at once.

    Returns:
        For each batch a dict of arrays, numbers as float64 or int64.

    Raises:
        ConversionError: if ONNX Runtime refuses the file, or cannot run it.
    """
    # No lone surrogates; JSON keeps the rest in ASCII.
    lines = [json.dumps(list(batch)) for batch in batches]
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(SCRIPT), str(model)],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        # The last line of a traceback, or nothing where the process died.
        said = done.stderr.strip().splitlines()[-1:] or ["it ended"]
        raise ConversionError(
            f"ONNX Runtime cannot run {model.name} (exit code "
            f"{done.returncode}): {said[0][:500]}"
        )
    return [
        {name: np.array(value) for name, value in json.loads(line).items()}
        for line in done.stdout.splitlines()
    ]
