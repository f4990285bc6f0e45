"""Makes an MLflow model of a classifier's export.

MLFLOW_DISABLE_TELEMETRY=true python save.py EXPORT MODEL
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    if len(sys.argv) != 3:
        fail("two arguments are needed: EXPORT MODEL")
    export, model = map(Path, sys.argv[1:])
    if not (export / "classify.py").is_file():
        fail(
            "EXPORT must be the ONNX export of a classifier, a folder with "
            f"classify.py. Received: {export}"
        )
    import mlflow

    needs = [
        line
        for folder in (HERE, export)
        for line in (folder / "requirements.txt").read_text().splitlines()
    ]
    mlflow.pyfunc.save_model(
        path=str(model),
        # The code itself, not a pickle of it.
        python_model=str(HERE / "model.py"),
        artifacts={"export": str(export.resolve())},
        pip_requirements=needs,
    )
    print(f"wrote {model}")


def fail(message: str) -> None:
    print(f"save.py: {message}", file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
