"""First step of an ensemble in Triton: texts to ids, by classify.py beside it.

Triton runs it as model.py. Its Python needs what classify.py needs: NumPy and
onnxruntime, and for a tokenizer of subwords sentencepiece.

Triton puts requests together whose ids are of the same shape. So rows are
padded to a multiple of `MULTIPLE`; padding changes no answer.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import triton_python_backend_utils as triton

MULTIPLE = 32


class TritonPythonModel:
    """What Triton's Python backend looks for."""

    def initialize(self, args: dict) -> None:
        """Opens the tokenizer that lies beside this file."""
        folder = Path(args["model_repository"]) / args["model_version"]
        sys.path.insert(0, str(folder))
        # Read when ONNX Runtime is imported, which else reports what it runs.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import classify

        about = json.loads((folder / "tokenizer.json").read_text("utf-8"))
        self.encode = classify.encoder(about["kind"], folder)

    def execute(self, requests: list) -> list:
        """For each request, what Triton sends on."""
        return [self._ids_of(request) for request in requests]

    def _ids_of(self, request):
        texts = triton.get_input_tensor_by_name(request, "text").as_numpy()
        rows = [
            self.encode(one.decode("utf-8", "replace")) for one in texts[:, 0]
        ]
        longest = max([1, *map(len, rows)])
        width = -(-longest // MULTIPLE) * MULTIPLE
        ids = np.zeros((len(rows), width), "int32")
        for row, found in zip(ids, rows, strict=True):
            row[: len(found)] = found
        return triton.InferenceResponse([triton.Tensor("token_ids", ids)])
