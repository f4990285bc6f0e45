"""Answers with text_in.onnx: texts in, labels or translations out.

Needs Python, NumPy, onnxruntime and onnxruntime-extensions alone. Not in a
process that has imported TensorFlow: the libraries of the two disturb each
other, and answers may be wrong.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import onnxruntime_extensions


class TextIn:
    """The file as a function: `TextIn()(["a quiet, moving film"])`.

    Args:
        path: of the file; by default the one beside this script.
    """

    def __init__(self, path=None):
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


def main():
    parser = argparse.ArgumentParser(
        description="Answers texts, one a line; of standard input, if none "
        "are given."
    )
    parser.add_argument("texts", nargs="*", metavar="TEXT")
    parser.add_argument("--batch", type=int, default=32, help="(default: 32)")
    parser.add_argument("--model", help="file (default: text_in.onnx here)")
    parser.add_argument(
        "--json",
        action="store_true",
        help="one JSON object a batch; from standard input, a list a line",
    )
    asked = parser.parse_args()
    if asked.batch < 1:
        parser.error("--batch must be at least 1.")
    path = Path(asked.model or Path(__file__).with_name("text_in.onnx"))
    if not path.is_file():
        parser.error(f"There is no {path}.")
    run = TextIn(path)
    if not asked.texts and asked.json:
        batches = [json.loads(line) for line in sys.stdin]
    else:
        texts = asked.texts or sys.stdin.read().splitlines()
        starts = range(0, len(texts), asked.batch)
        batches = [texts[one : one + asked.batch] for one in starts]
    for texts in batches:
        found = run(texts)
        if asked.json:
            print(json.dumps({k: v.tolist() for k, v in found.items()}))
            continue
        for row in range(len(texts)):
            answer = found[run.names[0]][row]
            if "probabilities" in found:
                answer += f"\t{found['probabilities'][row].max():.4f}"
            print(answer)


if __name__ == "__main__":
    main()
