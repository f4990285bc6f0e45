"""The model repository in a real Triton, where nvidia-pytriton is installed.

Its wheel has Triton itself and the Python backend, and no ONNX Runtime
backend: the model of ids runs in the Python backend too, with ONNX Runtime.
All else is as it was exported.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from served import (
    AT_ONCE,
    TEXTS,
    at_once,
    environment,
    free_port,
    interpreter,
    post,
    running,
)

from export.exporter import export

pytestmark = pytest.mark.process
NAME, TRANSLATOR = "imdb_gru_tiny", "dates_gru_base"
DATES = ["mercredi 3 octobre 1990", "2 May 1999", ""]

PACKAGES = ["numpy", "numpy.libs", "onnxruntime", "sentencepiece"]

STAND_IN = """
from pathlib import Path
import numpy as np
import onnxruntime
import triton_python_backend_utils as triton


class TritonPythonModel:
    def initialize(self, args):
        folder = Path(args["model_repository"]) / args["model_version"]
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
        self.calls = folder / "calls.txt"

    def execute(self, requests):
        ids = [
            triton.get_input_tensor_by_name(one, "token_ids").as_numpy()
            for one in requests
        ]
        with self.calls.open("a") as file:
            print(len(ids), file=file)
        (logits,) = self.session.run(None, {"token_ids": np.concatenate(ids)})
        ends = np.cumsum([len(one) for one in ids])[:-1]
        return [
            triton.InferenceResponse([triton.Tensor("logits", one)])
            for one in np.split(logits, ends)
        ]
"""


def site_of(python):
    command = "import site; print(site.getsitepackages()[0])"
    done = subprocess.run(
        [python, "-c", command], check=True, capture_output=True, text=True
    )
    return Path(done.stdout.strip())


def backends(site, folder):
    """Triton's backends, with the process of this version of Python."""
    theirs = site / "pytriton" / "tritonserver"
    shutil.copytree(theirs / "backends", folder)
    version = re.search(r"python(3\.\d+)", str(site)).group(1)
    stub = theirs / "python_backend_stubs" / version
    shutil.copy(stub / "triton_python_backend_stub", folder / "python")
    return folder


@pytest.fixture(scope="module")
def triton(shipped, tmp_path_factory):
    python, port = interpreter("triton"), free_port()
    site = site_of(python)
    folder = tmp_path_factory.mktemp("triton")
    export(shipped(NAME), folder / "export", ("onnx",), layout="triton")
    repository = folder / "export" / "triton"
    other = folder / "translator"
    export(shipped(TRANSLATOR), other, ("onnx",), layout="triton")
    # The other folders of it are for the backend that is not here.
    (other / "triton" / TRANSLATOR).rename(repository / TRANSLATOR)
    ids = repository / f"{NAME}_ids"
    (ids / "1" / "model.py").write_text(STAND_IN)
    config = (ids / "config.pbtxt").read_text()
    assert 'backend: "onnxruntime"' in config
    config = config.replace('"onnxruntime"', '"python"')
    (ids / "config.pbtxt").write_text(config)
    for script in repository.glob("*/1/model.py"):
        # A model's folder is on its path, that of the environment is not.
        for package in PACKAGES:
            (script.parent / package).symlink_to(site / package)
    address = f"http://127.0.0.1:{port}"
    libraries = site / "nvidia_pytriton.libs"
    with running(
        [
            site / "pytriton" / "tritonserver" / "bin" / "tritonserver",
            f"--model-repository={repository}",
            f"--backend-directory={backends(site, folder / 'backends')}",
            "--http-address=127.0.0.1",
            f"--http-port={port}",
            "--allow-grpc=false",
            "--allow-metrics=false",
            "--exit-timeout-secs=1",
        ],
        f"{address}/v2/health/ready",
        folder / "log",
        env=environment(python, LD_LIBRARY_PATH=str(libraries)),
    ):
        models = f"{address}/v2/models"
        yield f"{models}/{NAME}/infer", ids / "1" / "calls.txt"


def body(texts, **more):
    text = {"name": "text", "datatype": "BYTES", "data": texts}
    return {"inputs": [{**text, "shape": [len(texts), 1]}], **more}


def outputs(answer):
    return {one["name"]: one["data"] for one in answer["outputs"]}


def test_the_ensemble_answers_as_predict_does(triton, shipped):
    address, _ = triton
    status, answer = post(address, body(TEXTS))
    assert status == 200, answer
    found, expected = outputs(answer), shipped(NAME).predict(TEXTS)
    assert found["label"] == [row["label"] for row in expected]
    shares = [x for row in expected for x in row["probabilities"].values()]
    assert found["probabilities"] == pytest.approx(shares, abs=1e-5)


def test_a_translator_translates(triton, shipped):
    address = triton[0].replace(NAME, TRANSLATOR)
    status, answer = post(address, body(DATES))
    assert status == 200, answer
    expected = shipped(TRANSLATOR).translate(DATES)
    assert outputs(answer)["translation"] == expected
    # One that is too long is refused, those beside it are not.
    long = "1 May 1999 " * 2_000
    answers = at_once(address, [body([one]) for one in [*DATES, long]])
    assert [status for status, _ in answers[:-1]] == [200] * len(DATES)
    assert answers[-1][0] >= 400 and "more than" in answers[-1][1]


def test_classes_by_name(triton, shipped):
    address, _ = triton
    wanted = {"name": "probabilities", "parameters": {"classification": 1}}
    _, answer = post(address, body(TEXTS[:1], outputs=[wanted]))
    ((best,),) = outputs(answer).values()
    label = shipped(NAME).predict(TEXTS[:1])[0]["label"]
    assert best.split(":")[2] == label


def test_many_at_once_become_few_batches(triton, shipped):
    address, calls = triton
    texts = ["a film " * (1 + place) for place in range(AT_ONCE)]
    before = len(calls.read_text().splitlines()) if calls.exists() else 0
    answers = at_once(address, [body([text]) for text in texts])
    assert {status for status, _ in answers} == {200}
    expected = [row["label"] for row in shipped(NAME).predict(texts)]
    assert [outputs(one)["label"][0] for _, one in answers] == expected
    assert len(calls.read_text().splitlines()) - before < AT_ONCE


@pytest.mark.parametrize(
    "bad, reason",
    [
        (body([]), "elements|batch"),
        (body(["a"] * 33), "must be <= 32"),
        ({"inputs": [{**body(["a"])["inputs"][0], "name": "texts"}]}, "texts"),
    ],
    ids=["no text", "too many", "another name"],
)
def test_a_bad_request_is_told_why(triton, bad, reason):
    address, _ = triton
    status, said = post(address, bad)
    assert status == 400
    assert any(one in said for one in reason.split("|")), said
