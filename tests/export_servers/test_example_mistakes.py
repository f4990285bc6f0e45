"""The examples, without their servers: a mistake is one line."""

import os
import subprocess
import sys

from served import ROOT


def run(script, *arguments, **variables):
    env = {k: v for k, v in os.environ.items() if k != "EXPORT"}
    return subprocess.run(
        [sys.executable, ROOT / "examples" / script, *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**env, **variables},
    )


def test_saving_for_mlflow(tmp_path):
    done = run("mlflow/save.py")
    assert done.returncode == 2
    assert done.stderr == "save.py: two arguments are needed: EXPORT MODEL\n"
    # As that of a translator, without a classify.py.
    done = run("mlflow/save.py", tmp_path, tmp_path / "model")
    assert done.returncode == 2
    assert done.stderr.startswith("save.py: EXPORT must be the ONNX export of")
    assert len(done.stderr.splitlines()) == 1


def test_a_bentoml_service_of_no_classifier(tmp_path):
    (tmp_path / "bentoml.py").touch()
    (tmp_path / "pydantic.py").write_text("Field = None\n")
    for export in ({}, {"EXPORT": str(tmp_path)}):
        path = {"PYTHONPATH": str(tmp_path)}
        done = run("bentoml/service.py", **path, **export)
        assert done.returncode
        assert done.stderr.startswith("service.py: EXPORT must name")
        assert len(done.stderr.splitlines()) == 1
