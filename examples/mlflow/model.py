"""A classifier's export as an MLflow model: texts in, labels out.

export MLFLOW_DISABLE_TELEMETRY=true
python save.py exports/imdb_gru_tiny served   # writes the model
mlflow models serve -m served --env-manager local
"""

import os
import sys
from typing import Any

# Read when ONNX Runtime is imported, which else reports what it runs.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import mlflow
from mlflow.pyfunc import PythonModel


class Classifier(PythonModel):
    """What `zoo export` wrote, as `mlflow.pyfunc.load_model` opens it."""

    def load_context(self, context) -> None:
        """Opens the export's folder, a copy of which is in the model."""
        # The export's own module: rules of words, ids, ONNX Runtime.
        folder = context.artifacts["export"]
        sys.path.insert(0, folder)
        import classify

        self.classifier = classify.Classifier(folder)

    def predict(self, model_input: list[str]) -> list[dict[str, Any]]:
        """For each text `label`, `probability` and all `probabilities`."""
        return self.classifier.predict(model_input)


mlflow.models.set_model(Classifier())
