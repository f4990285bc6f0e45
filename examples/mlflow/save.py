"""Makes an MLflow model of an export: python save.py EXPORT MODEL."""

import sys
from pathlib import Path

import mlflow

export, model = map(Path, sys.argv[1:])
mlflow.pyfunc.save_model(
    path=str(model),
    # The code itself, not a pickle of it.
    python_model=str(Path(__file__).with_name("model.py")),
    artifacts={"export": str(export.resolve())},
    pip_requirements=str(Path(__file__).with_name("requirements.txt")),
)
print(f"wrote {model}")
