"""A classifier's export as a BentoML service: texts in, labels out.

export BENTOML_DO_NOT_TRACK=True
EXPORT=exports/imdb_gru_tiny bentoml serve service:Classifier
"""

import os
import sys
from pathlib import Path
from typing import Annotated

# Read when ONNX Runtime is imported, which else reports what it runs.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import bentoml
from pydantic import Field

FOLDER = Path(os.environ.get("EXPORT", "")).resolve()
if not (FOLDER / "classify.py").is_file():
    raise SystemExit(
        "service.py: EXPORT must name the ONNX export of a classifier, a "
        f"folder with classify.py. Received: {os.environ.get('EXPORT', '')!r}"
    )
# Texts of one request, and of one batch, which may be of several requests.
MOST = 64

Texts = Annotated[
    list[Annotated[str, Field(max_length=100_000)]],
    Field(min_length=1, max_length=MOST),
]


@bentoml.service(workers=1, traffic={"timeout": 30})
class Classifier:
    """What `zoo export` wrote, behind POST /predict."""

    def __init__(self) -> None:
        # The export's own module: rules of words, ids, ONNX Runtime.
        sys.path.insert(0, str(FOLDER))
        import classify

        self.classifier = classify.Classifier(FOLDER)

    # Requests that come while a batch is computed become the next batch.
    @bentoml.api(batchable=True, max_batch_size=MOST)
    def predict(self, texts: Texts) -> list[dict]:
        """For each text `label`, `probability` and all `probabilities`."""
        return self.classifier.predict(texts)
