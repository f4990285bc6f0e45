"""Lists of workers: of the flags, or of `TF_CONFIG`."""

import json

import pytest
from command_line import mistake

from recipes.distribute import addresses
from zoo.errors import InputError

PORT = "must be a number from 1 to 65535"


@pytest.mark.parametrize(
    "workers,index,message",
    [
        ("a:1,b", 0, "must be HOST:PORT. Received: 'b'"),
        ("a:1,a:1", 0, "Two workers have the address a:1"),
        ("a:1,b:2", 2, "from 0 to 1. Received: 2"),
        ("a:1,b:2", -1, "from 0 to 1. Received: -1"),
        ("a:1,b:2", None, "needs --workers"),
        ("a:0,b:2", 0, PORT),
        ("a:65536,b:2", 0, PORT),
        ("a:x,b:2", 0, f"{PORT}. Received: 'x'"),
        ("a:,b:2", 0, PORT),
        ("a:-1,b:2", 0, PORT),
        ("a:\u0661,b:2", 0, r"Received: '\\u0661'"),
        ("a:" + "9" * 5000, 0, PORT),
        (":1,b:2", 0, "must be a name or an IP address"),
        ("a b:1,b:2", 0, "must be a name or an IP address"),
        ("a\x1b[31m:1,b:2", 0, r"Received: 'a\\x1b\[31m'"),
        # No resolver takes these; some of Python raises UnicodeError.
        ("a" * 64 + ":1,b:2", 0, "must be a name or an IP address"),
        ("ä:1,b:2", 0, "must be a name or an IP address"),
        ("0.0.0.0:1,b:2", 0, "not that of all its networks"),
        ("[::]:1,b:2", 0, "not that of all its networks"),
        ("[::ffff:0.0.0.0]:1,b:2", 0, "not that of all its networks"),
        *(
            (f"{zero}:1,b:2", 0, "must be a name or an IP address")
            for zero in ("0", "0.0", "00.0.0.0", "0x0", "a.0x00", "a.0.")
        ),
        ("[fe80::1%\x1b[31m]:1,b:2", 0, "must be a name or an IP address"),
        ("::1:1,b:2", 0, r"in brackets \(\[::1\]:5000\)"),
        ("[::1:1,b:2", 0, "in brackets"),
    ],
)
def test_clusters_that_cannot_be(workers, index, message):
    with pytest.raises(InputError, match=message):
        addresses.cluster(workers.split(","), index)


def test_addresses_that_can_be():
    workers = ["[::1]:5000", "10.0.0.1:65535", "a-b.c_d.example.:1"]
    assert addresses.cluster(workers, 0) == (tuple(workers), 0)
    assert addresses.split("[::1]:5000") == ("::1", 5000)


def test_which_addresses_are_this_machine_alone():
    for host in ("127.0.0.1", "127.9.9.9", "[::1]", "localhost", "LocalHost."):
        assert addresses.is_loopback(f"{host}:5000")
    for host in ("10.0.0.1", "[fd00::1]", "localhost.example", "a"):
        assert not addresses.is_loopback(f"{host}:5000")


CLUSTER = {"worker": ["a:1", "b:2"]}
TASK = {"type": "worker", "index": 0}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        '"text"',
        "[" * 100_000,
        '{"cluster": ' * 50_000,
        '{"cluster": {}}',
        '{"cluster": {"worker": 3}, "task": 1}',
        {"cluster": None, "task": TASK},
        {"cluster": ["a:1"], "task": TASK},
        {"cluster": "worker", "task": TASK},
        {"cluster": {"worker": "a:1"}, "task": TASK},
        {"cluster": {"worker": {"0": "a:1"}}, "task": TASK},
        {"cluster": {"worker": []}, "task": TASK},
        {"cluster": {"worker": [["a:1"]]}, "task": TASK},
        {"cluster": {"worker": ["a:1", None]}, "task": TASK},
        {"cluster": {"worker": [1, 2]}, "task": TASK},
        {"cluster": {**CLUSTER, "ps": ["c:3"]}, "task": TASK},
        {"cluster": CLUSTER},
        {"cluster": CLUSTER, "task": None},
        {"cluster": CLUSTER, "task": ["worker", 0]},
        *(
            {"cluster": CLUSTER, "task": {**TASK, "index": index}}
            for index in (True, None, 0.5, 1e300, [0], {}, "x", "-1", "\u0661")
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_damaged_tf_config(monkeypatch, capsys, value):
    text = value if isinstance(value, str) else json.dumps(value)
    monkeypatch.setenv("TF_CONFIG", text)
    words = ["train", "agreement", "--strategy", "multiworker"]
    assert "TF_CONFIG must be" in mistake(capsys, *words)


@pytest.mark.parametrize(
    "cluster,task,message",
    [
        (CLUSTER, {**TASK, "type": "chief"}, "all must be workers"),
        (CLUSTER, {**TASK, "type": None}, "all must be workers"),
        (CLUSTER, {**TASK, "index": -1}, "must be from 0 to 1. Received: -1"),
        (CLUSTER, {**TASK, "index": 10**18}, "must be from 0 to 1"),
        ({"worker": ["a:0", "b:2"]}, TASK, PORT),
        ({"worker": ["a:70000", "b:2"]}, TASK, PORT),
        ({"worker": ["\ud800:1", "b:2"]}, TASK, "must be a name"),
    ],
)
def test_what_a_tf_config_cannot_say(monkeypatch, cluster, task, message):
    about = {"cluster": cluster, "task": task}
    monkeypatch.setenv("TF_CONFIG", json.dumps(about))
    with pytest.raises(InputError, match=message):
        addresses.cluster()


def test_tf_config(monkeypatch):
    about = {"cluster": {**CLUSTER, "ps": []}, "task": {**TASK, "index": "1"}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(about))
    assert addresses.cluster() == (("a:1", "b:2"), 1)


def test_workers_speak_past_a_proxy(monkeypatch):
    # So that it is put back whether it was there or not.
    monkeypatch.setenv("no_grpc_proxy", "")
    monkeypatch.delenv("no_grpc_proxy")
    monkeypatch.setenv("no_proxy", "example.org,127.0.0.1")
    addresses.go_past_proxies(["127.0.0.1", "127.0.0.1", "::1"])
    said = addresses.os.environ["no_grpc_proxy"]
    assert said == "example.org,127.0.0.1,::1"
