"""Answers with text_in.onnx: texts in, labels or translations out.

Needs Python, NumPy, onnxruntime and onnxruntime-extensions alone. Not in a
process that has imported TensorFlow: the libraries of the two disturb each
other, and answers may be wrong.
"""

import argparse
import io
import json
import os
import sys
from pathlib import Path
from typing import NoReturn

# Else ONNX Runtime tells its makers what it runs. Read when it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

try:
    import numpy as np
    import onnxruntime
    import onnxruntime_extensions
    from onnxruntime.capi import onnxruntime_pybind11_state as state
except ImportError as error:
    if __name__ != "__main__":
        raise
    needed = (error.name or "onnxruntime").partition(".")[0]
    how = f"needs {needed}: pip install -r requirements.txt"
    print(f"{Path(__file__).name}: {how}", file=sys.stderr)
    raise SystemExit(2) from None

if hasattr(onnxruntime, "disable_telemetry_events"):
    onnxruntime.disable_telemetry_events()

# ONNX Runtime's errors have no class in common.
ERRORS = (
    OSError,
    KeyError,
    ValueError,
    ImportError,
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.NoSuchFile,
    state.NotImplemented,
    state.RuntimeException,
)


class TextIn:
    """The file as a function: `TextIn()(["a quiet, moving film"])`.

    Args:
        path: of the file; by default the one beside this script.
    """

    def __init__(self, path: Path | str | None = None):
        path = path or Path(__file__).with_name("text_in.onnx")
        # Kept, for they keep the library open.
        self.options = onnxruntime.SessionOptions()
        self.options.register_custom_ops_library(
            onnxruntime_extensions.get_library_path()
        )
        self.session = onnxruntime.InferenceSession(str(path), self.options)
        self.names = [value.name for value in self.session.get_outputs()]

    def __call__(self, texts):
        """A dict of arrays, with a row for each text."""
        # Half a character, which UTF-8 cannot hold, becomes a question mark.
        texts = [t.encode("utf-8", "replace").decode("utf-8") for t in texts]
        values = self.session.run(None, {"text": np.array(texts, object)})
        return dict(zip(self.names, values, strict=True))


def fail(message: str) -> NoReturn:
    name = Path(__file__).name
    print(f"{name}: {' '.join(str(message).split())}", file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        fail(message)


def lines_of_input() -> list[str]:
    """The lines of standard input, as they end in files of any system."""
    lines = sys.stdin.buffer.read().decode("utf-8").split("\n")
    lines = lines[:-1] if lines[-1] == "" else lines
    return [line.removesuffix("\r") for line in lines]


def main() -> None:
    # Whatever the characters of the terminal are.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    parser = Parser(description="Prints the answer to each text.")
    parser.add_argument(
        "texts",
        nargs="*",
        metavar="TEXT",
        help="without one, each line of standard input is one",
    )
    parser.add_argument(
        "--batch", type=int, default=32, help="texts at once (default: 32)"
    )
    parser.add_argument("--model", help="file (default: text_in.onnx here)")
    parser.add_argument(
        "--json", action="store_true", help="print all of a text as JSON"
    )
    asked = parser.parse_args()
    if asked.batch < 1:
        fail(f"--batch must be at least 1. Received: {asked.batch}")
    try:
        texts = asked.texts
        if not texts:
            if sys.stdin.isatty():
                fail("a text is needed, as an argument or in standard input.")
            texts = lines_of_input()
        run = TextIn(asked.model)
        rows: list = []
        for start in range(0, len(texts), asked.batch):
            found = run(texts[start : start + asked.batch])
            values = [found[name].tolist() for name in run.names]
            rows += zip(*values, strict=True)
    except UnicodeDecodeError:
        fail("standard input must be UTF-8.")
    except ERRORS as error:
        fail(f"{type(error).__name__}: {error}")
    for row in rows:
        answer = dict(zip(run.names, row, strict=True))
        if asked.json:
            print(json.dumps(answer))
        elif "probabilities" in answer:
            print(f"{answer['label']}\t{max(answer['probabilities']):.4f}")
        else:
            print(answer["translation"])


if __name__ == "__main__":
    main()
