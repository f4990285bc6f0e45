"""Last step of an ensemble in Triton: logits to probabilities and a label.

Triton runs it as model.py; labels.txt lies in the folder above.
"""

from pathlib import Path

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    """What Triton's Python backend looks for."""

    def initialize(self, args: dict) -> None:
        """Reads the names of the classes."""
        path = Path(args["model_repository"]) / "labels.txt"
        labels = path.read_text("utf-8").splitlines()
        self.labels = np.array([one.encode() for one in labels], object)

    def execute(self, requests: list) -> list:
        """For each request, what Triton sends back."""
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        logits = triton.get_input_tensor_by_name(request, "logits").as_numpy()
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        best = self.labels[logits.argmax(axis=1)][:, None]
        return triton.InferenceResponse(
            [
                triton.Tensor("probabilities", shares.astype("float32")),
                triton.Tensor("label", best),
            ]
        )
