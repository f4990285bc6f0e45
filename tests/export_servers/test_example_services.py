"""The examples, started for real: text in, label out, and clear refusals."""

import subprocess

import pytest
from served import (
    AT_ONCE,
    ROOT,
    TEXTS,
    at_once,
    environment,
    free_port,
    interpreter,
    post,
    running,
)

EXAMPLES = ROOT / "examples"
pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def bentoml(classifier_export, tmp_path_factory):
    python, port = interpreter("bentoml"), free_port()
    address = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("bentoml")
    more = {"EXPORT": str(classifier_export), "BENTOML_HOME": str(folder)}
    with running(
        [
            python.parent / "bentoml",
            "serve",
            "service:Classifier",
            "--host",
            "127.0.0.1",
            "--port",
            port,
        ],
        f"{address}/readyz",
        folder / "log",
        cwd=EXAMPLES / "bentoml",
        env=environment(python, BENTOML_DO_NOT_TRACK="True", **more),
    ):
        yield lambda texts: {"texts": texts}, f"{address}/predict", list


@pytest.fixture(scope="module")
def mlflow(classifier_export, tmp_path_factory):
    python, port = interpreter("mlflow"), free_port()
    folder = tmp_path_factory.mktemp("mlflow")
    env = environment(
        python,
        MLFLOW_TRACKING_URI=f"sqlite:///{folder}/runs.db",
        MLFLOW_DISABLE_TELEMETRY="true",
    )
    saved = [EXAMPLES / "mlflow" / "save.py", classifier_export, "served"]
    subprocess.run([python, *saved], check=True, env=env, cwd=folder)
    address = f"http://127.0.0.1:{port}"
    command = [python.parent / "mlflow", "models", "serve", "-m", "served"]
    command += ["--env-manager", "local", "--host", "127.0.0.1"]
    with running(
        [*command, "--port", port],
        f"{address}/ping",
        folder / "log",
        cwd=folder,
        env=env,
    ):
        yield (
            lambda texts: {"inputs": texts},
            f"{address}/invocations",
            lambda answer: answer["predictions"],
        )


@pytest.fixture(params=["bentoml", "mlflow"])
def service(request):
    return request.getfixturevalue(request.param)


def test_it_answers_as_predict_does(service, shipped):
    body, address, rows = service
    expected = shipped("imdb_gru_tiny").predict(TEXTS)
    status, answer = post(address, body(TEXTS))
    assert status == 200
    for row, ours in zip(rows(answer), expected, strict=True):
        assert row["label"] == ours["label"]
        assert row["probabilities"] == pytest.approx(
            ours["probabilities"], abs=1e-5
        )


def test_a_hundred_at_once(service, shipped):
    body, address, rows = service
    texts = [TEXTS[place % 2] * (1 + place // 2) for place in range(AT_ONCE)]
    expected = [row["label"] for row in shipped("imdb_gru_tiny").predict(texts)]
    answers = at_once(address, [body([text]) for text in texts])
    assert {status for status, _ in answers} == {200}
    assert [rows(answer)[0]["label"] for _, answer in answers] == expected


@pytest.mark.parametrize(
    "change, reason",
    [
        (lambda body: {"words": ["a film"]}, "texts|inputs"),
        (lambda body: body("a film"), "list"),
        (lambda body: body([7]), "str"),
        (lambda body: b"no JSON", "JSON"),
    ],
    ids=["another name", "no list", "a number", "no JSON"],
)
def test_a_bad_request_is_told_why(service, change, reason):
    body, address, _ = service
    status, said = post(address, change(body))
    assert 400 <= status < 500, said
    assert any(one in said for one in reason.split("|")), said
    # It goes on.
    assert post(address, body(["a film"]))[0] == 200
