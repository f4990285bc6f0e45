"""A translator in Triton: texts to translations, by translate.py beside it.

Triton runs it as model.py. Its Python needs what translate.py needs: NumPy,
onnxruntime and sentencepiece.
"""

import os
import sys
from pathlib import Path

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    """What Triton's Python backend looks for."""

    def initialize(self, args: dict) -> None:
        """Opens the files that lie beside this one."""
        folder = Path(args["model_repository"]) / args["model_version"]
        sys.path.insert(0, str(folder))
        # Read when ONNX Runtime is imported, which else reports what it runs.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import translate

        self.translator = translate.Translator(folder)

    def execute(self, requests: list) -> list:
        """For each request, what Triton sends back; all are one batch."""
        rows = [_texts_of(request) for request in requests]
        texts = [text for row in rows for text in row]
        try:
            found = iter(self.translator.translate(texts))
        except ValueError as error:
            # A text that is too long is the fault of one request.
            if len(requests) > 1:
                return [self.execute([one])[0] for one in requests]
            return [
                triton.InferenceResponse(error=triton.TritonError(str(error)))
            ]
        return [_answer([next(found)[0][0] for _ in row]) for row in rows]


def _texts_of(request):
    texts = triton.get_input_tensor_by_name(request, "text").as_numpy()
    return [one.decode("utf-8", "replace") for one in texts[:, 0]]


def _answer(texts):
    encoded = np.array([[one.encode()] for one in texts], object)
    return triton.InferenceResponse([triton.Tensor("translation", encoded)])
